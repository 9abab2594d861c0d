"""PDF, by pypdf: the text layer page by page. Scanned pages have none, and that is said."""

import logging
import re
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PdfReadError, PyPdfError

from services.documents.document import Block, Document
from services.documents.readers import broken, locked, readers
from services.i18n import N_

_PAGES = 5000
_END = re.compile(r"[.!?。！？:：;；]$")


class Pdf:
    """Lines of a page are joined to paragraphs; a line that ends a sentence and is short ends its paragraph."""

    suffixes = (".pdf",)

    def read(self, path: Path) -> Document:
        """DocumentError for a broken or protected file."""
        logging.getLogger("pypdf").setLevel(logging.ERROR)  # its advice on odd files is not for the person
        document = Document(path.name)
        try:
            file = PdfReader(path)
            if file.is_encrypted and not file.decrypt(""):
                raise locked(path)
            empty = 0
            for number, page in enumerate(file.pages[:_PAGES], start=1):
                blocks = paragraphs(page.extract_text() or "", number)
                empty += not blocks
                document.blocks += blocks
        except (PyPdfError, PdfReadError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise broken(path, error) from error
        except RecursionError as error:
            raise broken(path, error) from error
        if empty:
            document.note("no-text-page", N_("Pages of {file} without text (pictures?): {n}."), n=empty, file=path.name)
        return document


def paragraphs(text: str, page: int) -> list[Block]:
    """Paragraphs of a page's lines. Words that a line's end divides are joined."""
    blocks: list[Block] = []
    lines: list[str] = []
    width = max((len(line) for line in text.splitlines()), default=0)

    def settle() -> None:
        joined = ""
        for line in lines:
            if joined.endswith("-") and line[:1].islower():
                joined = joined[:-1] + line
            elif joined and _wide(joined[-1]) and _wide(line[:1]):
                joined += line
            else:
                joined = f"{joined} {line}" if joined else line
        if joined:
            blocks.append(Block("paragraph", joined, page=page))
        lines.clear()

    for raw in text.splitlines():
        line = " ".join(raw.split())
        if not line:
            settle()
            continue
        lines.append(line)
        if _END.search(line) and len(line) < 0.75 * width:
            settle()
    settle()
    return blocks


def _wide(character: str) -> bool:
    """Whether a character is of a script that is written without blanks."""
    return "\u2e80" <= character <= "\uffef"


readers.add("pdf")(Pdf())
