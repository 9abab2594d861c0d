"""An answer in parts: reading it as it grows gives what reading it whole gives, and no letter goes missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from desktop.models.answer_text import AnswerReader, parts, to_html

pytestmark = pytest.mark.usefixtures("qapp")  # documents need fonts

LINES = ("", "a word", "```python", "```", "~~~", "  if a < b:", "| a | b |", "|---|", "- one", "1. two", "# head")
MORE = ("**bold** and `code`", "x" * 700, "<think>", "</think>", "snake_case * 2*3", "https://a.invalid/x?a=1&b=2, see")
lines = st.sampled_from((*LINES, *MORE))


def readable(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return "".join(document.toPlainText().split())


@settings(deadline=None, max_examples=150)
@given(st.lists(lines, max_size=12), st.integers(1, 40))
def test_growing_gives_what_the_whole_gives(chosen: list[str], step: int) -> None:
    text, reader = "\n".join(chosen), AnswerReader()
    for end in range(0, len(text), step):
        reader.read(text[:end])
    assert reader.read(text) == parts(text)


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="ab<>&;*_`#|-1. \n\t你é\"'/:", max_size=80))
def test_no_letter_goes_missing(text: str) -> None:
    shown = readable(to_html(text))
    kept = "".join(sign for sign in text if not sign.isspace() and sign not in "*`")
    assert "".join(sign for sign in shown if sign not in "*`") == kept, "only ** and backticks may go"


def test_a_long_answer_is_cut_at_empty_lines() -> None:
    text = "\n\n".join("word " * 100 for _ in range(20))
    found = parts(text)
    assert len(found) > 3 and {p.kind for p in found} == {"text"}
    assert "".join(p.text for p in found).split() == text.split()


def test_a_fence_that_is_not_closed_is_code_to_the_end() -> None:
    code = parts("see:\n```py\nif a<b:\n  pass")[-1]
    assert (code.kind, code.text, code.note) == ("code", "if a<b:\n  pass", "py")


def test_a_table_stands_in_columns() -> None:
    document = QTextDocument()
    document.setHtml(to_html("| a | 长长 |\n|---|---|\n| <c> | d |"))
    rows = document.toPlainText().replace("\u00a0", " ").split("\n")
    assert rows == ["| a   | 长长 |", "| --- | ---  |", "| <c> | d    |"]


def test_a_thought_stands_first() -> None:
    found = parts("<think>hm</think>\n4", "apart")
    assert [(p.kind, p.text) for p in found] == [("thought", "apart\nhm"), ("text", "4")]
    assert parts("<think>still") == [parts("", "still")[0]]
