"""Plain text in any encoding: paragraphs between empty lines."""

import re
from pathlib import Path

from services.datasets.encodings import detect
from services.documents.document import Block, Document
from services.documents.readers import readers


class PlainText:
    """Paragraphs as they are."""

    suffixes = (".txt", ".text", ".log", ".rst")

    def read(self, path: Path) -> Document:
        """Never refuses: bytes that fit no encoding are replaced."""
        parts = re.split(r"\n[ \t]*\n+", decoded(path))
        return Document(path.name, [Block("paragraph", part.strip()) for part in parts if part.strip()])


def decoded(path: Path) -> str:
    """A text file's characters, in the encoding that it seems to have, with \\n line ends. OSError."""
    found = detect(path)
    text = path.read_bytes()[found.bom :].decode(found.name, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


readers.add("text")(PlainText())
