"""HTML, by Beautiful Soup: what a reader of the page would read. Nothing is fetched, nothing runs."""

from pathlib import Path

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from services.documents.document import Block, BlockKind, Document
from services.documents.readers import readers
from services.documents.readers.text import decoded

_LEFT_OUT = {"script", "style", "noscript", "template", "nav", "aside", "footer", "form", "button", "iframe", "svg"}
_BLOCKS = {"p", "div", "section", "article", "main", "blockquote", "dd", "dt", "figcaption", "address", "body", "td"}
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KINDS: dict[str, BlockKind] = {"li": "item", "pre": "code", "tr": "table"}


class Html:
    """Headings, paragraphs, items, table rows and code, in their order."""

    suffixes = (".html", ".htm", ".xhtml")

    def read(self, path: Path) -> Document:
        """Never refuses: whatever can be read of it is read."""
        soup = BeautifulSoup(decoded(path), "html.parser")
        document = Document(path.name)
        for tag in soup.find_all(list(_LEFT_OUT)):
            tag.decompose()
        owner: Tag | None = None
        words: list[str] = []
        for node in soup.descendants:  # a flat walk: nesting without end does no harm
            if isinstance(node, Comment) or not isinstance(node, NavigableString):
                continue
            block = _owner(node)
            if block is not owner:
                _settle(document, owner, words)
                owner = block
            words.append(str(node))
        _settle(document, owner, words)
        return document


def _owner(node: NavigableString) -> Tag | None:
    """The block that a text belongs to: the nearest one around it."""
    for tag in node.parents:
        if tag.name in _HEADINGS or tag.name in _KINDS or (tag.name in _BLOCKS and tag.find_parent("tr") is None):
            return tag
    return None


def _settle(document: Document, owner: Tag | None, words: list[str]) -> None:
    name = owner.name if owner is not None else ""
    glue = " | " if name == "tr" else ""
    text = glue.join(w for w in words if w.strip() or not glue)
    text = text.strip("\n") if name == "pre" else " ".join(text.split())
    words.clear()
    if text:
        level = _HEADINGS.get(name, 0)
        document.blocks.append(Block("heading" if level else _KINDS.get(name, "paragraph"), text, level=level))


readers.add("html")(Html())
