"""A person's own exam in Chinese: any CSV file or folder of questions, in CMMLU's words."""

from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice
from services.i18n import N_

exams.add("own_zh")(
    MultipleChoice(
        title=N_("Your own questions (in Chinese)"),
        header="以下是关于{subject}的单项选择题，请直接给出正确答案的选项。\n\n",
        cue="答案：",
        order=91,
    )
)
