"""An answer cut into what is drawn: paragraphs with light styling, code, a thought. No visible character is lost.

A full Markdown renderer eats what it takes for marks: `snake_case`, `2*3*4`, `C:\\new`, `<harbour>`, `1986.` An answer
about code or prices must not change on its way to the eye, so only what is beyond doubt is styled: fenced code, inline
code, **bold**, and headings, whose # stays. Everything else stands as it was written.
"""

import html
import re
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_THINK = re.compile(r"\s*<think>(.*?)(?:</think>\s*|\Z)", re.DOTALL)
_INLINE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)|\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")


@dataclass(frozen=True)
class Part:
    """kind: 'text' (Qt rich text in `html`), 'code' (plain `text`, language in `note`) or 'thought' (plain `text`)."""

    kind: str
    text: str = ""
    html: str = ""
    note: str = ""


def parts(text: str, reasoning: str = "") -> list[Part]:
    """The parts of an answer, in order. reasoning: a thought that the server gave apart."""
    found: list[Part] = []
    thought = reasoning
    match = _THINK.match(text)
    if match:
        thought = (thought + "\n" if thought else "") + match.group(1).strip("\n")
        text = text[match.end() :]
    if thought.strip():
        found.append(Part("thought", thought))
    plain: list[str] = []
    code: list[str] | None = None
    fence, note = "", ""

    def flush() -> None:
        if "".join(plain).strip():
            found.append(Part("text", "\n".join(plain), to_html("\n".join(plain))))
        plain.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if code is None and mark:
            flush()
            code, fence, note = [], mark.group(1), mark.group(2).strip()
        elif code is not None and mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
            found.append(Part("code", "\n".join(code), note=note))
            code = None
        elif code is not None:
            code.append(line)
        else:
            plain.append(line)
    if code is not None:  # still being written, or never closed
        found.append(Part("code", "\n".join(code), note=note))
    flush()
    return found


def to_html(text: str) -> str:
    """Qt rich text of plain paragraphs: line ends and runs of blanks are kept, tags are shown as they are typed."""
    lines = []
    for line in text.strip("\n").split("\n"):
        inner = _styled(line)
        lines.append(f"<b>{inner}</b>" if re.match(r"#{1,6} \S", line) else inner)
    return "<br>".join(lines)


def _styled(line: str) -> str:
    out, at = [], 0
    for match in _INLINE.finditer(line):
        out.append(_escape(line[at : match.start()]))
        if match.group(2) is not None:
            out.append(f"<code>{_escape(match.group(2))}</code>")
        else:
            out.append(f"<b>{_escape(match.group(3))}</b>")
        at = match.end()
    out.append(_escape(line[at:]))
    return "".join(out)


def _escape(text: str) -> str:
    text = html.escape(text, quote=False).replace("\t", "&nbsp;&nbsp;&nbsp;&nbsp;")
    return re.sub(r" {2,}|^ ", lambda m: "&nbsp;" * len(m.group()), text)
