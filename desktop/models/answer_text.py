"""An answer cut into what is drawn: paragraphs with light styling, code, a thought. No visible character is lost.

A full Markdown renderer eats what it takes for marks: `snake_case`, `2*3*4`, `C:\\new`, `<harbour>`, `1986.` An answer
about code or prices must not change on its way to the eye, so only what is beyond doubt is styled: fenced code, inline
code, **bold**, and headings, list marks and tables, whose signs stay. Everything else stands as it was written.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_INLINE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)|\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*|(https?://[^\s<>\"'`|]+)")
_ITEM = re.compile(r"([ \t]*)(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_PART = 1500  # characters after which the next empty line begins a new part, so that a long answer grows cheaply
_OPEN, _CLOSE = "<think>", "</think>"


@dataclass(frozen=True)
class Part:
    """kind: 'text' (Qt rich text in `html`), 'code' (plain `text`, language in `note`) or 'thought' (plain `text`)."""

    kind: str
    text: str = ""
    html: str = ""
    note: str = ""


class AnswerReader:
    """Reads an answer that grows; what stands before its last part is not read again."""

    def __init__(self) -> None:
        self._text = ""
        self._settled: list[Part] = []
        self._at = 0

    def read(self, text: str, reasoning: str = "") -> list[Part]:
        """The parts of an answer, in order. reasoning: a thought that the server gave apart."""
        thought, begin = _thought(text)
        if reasoning:
            thought = reasoning + ("\n" + thought if thought else "")
        if not text.startswith(self._text) or self._at < begin:
            self._settled, self._at = [], begin
        self._text = text
        found = list(_parts(text, self._at))
        for part, end in found[:-1]:
            self._settled.append(part)
            self._at = end
        head = [Part("thought", thought)] if thought.strip() else []
        return [*head, *self._settled, *(part for part, _ in found[-1:])]


def parts(text: str, reasoning: str = "") -> list[Part]:
    """The parts of a whole answer, in order. reasoning: a thought that the server gave apart."""
    return AnswerReader().read(text, reasoning)


def _thought(text: str) -> tuple[str, int]:
    """The thought that an answer begins with, and where the rest begins."""
    start = len(text) - len(text.lstrip())
    if not text.startswith(_OPEN, start):
        return "", 0
    start += len(_OPEN)
    end = text.find(_CLOSE, start)
    if end < 0:
        return text[start:].strip("\n"), len(text)
    rest = end + len(_CLOSE)
    return text[start:end].strip("\n"), rest + len(text[rest:]) - len(text[rest:].lstrip())


def _parts(text: str, start: int) -> Iterator[tuple[Part, int]]:
    """Parts from a place that is outside of code, each with the place where it ends."""
    plain: list[str] = []
    size = 0
    code: list[str] | None = None
    fence, note, at = "", "", start

    def flush() -> Iterator[tuple[Part, int]]:
        if any(line.strip() for line in plain):
            joined = "\n".join(plain)
            yield Part("text", joined, to_html(joined)), at
        plain.clear()

    for line in text[start:].split("\n"):
        mark = _FENCE.match(line)
        if code is None and mark:
            yield from flush()
            size = 0
            code, fence, note = [], mark.group(1), mark.group(2).strip()
        elif code is not None and mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
            yield Part("code", "\n".join(code), note=note), min(len(text), at + len(line) + 1)
            code = None
        elif code is not None:
            code.append(line)
        else:
            plain.append(line)
            size += len(line)
            if size > _PART and not line.strip():
                at += len(line) + 1
                yield from flush()
                size = 0
                continue
        at += len(line) + 1
    at = len(text)
    if code is not None:  # still being written, or never closed
        yield Part("code", "\n".join(code), note=note), at
    yield from flush()


def to_html(text: str) -> str:
    """Qt rich text of plain paragraphs: line ends and runs of blanks are kept, tags are shown as they are typed."""
    lines, gap = [], 0
    for line in _aligned(text.strip("\n").split("\n")):
        if not line.strip():
            gap = 8
            continue
        inner, item = _styled(line), _ITEM.match(line)
        style = f"margin-top:{gap}px;"
        if re.match(r"#{1,6} \S", line):
            inner = f"<b>{inner}</b>"
        elif _is_table(line):
            inner = f"<tt>{_escape(line).replace(' ', '&nbsp;')}</tt>"
        elif item:
            style += f"margin-left:{18 + 9 * min(len(item.group(1).expandtabs()), 8)}px; text-indent:-18px;"
            inner = _styled(line[len(item.group(1)) :])
        lines.append(f'<p style="{style}">{inner}</p>')
        gap = 0
    return "".join(lines)


def _is_table(line: str) -> bool:
    return line.lstrip().startswith("|") and line.count("|") > 1


def _aligned(lines: list[str]) -> Iterator[str]:
    """The lines, those of a table filled up with blanks so that its columns stand below each other."""
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and _is_table(lines[end]):
            end += 1
        if end == at:
            yield lines[at]
            at += 1
            continue
        rows = [[cell.strip() for cell in line.strip().split("|")] for line in lines[at:end]]
        widths = [max(_width(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
        for row in rows:
            cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
            yield " | ".join(cells).strip()
        at = end


def _width(text: str) -> int:
    """Columns of a fixed-width font: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _styled(line: str) -> str:
    out, at = [], 0
    for match in _INLINE.finditer(line):
        out.append(_escape(line[at : match.start()]))
        at = match.end()
        _, code, bold, address = match.groups()
        if code is not None:
            out.append(f"<code>{_escape(code)}</code>")
        elif bold is not None:
            out.append(f"<b>{_escape(bold)}</b>")
        else:
            bare = address.rstrip(".,;:!?)]*_")
            out.append(f'<a href="{html.escape(bare)}">{_escape(bare)}</a>{_escape(address[len(bare) :])}')
    out.append(_escape(line[at:]))
    return "".join(out)


def _escape(text: str) -> str:
    text = html.escape(text, quote=False).replace("\t", "&nbsp;&nbsp;&nbsp;&nbsp;")
    return re.sub(r" {2,}|^ ", lambda m: "&nbsp;" * len(m.group()), text)
