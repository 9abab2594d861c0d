"""Translations: what the program says, what the Chinese catalogues say, and the compiled file.

    python3 installers/dev.py translations            compile; list what lacks a translation (exit code 1 if any)
    python3 installers/dev.py translations --missing  print the missing sentences as a .po file to fill in

Every area has its own resources/translations/zh/AREA.po; all of them make resources/translations/zh.mo.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
_KEYWORDS = {"tr": None, "N_": None, "trn": (1, 2)}
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # a clock in the file would change it with each compilation

Key = str | tuple[str, str]
"""A sentence, or (one, many) of a sentence with a number."""


@dataclass
class Report:
    """What does not fit. missing: sentence -> where it is said; doubled: sentence -> the areas that differ."""

    missing: dict[Key, list[str]] = field(default_factory=dict)
    doubled: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)


def said() -> dict[Key, list[str]]:
    """Every sentence that the program marks for translation, with the places where it is."""
    found: dict[Key, list[str]] = {}
    for room in ("services", "desktop"):
        method_map = [("**.py", "python")]
        for name, line, message, _comments, _context in extract_from_dir(ROOT / room, method_map, keywords=_KEYWORDS):
            key = tuple(message) if isinstance(message, (tuple, list)) else message
            if key:
                found.setdefault(key, []).append(f"{room}/{name}:{line}")
    return found


def catalogues() -> Iterator[tuple[str, Catalog]]:
    """(area, catalogue) of every Chinese .po file, in the order of their names."""
    for path in sorted((FOLDER / "zh").glob("*.po")):
        with path.open("rb") as file:
            yield path.stem, read_po(file, locale="zh", abort_invalid=True)


def merged() -> tuple[Catalog, Report]:
    """All areas as one catalogue with a fixed header, and what does not fit in it."""
    out, report = Catalog(locale="zh", fuzzy=False), Report()
    origin: dict[str, str] = {}
    for area, catalogue in catalogues():
        for message in catalogue:
            if not message.id or not _filled(message.string):
                continue
            one = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            string = message.string[0] if isinstance(message.string, (tuple, list)) else message.string
            earlier = out.get(one)
            if earlier is None:
                kept = (string,) if isinstance(message.id, (tuple, list)) else string
                out.add(message.id, kept)
                origin[one] = area
            elif string not in (earlier.string, *earlier.string):
                report.doubled.setdefault(one, [origin[one]]).append(area)
            if fault := _fault(message.id, string):
                report.broken[one] = f"{area}.po: {fault}"
    _compare(out, report, origin)
    return out, report


def _compare(out: Catalog, report: Report, origin: dict[str, str]) -> None:
    wanted = said()
    for key, places in wanted.items():
        one = key if isinstance(key, str) else key[0]
        message = out.get(one)
        if message is None or (not isinstance(key, str) and not isinstance(message.id, (tuple, list))):
            report.missing[key] = places
    known = {key if isinstance(key, str) else key[0] for key in wanted}
    report.unused = {one: f"{area}.po" for one, area in origin.items() if one not in known}


def _filled(string: object) -> bool:
    return bool(string[0] if isinstance(string, (tuple, list)) and string else string)


def _fault(key: Key, chinese: str) -> str:
    """Fields that the Chinese has and the English has not would raise when the sentence is said."""

    def fields(text: str) -> set[str]:
        return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(text) if name}

    try:
        english = set().union(*(fields(text) for text in ([key] if isinstance(key, str) else key)))
        extra = fields(chinese) - english
    except ValueError as error:
        return str(error)
    return f"unknown fields {sorted(extra)}" if extra else ""


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file; the same catalogue always gives the same bytes."""
    fixed = Catalog(
        locale="zh", project="tunesmith", version="0", creation_date=_NO_TIME, revision_date=_NO_TIME, fuzzy=False
    )
    for message in catalogue:
        if message.id:
            fixed.add(message.id, message.string)
    out = BytesIO()
    write_mo(out, fixed)
    return out.getvalue()


def main() -> int:
    """Compile, report. Exit code 1 if a sentence lacks its Chinese or two areas disagree."""
    catalogue, report = merged()
    if "--missing" in sys.argv[1:]:
        draft = Catalog(locale="zh", fuzzy=False)
        for key, places in report.missing.items():
            draft.add(key, locations=[(p.rsplit(":", 1)[0], int(p.rsplit(":", 1)[1])) for p in places])
        write_po(sys.stdout.buffer, draft, omit_header=True)
        return 0
    (FOLDER / "zh.mo").write_bytes(compiled(catalogue))
    for key, places in report.missing.items():
        print(f"missing: {key!r} ({places[0]})")
    for one, areas in report.doubled.items():
        print(f"two translations: {one!r} in {', '.join(areas)}")
    for one, fault in report.broken.items():
        print(f"broken: {one!r} in {fault}")
    print(f"{len(catalogue)} sentences compiled, {len(report.missing)} missing, {len(report.unused)} no longer said")
    return 1 if report.missing or report.doubled or report.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
