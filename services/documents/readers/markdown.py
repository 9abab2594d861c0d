"""Markdown, by markdown-it: headings, paragraphs, list items, tables and code."""

from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.documents.document import Block, Document
from services.documents.readers import readers
from services.documents.readers.text import decoded


class Markdown:
    """The text of each block; marks of emphasis and links go, what they mark stays."""

    suffixes = (".md", ".markdown", ".mdown")

    def read(self, path: Path) -> Document:
        """Never refuses: everything is Markdown of some kind."""
        document = Document(path.name)
        inside: list[str] = []
        cells: list[str] = []
        rows: list[str] = []
        for token in MarkdownIt("commonmark").enable("table").parse(decoded(path)):
            kind = token.type
            if kind in ("fence", "code_block"):
                document.blocks.append(Block("code", token.content.rstrip("\n")))
            elif kind.endswith("_open"):
                inside.append(kind.removesuffix("_open"))
                level = int(token.tag[1:]) if kind == "heading_open" else 0
            elif kind == "inline":
                text = plain(token)
                if "table" in inside:
                    cells.append(text)
                elif text:
                    document.blocks.append(_block(text, inside, level))
            elif kind.endswith("_close"):
                inside.pop()
                if kind == "tr_close":
                    rows.append(" | ".join(cells))
                    cells.clear()
                elif kind == "table_close":
                    document.blocks.append(Block("table", "\n".join(rows)))
                    rows.clear()
        return document


def plain(token: Token) -> str:
    """The text of an inline token."""
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts).strip()


def _block(text: str, inside: list[str], level: int) -> Block:
    if inside and inside[-1] == "heading":
        return Block("heading", text, level=level)
    return Block("item" if "list_item" in inside else "paragraph", text)


readers.add("markdown")(Markdown())
