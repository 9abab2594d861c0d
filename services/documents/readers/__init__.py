"""Readers of documents, one file each, by suffix.

To add one, put a file here with a class that has `suffixes` and `read(path) -> Document`, and register an instance:
`readers.add("my-kind")(MyReader())`. A reader raises DocumentError with a plain sentence, or what `_KNOWN` lists.
"""

import zipfile
from pathlib import Path
from typing import Protocol

from services.documents.document import Document, DocumentError
from services.i18n import N_
from services.registry import Registry, load_siblings

LARGEST_BYTES = 200 << 20


class DocumentReader(Protocol):
    """Reads one kind of document. suffixes: with the dot, in lower case."""

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def read(self, path: Path) -> Document:
        """All text of a file, in blocks."""


readers: Registry[DocumentReader] = Registry("document reader")


def suffixes() -> list[str]:
    """Suffixes that can be read, with the dot."""
    return sorted(s for reader in readers for s in reader.suffixes)


def read_document(path: Path) -> Document:
    """The text of a document. DocumentError if it is missing, of an unknown kind, broken, locked or without text."""
    reader = next((r for r in readers if path.suffix.lower() in r.suffixes), None)
    if reader is None:
        raise DocumentError(
            N_("{file} is of a kind that no text can be taken from."),
            way_out=N_("Choose one of: {suffixes}."),
            file=path.name,
            suffixes=", ".join(suffixes()),
        )
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _too_large(path)
        document = reader.read(path)
    except OSError as error:
        raise DocumentError(
            N_("{file} cannot be read: {reason}."),
            way_out=N_("Check that it is there and that you may read it."),
            file=path.name,
            reason=error.strerror or str(error),
        ) from error
    if not document.characters:
        raise DocumentError(
            N_("{file} holds no text; it may be scanned pictures of pages."),
            way_out=N_("Run text recognition (OCR) on it first, or leave it out."),
            file=path.name,
        )
    return document


def broken(path: Path, error: Exception) -> DocumentError:
    """The sentence for a file that is not what its name says."""
    return DocumentError(
        N_("{file} is damaged or not of the kind that its name says: {reason}"),
        way_out=N_("Open it in its own program and save it anew, or leave it out."),
        file=path.name,
        reason=(str(error).splitlines() or [""])[0][:200] or type(error).__name__,
    )


def locked(path: Path) -> DocumentError:
    """The sentence for a file with a password."""
    return DocumentError(
        N_("{file} is protected by a password."),
        way_out=N_("Save a copy without the password, or leave it out."),
        file=path.name,
    )


def refuse_bomb(path: Path) -> None:
    """DocumentError for an archive that would unpack to far more than it is."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(item.file_size for item in archive.infolist())
    if unpacked > LARGEST_BYTES or unpacked > 200 * max(1, path.stat().st_size):
        raise _too_large(path)


def _too_large(path: Path) -> DocumentError:
    return DocumentError(
        N_("{file} is too large ({limit} MB at most, unpacked)."),
        way_out=N_("Split it, or leave it out."),
        file=path.name,
        limit=LARGEST_BYTES >> 20,
    )


load_siblings(__name__, __path__)  # last: the readers import what stands above
