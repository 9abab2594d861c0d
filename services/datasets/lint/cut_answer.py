"""Answers that seem to have been cut off."""

import re

from services.datasets.conversation import Problem, Sure
from services.datasets.lint import Check, Example, Subject, checks, excerpt
from services.i18n import N_

_LONG = 200  # characters from which an answer without an end mark is worth a look
_OPEN_END = re.compile(
    r"(?:[,，、;；(（\[{“「《=+]|\b(?:and|or|the|a|an|of|to|with|because|which|but))$",
    re.I,
)
_LIST_LINE = re.compile(r"^\s*(?:[-*•·|#>]|\(?\d+[.)、]|[a-zA-Z][.)]\s|[一二三四五六七八九十]+、)")
_CODE_LINE = re.compile(r"[{}<>=;\\]|\w\(|^\s{2,}|^\s*(?:import|def|class|return|SELECT|FROM)\b|https?://")
_LETTER = re.compile(r"\w$")


@checks.add("cut-answer")
class CutAnswer(Check):
    """A code block that is not closed, an end within a sentence, or (only worth a look) long prose without an end
    mark. Lists, code, verse and short answers are let be."""

    id, title = "cut-answer", N_("The answer seems cut off")
    help = N_("The model would learn to stop in the middle. Often an export or a token limit cut the text.")
    example = Example(
        (
            {"instruction": "a", "output": "First open the box, take the cable out, put it into the wall, and"},
            {"instruction": "b", "output": "Use this:\n```python\nprint(1)\n"},
            {"instruction": "c", "output": "Sure, here is what you need to bring along (a towel, your pass and the"},
            {"instruction": "d", "output": "blue"},
            {"instruction": "e", "output": "You need:\n- salt\n- a towel, a cap"},
            {"instruction": "f", "output": "Use this:\n```python\nprint(1)\n```"},
            {"instruction": "i", "output": "Use:\n```\nx = 1 ```"},
            {"instruction": "g", "output": "The four seasons are spring, summer, autumn and winter"},
            {"instruction": "h", "output": "打开盒子，取出里面的电源线，把它插到墙上的插座里，然后长按电源键，"},
        ),
        (0, 1, 2, 8),
    )

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """The first answer that seems cut."""
        for piece in row.pieces:
            if piece.role in ("answer", "rejected"):
                seen = _look(piece.text)
                if seen:
                    sentence, sure = seen
                    values = {"seen": excerpt(piece.text, len(piece.text.rstrip()), 0, 48)}
                    return [
                        Problem(self.id, sentence, N_("Finish it, or delete the row."), values, piece.column,
                                blocks=False, sure=sure)
                    ]  # fmt: skip
        return []


def _look(answer: str) -> tuple[str, Sure] | None:
    text = answer.rstrip()
    fences = len(re.findall(r"^\s*```", text, re.M))
    if fences % 2 and text.count("```") % 2:
        return N_("A code block of the answer is not closed: {seen}"), "likely"
    if fences and text.endswith("```"):
        return None
    lines = text.splitlines()
    last = lines[-1] if lines else ""
    if len(text) < (40 if text.isascii() else 24) or _CODE_LINE.search(last) or _LIST_LINE.match(last):
        return None
    if _OPEN_END.search(last) and (len(last.split()) > 6 or (len(last) >= 24 and not last.isascii())):
        return N_("The answer ends within a sentence: {seen}"), "likely"
    ordinary = len(text) >= _LONG and len(last.split()) >= 10 and _LETTER.search(last) and last.isascii()
    prose = sum(line.rstrip()[-1:] in ".!?:" for line in lines if line.strip())
    if ordinary and len(lines) <= 3 and re.search(r"[.!?] ", text[:-20]) and prose >= len(lines) // 2 - 1:
        return N_("The answer has no end mark: {seen}"), "maybe"
    return None
