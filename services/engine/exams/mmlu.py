"""MMLU: 57 subjects in English, 14,042 test questions. Source: Hendrycks et al., 2021; groups as lm-eval has them."""

from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice
from services.i18n import N_

exams.add("mmlu")(MultipleChoice(title=N_("MMLU (English)"), facts="mmlu.json", order=10))
