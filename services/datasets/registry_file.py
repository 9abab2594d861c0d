"""dataset_info.json, the list of a folder's data sets as LLaMA-Factory keeps it: read with its slips, and written."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services import files
from services.datasets.conversation import Problem
from services.datasets.encodings import detect
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.registry_entry import entry_of_mapping
from services.i18n import N_

FILE_NAME = "dataset_info.json"
LISTED = (".json", ".jsonl", ".csv", ".parquet", ".arrow", ".txt")
"""Suffixes of files that LLaMA-Factory reads."""

_MOST_BYTES = 20 << 20
_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|\#[^\n]*|,(?=\s*[}\]])', re.DOTALL)
_COMMENT = N_("This is a comment; JSON has none.")
_COMMA = N_("There is a comma too many before {here}.")


@dataclass
class RegistryFile:
    """What a dataset_info.json says. troubles: slips that were read over, by line: (line, N_-marked, values)."""

    path: Path
    entries: dict[str, Any] = field(default_factory=dict)
    troubles: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    def problems(self) -> list[Problem]:
        """The slips as problems, each with its line."""
        out = []
        for line, sentence, values in self.troubles:
            said = {"file": self.path.name, "line": line, "what": sentence.format(**values)}
            out.append(Problem("registry", N_("{file}, line {line}: {what}"), values=said, blocks=False))
        return out


def read_registry(path: Path) -> RegistryFile:
    """The entries of a file; comments and commas too many are read over and named.

    DatasetError that names the line where nothing can be made of it, for a file that is no list of sets, or unreadable.
    """
    found = RegistryFile(path)
    text = _text(path)
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        data = _lenient(path, text, found)
    if not isinstance(data, dict):
        raise DatasetError(
            N_("{file} is no list of data sets: it should be an object with a name before each."),
            way_out=N_("Mend it in a text editor."),
            file=path.name,
        )
    found.entries = data
    return found


def register_file(file: Path, name: str, mapping: Mapping, columns: list[str]) -> Path | None:
    """Name a data file in the dataset_info.json beside it, the other entries untouched. Returns that file; None for a
    kind of file that LLaMA-Factory does not read. DatasetError if what is there cannot be understood."""
    if file.suffix.lower() not in LISTED or not mapping.format:
        return None
    path = file.with_name(FILE_NAME)
    known = read_registry(path).entries if path.exists() else {}
    known[name] = entry_of_mapping(file.name, mapping, columns)
    files.write_text(path, json.dumps(known, ensure_ascii=False, indent=2) + "\n")
    return path


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DatasetError(
                N_("{file} is far too large for a list of data sets."),
                way_out=N_("Choose the data files themselves."), file=path.name,
            )  # fmt: skip
        encoding = detect(path)
        return path.read_bytes()[encoding.bom :].decode(encoding.name, "replace")
    except OSError as error:
        raise DatasetError(
            N_("{file} cannot be read: {reason}."),
            way_out=N_("Check that it is there and that you may read it."),
            file=str(path),
            reason=error.strerror or str(error),
        ) from error


def _lenient(path: Path, text: str, found: RegistryFile) -> Any:
    """The value of a text with comments and commas too many."""

    def mend(piece: re.Match[str]) -> str:
        said = piece[0]
        if said.startswith('"'):
            return said
        line = text.count("\n", 0, piece.start()) + 1
        if said == ",":
            here = re.compile(r"\s*").match(text, piece.end())
            at = here.end() if here else piece.end()
            found.troubles.append((text.count("\n", 0, at) + 1, _COMMA, {"here": text[at : at + 1]}))
        else:
            found.troubles.append((line, _COMMENT, {}))
        return "\n" * said.count("\n")

    mended = _PIECE.sub(mend, text)
    if found.troubles:
        again = _PIECE.sub(lambda piece: piece[0] if piece[0] != "," else "", mended)  # a comma before a comment
        mended = again
    try:
        return json.loads(mended)
    except json.JSONDecodeError as error:
        raise DatasetError(
            N_("{file}, line {line}, column {column}: this is not JSON ({reason})."),
            way_out=N_("Mend that line in a text editor; the files beside it can be opened meanwhile."),
            file=path.name,
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error
    except RecursionError:
        raise DatasetError(N_("{file} is nested too deeply."), way_out=N_("Mend it in a text editor."),
                           file=path.name) from None  # fmt: skip
