"""Cutting documents into chunks that a model is asked about: by headings and paragraphs, never inside a sentence if it
can be helped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.documents.document import Block, Document

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
SMALLEST, LARGEST = 50, 8000  # tokens of a chunk


@dataclass(frozen=True)
class Chunk:
    """A piece of a document. number: from 1, over all documents. source: file and page or heading, as a person reads
    it. tokens: about how many."""

    number: int
    file: str
    source: str
    text: str

    @property
    def tokens(self) -> int:
        """About how many tokens."""
        return estimate_tokens(self.text)


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, without a tokenizer: a wide character each, other text by fours."""
    wide = len(_WIDE.findall(text))
    return wide + (len(text) - wide + 3) // 4


def cut(documents: list[Document], size: int = 400, overlap: int = 0) -> list[Chunk]:
    """The chunks of documents, in order.

    size: tokens of a chunk at most, about. overlap: tokens of the end of a chunk that begin the next one, where a
    section goes on. A chunk never joins two documents; a heading begins a new one unless the one before is tiny.
    """
    size = min(max(size, SMALLEST), LARGEST)
    out: list[Chunk] = []
    for document in documents:
        for section in _sections(document):
            for text, block in _fill(section, size, min(overlap, size // 2)):
                source = _source(document.name, block, section.trail)
                out.append(Chunk(len(out) + 1, document.name, source, text))
    return out


@dataclass
class _Section:
    """Blocks under one heading. trail: the headings above and it."""

    trail: list[str]
    blocks: list[Block]


def _sections(document: Document) -> Iterator[_Section]:
    trail: list[tuple[int, str]] = []
    section = _Section([], [])
    for block in document.blocks:
        if block.kind != "heading":
            section.blocks.append(block)
            continue
        if section.blocks:
            yield section
        trail = [*(t for t in trail if t[0] < block.level), (block.level, block.text)]
        section = _Section([text for _, text in trail], [])
    if section.blocks:
        yield section


def _fill(section: _Section, size: int, overlap: int) -> Iterator[tuple[str, Block]]:
    """Texts of at most size tokens with the block that each begins in."""
    head = " › ".join(section.trail)
    room = max(SMALLEST // 2, size - estimate_tokens(head))
    pieces: list[str] = []
    first: Block | None = None
    used = 0
    for block in section.blocks:
        for piece in _pieces(block, max(SMALLEST // 2, room - overlap)):
            cost = estimate_tokens(piece)
            if pieces and used + cost > room:
                assert first is not None
                yield _joined(head, pieces), first
                pieces, used = _tail(pieces, overlap, room - cost)
                first = None
            pieces.append(piece)
            used += cost
            first = first or block
    if pieces and first is not None:
        yield _joined(head, pieces), first


def _pieces(block: Block, room: int) -> Iterator[str]:
    """The block as it is, or its sentences gathered where it alone is too long."""
    if estimate_tokens(block.text) <= room:
        yield f"- {block.text}" if block.kind == "item" else block.text
        return
    gathered = ""
    for sentence in _sentences(block.text, room):
        if gathered and estimate_tokens(gathered + sentence) > room:
            yield gathered.strip()
            gathered = ""
        gathered += sentence
    if gathered.strip():
        yield gathered.strip()


def _sentences(text: str, room: int) -> Iterator[str]:
    """Sentences with what divides them; one without an end in sight is cut at its length."""
    start = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        stop = match.end() if match else len(text)
        sentence = text[start:stop]
        while estimate_tokens(sentence) > room:
            at = _cut_at(sentence, room)
            yield sentence[:at]
            sentence = sentence[at:]
        if sentence:
            yield sentence
        start = stop


def _cut_at(text: str, room: int) -> int:
    """Where to cut a text without sentence ends: at a blank near the end of the room, else at the room."""
    high = len(text)
    while estimate_tokens(text[:high]) > room:
        high = max(1, min(high - 1, high * room // max(1, estimate_tokens(text[:high]))))
    blank = text.rfind(" ", high // 2, high)
    return blank + 1 if blank > 0 else high


def _tail(pieces: list[str], overlap: int, room: int) -> tuple[list[str], int]:
    """Last sentences of what was said, at most overlap and room tokens."""
    if overlap <= 0 or room <= 0:
        return [], 0
    kept, used = "", 0
    for sentence in reversed([s for s in _SENTENCE_END.split(pieces[-1]) if s and s.strip()]):
        cost = estimate_tokens(sentence)
        if used + cost > min(overlap, room):
            break
        kept, used = f"{sentence} {kept}".strip(), used + cost
    return ([kept], used) if kept else ([], 0)


def _joined(head: str, pieces: list[str]) -> str:
    body = "\n\n".join(pieces)
    return f"{head}\n\n{body}" if head else body


def _source(name: str, block: Block, trail: list[str]) -> str:
    places = [f"p. {block.page}"] if block.page else trail[-2:]
    return " › ".join([name, *places])
