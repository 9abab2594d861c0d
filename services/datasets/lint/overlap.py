"""Rows that also stand in a validation or exam set of the project."""

import contextlib
import functools
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.datasets.conversation import Problem
from services.datasets.errors import DatasetError
from services.datasets.lint import (
    Check,
    Example,
    Fix,
    Option,
    Subject,
    checks,
    delete_row,
    key_of,
    plain,
    words_of,
)
from services.datasets.lint._likeness import Runs, bands_of, likeness, numbers_of, runs_of
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.yaml import load_yaml

_ENDS = (
    "check",
    "test",
    "val",
    "valid",
    "validation",
    "eval",
    "evaluation",
    "exam",
    "dev",
    "holdout",
    "测试",
    "验证",
    "考试",
)
_MOST = 100_000  # rows of such sets that are held in memory
_ALIKE = 0.9


@dataclass
class _Reference:
    """Questions of the sets that a model is measured with. exact: key of a question -> (set, row number). bands: key of
    a band -> places in texts. texts: (set, row number, runs, numbers)."""

    exact: dict[int, tuple[str, int]] = field(default_factory=dict)
    bands: dict[int, list[int]] = field(default_factory=dict)
    texts: list[tuple[str, int, Runs, list[str]]] = field(default_factory=list)

    def add(self, name: str, number: int, row: Subject) -> None:
        """Take in a row of a set."""
        text = _asked(row)
        if not text:
            return
        self.exact.setdefault(key_of(plain(text)), (name, number))
        runs = runs_of(text)
        if len(runs):
            for key in bands_of(runs):
                self.bands.setdefault(key, []).append(len(self.texts))
            self.texts.append((name, number, runs, numbers_of(text)))

    def find(self, text: str) -> tuple[str, int, bool] | None:
        """(set, row number, whether the very same question) of a question, None if it is in none."""
        same = self.exact.get(key_of(plain(text)))
        if same:
            return *same, True
        runs = runs_of(text)
        if not len(runs) or not self.bands:
            return None
        for place in sorted({place for key in bands_of(runs) for place in self.bands.get(key, ())[:8]}):
            name, number, other, numbers = self.texts[place]
            if numbers == numbers_of(text) and likeness(runs, other) >= _ALIKE:
                return name, number, False
        return None


@checks.add("overlap")
class Overlap(Check):
    """Questions are compared, in any case and spacing, and nearly equal ones. The sets are those named by the recipe's
    eval_dataset and those whose names say it (support-check, faq test), or those of the setting."""

    id, title = "overlap", N_("Also in a validation set")
    help = N_("What is trained and measured with flatters the model. Such rows can leave the training set.")
    verb = N_("Delete")
    options = (
        Option("sets", N_("Validation and exam sets"), N_("Names, with commas. Empty: found by name and recipe."), ""),
    )
    example = Example(({"instruction": "Only a test of the window shows it.", "output": "Yes."},), ())

    def __init__(self, mapping: Mapping, chosen: dict[str, object] | None = None) -> None:
        super().__init__(mapping, chosen)
        self._sets: list[tuple[Path, str]] = []

    def prepare(self, path: Path) -> None:
        """See which sets it is held against, and in what state they are; one that cannot be read is passed over."""
        names = words_of(str(self.option("sets"))) or _measuring(path)
        if path.stem in names:
            return
        for name in names:
            other = path.with_name(f"{name}.sqlite")
            with contextlib.suppress(DatasetError), DatasetStore.open(other, read_only=True) as store:
                self._sets.append((other, f"{store.revision}@{store.fact('imported')}"))

    def state(self) -> str:
        """The sets and their revisions."""
        return ";".join(f"{path.stem}@{stamp}" for path, stamp in self._sets)

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """Whether the row's question is in one of the sets."""
        text = _asked(row) if self._sets else ""
        found = None
        for path, stamp in self._sets if text else ():
            found = found or _reference(path, stamp).find(text)
        if found is None:
            return []
        name, number, same = found
        sentence = N_("The question is also row {number} of {set}, with which the model is measured.")
        if not same:
            sentence = N_("The question is nearly row {number} of {set}, with which the model is measured.")
        values = {"number": number, "set": name}
        return [Problem(self.id, sentence, N_("Delete the row here or there."), values, blocks=False,
                        sure="sure" if same else "likely")]  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)


@functools.lru_cache(maxsize=4)
def _reference(path: Path, stamp: str) -> _Reference:
    """The questions of a set in the state of that stamp; kept, as an edit of one row must not read them again."""
    made = _Reference()
    with contextlib.suppress(DatasetError), DatasetStore.open(path, read_only=True) as store:
        mapping = store.mapping
        for number, row in enumerate(itertools.islice(store.iterate(), _MOST), 1):
            made.add(path.stem, number, Subject(row.id, row.values, mapping))
    return made


def _asked(row: Subject) -> str:
    """The question without the system text, which many rows share; of raw text the text."""
    if row.talk is None:
        return ""
    if row.talk.text is not None:
        return row.talk.text
    turns = row.talk.turns if row.talk.chosen else row.talk.turns[:-1]
    return "\n".join(turn.content for turn in turns).strip()


def _measuring(path: Path) -> list[str]:
    """Names of the project's sets that a model is measured with."""
    names = sorted(p.stem for p in path.parent.glob("*.sqlite"))
    recipe = path.parent.parent / "recipe.yaml"
    said: Any = None
    if recipe.is_file():
        with contextlib.suppress(ValueError, OSError):
            said = load_yaml(recipe.read_text(encoding="utf-8"))
    said = said.get("eval_dataset") if isinstance(said, dict) else None
    said = words_of(said) if isinstance(said, str) else [str(name) for name in said] if isinstance(said, list) else []
    ends = [n for n in names if n != path.stem and n.replace("_", "-").replace(" ", "-").rpartition("-")[2] in _ENDS]
    return [name for name in dict.fromkeys([*said, *ends]) if name in names]
