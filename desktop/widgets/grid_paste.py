"""What the clipboard holds, as a block of cells: the text where it can be trusted, else the table of the HTML."""

import re
from typing import Any

from PySide6.QtCore import QMimeData

from desktop.widgets.grid_blocks import read_block

_MOST_HTML = 20_000_000  # characters
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = ("p", "div", "li")


def block_of(mime: QMimeData) -> list[list[str]]:
    """Rows of cells; [] if there is no text.

    The text is exact, so it counts wherever both have the same shape. A program that writes a cell of several lines
    without quotes makes more rows of it in its text than in its HTML: then the HTML counts.
    """
    text = mime.text()
    block = read_block(text) if text else []
    if mime.hasHtml() and (len(block) != 1 or len(block[0]) != 1 or not text):
        table = table_of(mime.html())
        if table and [len(row) for row in table] != [len(row) for row in block]:
            return table
    return block


def table_of(html: str) -> list[list[str]]:
    """The first table of an HTML text; [] if there is none. Merged cells fill their place with empty ones."""
    if "<table" not in html.lower() or len(html) > _MOST_HTML:
        return []
    from lxml import etree
    from lxml import html as lxml_html

    try:
        document = lxml_html.document_fromstring(html.replace("\0", ""))
    except (etree.LxmlError, ValueError):
        return []
    table = document.find(".//table")
    rows: list[list[str]] = []
    waiting: dict[int, int] = {}  # column -> how many more rows a merged cell reaches down
    for line in table.iter("tr") if table is not None else ():
        cells: list[str] = []

        def fill(cells: list[str] = cells) -> None:
            while waiting.get(len(cells), 0):
                waiting[len(cells)] -= 1
                cells.append("")

        for cell in line:
            if cell.tag not in ("td", "th"):
                continue
            fill()
            down, across = (_span(cell, name) for name in ("rowspan", "colspan"))
            for number in range(across):
                if down > 1:
                    waiting[len(cells)] = down - 1
                cells.append(_text(cell) if number == 0 else "")
        fill()
        rows.append(cells)
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows] if width else []


def tiled(block: list[list[str]], rows: int, columns: int) -> list[list[str]]:
    """A block repeated over a selection that is a multiple of it, as in Excel; else the block itself."""
    height, width = len(block), max(map(len, block), default=0)
    if not width or rows % height or columns % width or (rows, columns) == (height, width):
        return block
    whole = [row + [""] * (width - len(row)) for row in block]
    return [whole[number % height] * (columns // width) for number in range(rows)]


def _span(cell: Any, name: str) -> int:
    try:
        return min(1000, max(1, int(cell.get(name, "1"))))
    except ValueError:
        return 1


def _text(cell: Any) -> str:
    """A cell's text: blanks as a browser shows them, a line end for each break."""
    parts: list[str] = []

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            return
        if element.tag == "br" or (element.tag in _BLOCKS and "".join(parts).strip()):
            parts.append("\n")
        parts.append(_BLANKS.sub(" ", element.text or ""))
        for inner in element:
            walk(inner)
            parts.append(_BLANKS.sub(" ", inner.tail or ""))

    walk(cell)
    return "\n".join(line.strip(" ") for line in "".join(parts).split("\n")).replace("\u00a0", " ").rstrip("\n")
