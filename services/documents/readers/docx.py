"""Word's .docx, by python-docx: headings, paragraphs, lists and tables in their order."""

import zipfile
from pathlib import Path

from services.documents.document import Block, Document
from services.documents.readers import broken, locked, readers, refuse_bomb

_OLE = b"\xd0\xcf\x11\xe0"  # an encrypted .docx is an old-style container


class Docx:
    """Text of the body; headers, footers and comments are left out."""

    suffixes = (".docx",)

    def read(self, path: Path) -> Document:
        """DocumentError for a broken or protected file."""
        import docx
        from docx.opc.exceptions import PackageNotFoundError
        from docx.table import Table
        from lxml.etree import LxmlError

        with path.open("rb") as file:
            if file.read(4) == _OLE:
                raise locked(path)
        document = Document(path.name)
        try:
            refuse_bomb(path)
            for part in docx.Document(str(path)).iter_inner_content():
                if isinstance(part, Table):
                    rows = [" | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in part.rows]
                    document.blocks.append(Block("table", "\n".join(row for row in rows if row.strip(" |"))))
                elif part.text.strip():
                    document.blocks.append(_paragraph(part.text.strip(), str(getattr(part.style, "name", "") or "")))
        except (zipfile.BadZipFile, PackageNotFoundError, LxmlError, KeyError, ValueError, AttributeError) as error:
            raise broken(path, error) from error
        document.blocks = [block for block in document.blocks if block.text]
        return document


def _paragraph(text: str, style: str) -> Block:
    if style.startswith("Heading") or style == "Title":
        digits = "".join(c for c in style if c.isdigit())
        return Block("heading", text, level=int(digits or 1))
    return Block("item", text) if style.startswith("List") else Block("paragraph", text)


readers.add("docx")(Docx())
