"""Chunks: nothing lost, nothing too long, sentences whole, headings with what is under them."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.documents.chunks import Chunk, cut, estimate_tokens
from services.documents.document import Block, Document


def document(*blocks: Block) -> Document:
    return Document("a.md", list(blocks))


def test_a_heading_stands_over_its_chunks() -> None:
    found = cut([document(
        Block("heading", "Harbour", 1), Block("paragraph", "One."), Block("heading", "Rules", 2),
        Block("paragraph", "Two."), Block("item", "three"), Block("heading", "Ships", 1), Block("paragraph", "Four."),
    )])  # fmt: skip
    assert [(c.number, c.source, c.text) for c in found] == [
        (1, "a.md › Harbour", "Harbour\n\nOne."),
        (2, "a.md › Harbour › Rules", "Harbour › Rules\n\nTwo.\n\n- three"),
        (3, "a.md › Ships", "Ships\n\nFour."),
    ]


def test_pages_are_the_source_of_a_pdf() -> None:
    found = cut([document(Block("paragraph", "x " * 300, page=1), Block("paragraph", "y " * 300, page=2))], 200)
    assert found[0].source == "a.md › p. 1" and found[-1].source == "a.md › p. 2"


def test_sentences_stay_whole_in_both_languages() -> None:
    english = " ".join(f"Sentence number {i} says a little something." for i in range(40))
    chinese = "".join(f"第{i}句话说明了一件小事。" for i in range(40))
    for text in (english, chinese):
        found = cut([document(Block("paragraph", text))], 100)
        assert len(found) > 3
        assert all(c.text.endswith((".", "。")) for c in found)
        assert "".join(c.text for c in found).replace(" ", "") == text.replace(" ", "")


def test_overlap_repeats_the_last_sentence_and_stays_within_the_size() -> None:
    text = " ".join(f"Sentence number {i} says a little something." for i in range(40))
    found = cut([document(Block("paragraph", text))], 100, 20)
    for before, after in itertools.pairwise(found):
        first = after.text.split(". ")[0].split("\n\n")[0].rstrip(".")
        assert first in before.text
    assert all(c.tokens <= 104 for c in found)


@given(
    texts=st.lists(st.text(alphabet="ab c.。！\n潮", max_size=400), max_size=8),
    size=st.integers(50, 300),
    overlap=st.integers(0, 60),
)
def test_no_character_is_lost_and_no_chunk_is_too_long(texts: list[str], size: int, overlap: int) -> None:
    found = cut([document(*[Block("paragraph", text.strip()) for text in texts if text.strip()])], size, overlap)
    assert [c.number for c in found] == list(range(1, len(found) + 1))
    assert all(estimate_tokens(c.text) <= size + 4 for c in found)
    if not overlap:
        plain = "".join("".join(text.split()) for text in texts)
        assert "".join("".join(c.text.split()) for c in found) == plain


def test_a_chunk_knows_its_size() -> None:
    assert Chunk(1, "a", "a", "潮汐 tide").tokens == estimate_tokens("潮汐 tide") == 2 + 2
