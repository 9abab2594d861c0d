"""README says what is true: its table is the declarations', its files exist, its commands are known."""

import re
from pathlib import Path

from installers.readme import filled
from services.cli.commands import commands

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_parameters_is_current() -> None:
    assert filled(TEXT) == TEXT, "run `python -m installers.readme`"


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert pictures
    assert [p for p in pictures if not (ROOT / p).is_file()] == []


def test_folders_and_files_named_are_there() -> None:
    named = re.findall(r"`((?:services|desktop|resources|installers|tests)/[a-z_/]+(?:\.py|/))`", TEXT)
    assert len(named) > 15
    assert [n for n in named if not (ROOT / n).exists()] == []


def test_commands_named_are_known() -> None:
    named = set(re.findall(r"`tunesmith ([a-z]+)", TEXT))
    assert named and named <= set(commands.ids())
