"""C-Eval: 52 subjects in Chinese. Its test answers are not public, so its val questions are asked.

Source: Huang et al., 2023; words and spacing as lm-eval has them.
"""

from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice
from services.i18n import N_

exams.add("ceval")(
    MultipleChoice(
        title=N_("C-Eval (Chinese)"),
        header="以下是中国关于{subject}的单项选择题，请选出其中的正确答案。\n\n",
        cue="答案：",
        splits=("val",),
        facts="ceval.json",
        order=30,
    )
)
