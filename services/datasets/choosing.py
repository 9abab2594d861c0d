"""Which rows of a data set go elsewhere: by chance with a seed, by what a column holds, or by hand."""

import re
import threading
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from services.datasets.copying import AT_ONCE, Progress, all_ids, column_number, nothing, raw_rows
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.order import Ids
from services.datasets.readstore import ReadStore
from services.datasets.values import Stored, decode, to_text
from services.datasets.wording import turns_of
from services.i18n import N_

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class ByChance:
    """So many rows drawn with a seed: the same seed draws the same rows. share: 0 to 1, in place of count. per: a
    column whose values each give their part. together: rows with one question stay together."""

    count: int = 0
    share: float = 0.0
    seed: int = 42
    per: str = ""
    together: bool = False


@dataclass(frozen=True)
class ByValue:
    """Rows whose cell of a column reads as one of these texts."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ByHand:
    """These rows. together: rows that ask the same go with them."""

    ids: tuple[int, ...]
    together: bool = False


How = ByChance | ByValue | ByHand


@dataclass(frozen=True)
class Chosen:
    """What was chosen of a set. ids: in the order of the rows. rows: how many the set has. shared: chosen rows whose
    question also stands among those that stay; example: such a question."""

    ids: Ids
    rows: int
    shared: int
    example: str = ""

    @property
    def stay(self) -> int:
        """How many rows are not chosen."""
        return self.rows - len(self.ids)


def choose(store: ReadStore, how: How, *, progress: Progress = nothing, stop: threading.Event | None = None) -> Chosen:
    """Choose rows. Reads the questions of all rows: not for the window's thread.

    DatasetError for an unknown column, a row that is gone, more rows than there are, or if stop is set.
    """
    order = all_ids(store)
    questions = _read(store, order, question_columns(store.mapping), _Question(store.mapping), progress, stop)
    if isinstance(how, ByValue):
        texts = _read(store, order, [how.column], _text, nothing, stop)
        chosen = np.asarray([text in how.values for text in texts], dtype=bool)
    elif isinstance(how, ByHand):
        if -1 in store.positions(how.ids):
            raise DatasetError(N_("A chosen row is no longer there."), way_out=N_("Choose again."))
        chosen = np.isin(order, np.asarray(how.ids, dtype=np.int64))
        if how.together:
            asked = {q for q, on in zip(questions, chosen.tolist(), strict=True) if on and q}
            chosen |= np.asarray([q in asked for q in questions], dtype=bool)
    else:
        strata = _read(store, order, [how.per], _text, nothing, stop) if how.per else []
        chosen = _drawn(how, len(order), strata, questions)
    return _weighed(store, order, chosen, questions)


def question_columns(mapping: Mapping) -> list[str]:
    """Columns that a row's question is read from."""
    roles = ("prompt", "query", "messages") if mapping.columns.keys() & {"prompt", "messages"} else ("text",)
    return [mapping.columns[role] for role in roles if role in mapping.columns]


def values_of(store: ReadStore, column: str, most: int = 200) -> list[tuple[str, int]]:
    """The texts that a column holds and how often, the most frequent first; [] if there are more than most."""
    counts: dict[str, int] = defaultdict(int)
    for text in _read(store, all_ids(store), [column], _text, nothing, None):
        counts[text] += 1
        if len(counts) > most:
            return []
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _drawn(how: ByChance, rows: int, strata: list[Any], questions: list[Any]) -> Any:
    count = how.count or round(how.share * rows)
    if not 0 < count <= rows:
        raise DatasetError(
            N_("{n} of {rows} rows cannot be drawn."), way_out=N_("Choose between 1 and {rows}."),
            n=how.count or f"{how.share:.0%}", rows=rows,
        )  # fmt: skip
    chance = np.random.Generator(np.random.PCG64(how.seed))
    groups: dict[Any, list[int]] = defaultdict(list)
    for row in range(rows):  # rows that ask the same are one lot, if they are to stay together
        groups[questions[row] if how.together and questions[row] else row].append(row)
    lots = list(groups.values())
    by_stratum: dict[Any, list[list[int]]] = defaultdict(list)
    for lot in lots:
        by_stratum[strata[lot[0]] if strata else ""].append(lot)
    sizes = {key: sum(map(len, part)) for key, part in by_stratum.items()}
    chosen = np.zeros(rows, dtype=bool)
    for key, want in _shares(sizes, count).items():
        part = by_stratum[key]
        for number in chance.permutation(len(part)):
            if want >= len(part[number]):
                chosen[part[number]] = True
                want -= len(part[number])
    if not chosen.any():  # every lot is larger than what is wanted: rather the smallest than nothing
        chosen[min(lots, key=len)] = True
    return chosen


def _shares(sizes: dict[Any, int], count: int) -> dict[Any, int]:
    """Count shared out by size; what is left goes to the largest remainders. The parts add up to count."""
    total = sum(sizes.values())
    exact = {key: count * size / total for key, size in sizes.items()}
    parts = {key: int(part) for key, part in exact.items()}
    left = sorted(exact, key=lambda key: parts[key] - exact[key])
    for key in left[: count - sum(parts.values())]:
        parts[key] += 1
    return parts


def _weighed(store: ReadStore, order: Ids, chosen: Any, questions: list[Any]) -> Chosen:
    """The choice, with how many of its questions stand on both sides."""
    on = chosen.tolist()
    stay = {q for q, c in zip(questions, on, strict=True) if q and not c}
    both = [row for row, (q, c) in enumerate(zip(questions, on, strict=True)) if c and q in stay]
    example = ""
    if both:
        columns = question_columns(store.mapping)
        values = store.row(int(order[both[0]])).values
        example = " ".join(to_text(values.get(column, "")) for column in columns).strip()[:200]
    return Chosen(order[chosen], len(order), len(both), example)


def _read(
    store: ReadStore, order: Ids, columns: list[str], digest: Any, progress: Progress, stop: threading.Event | None
) -> list[Any]:
    """What digest makes of these columns of each row, in order. DatasetError for an unknown column."""
    names = [f"c{column_number(store, column)}" for column in columns]
    if not names:
        return [b""] * len(order)
    out: list[Any] = []
    for start in range(0, len(order), AT_ONCE):
        if stop is not None and stop.is_set():
            raise DatasetError(N_("Stopped; nothing was changed."))
        out.extend(digest(cells) for cells in raw_rows(store, order[start : start + AT_ONCE], names))
        progress(len(out), len(order))
    return out


def _text(cells: tuple[Stored, ...]) -> str:
    return to_text(decode(cells[0]))


class _Question:
    """A fingerprint of a row's question, b"" if it has none. Blanks and upper case do not make another question."""

    def __init__(self, mapping: Mapping) -> None:
        self._tags = mapping.tags

    def __call__(self, cells: tuple[Stored, ...]) -> bytes:
        texts = []
        for cell in cells:
            if cell is None:
                continue
            turns = None if isinstance(cell, str) and cell[:1] != "[" else turns_of(decode(cell), self._tags)
            users = (self._tags.user_tag, "user", "human")
            texts.append(
                cell if turns is None and isinstance(cell, str)
                else to_text(decode(cell)) if turns is None
                else "\n".join(text for role, text in turns if role in users)
            )  # fmt: skip
        plain = _BLANKS.sub(" ", " ".join(texts)).strip().casefold()
        return blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).digest() if plain else b""
