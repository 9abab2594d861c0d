"""CMMLU: 67 subjects in Chinese. Source: Li et al., 2023; words and spacing as lm-eval has them."""

from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice
from services.i18n import N_

exams.add("cmmlu")(
    MultipleChoice(
        title=N_("CMMLU (Chinese)"),
        header="以下是关于{subject}的单项选择题，请直接给出正确答案的选项。\n\n",
        cue="答案：",
        facts="cmmlu.json",
        order=20,
    )
)
