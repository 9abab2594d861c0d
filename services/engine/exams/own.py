"""A person's own exam: any CSV file or folder of questions, in MMLU's words."""

from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice
from services.i18n import N_

exams.add("own")(MultipleChoice(title=N_("Your own questions"), order=90))
