"""How long the rows of a recipe's data are, counted once in a thread and remembered: what the forecast is made of."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.catalogue import find_model
from services.datasets.conversation import Conversation, Problem
from services.datasets.lengths import LengthTable
from services.datasets.mapping import RowProblem
from services.datasets.store import DatasetStore
from services.errors import TunesmithError
from services.projects.project import Project
from services.recipes import Recipe, split_names
from services.templates import EncodeOptions, Template, Tokenizer, load_template
from services.templates.counting import Count, count_lengths, known_lengths
from services.templates.custom import template_stamp
from services.templates.lengths import measure
from services.templates.row_view import row_length

_SAMPLE = 3000  # rows of a data set that are counted while nobody waits; the rest is taken to be like them
_STRETCH = 100  # rows that are read together
_WHOLE = 1 << 30
_KEPT = 8


@dataclass(frozen=True)
class RowLengths:
    """lengths: tokens that a row needs so that nothing of it is cut, of each that trains; trained: how many of them
    the loss sees. refused: rows that the stage cannot train. sampled: the data was too large to count every row."""

    lengths: NDArray[np.int64]
    trained: NDArray[np.int64]
    refused: int
    sampled: bool


class LengthCounter:
    """Counts for one project. `known` is quick, `count` is not."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._guard = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], RowLengths] = OrderedDict()
        self._template: tuple[tuple[str, str], Tokenizer, Template] | None = None

    def count(self, recipe: Recipe, stop: threading.Event) -> RowLengths | None:
        """Lengths of the recipe's rows; None if its model or data cannot be read, or when stopped."""
        names = split_names(recipe.dataset)
        if not names or not recipe.model_name_or_path:
            return None
        try:
            folder = find_model(recipe.model_name_or_path).path
            stores = [self._project.dataset_path(name) for name in names]
            key = (
                str(folder), self._stamped(recipe.template), recipe.stage, self._revisions(stores), tuple(names),
                recipe.max_samples, replace(EncodeOptions.of_recipe(recipe), cutoff_len=_WHOLE),
            )  # fmt: skip
            with self._guard:
                if key not in self._known:
                    found = self._measure(recipe, folder, stores, stop)
                    if found is None:
                        return None
                    self._known[key] = found
                    while len(self._known) > _KEPT:
                        self._known.popitem(last=False)
                return self._known[key]
        except (TunesmithError, OSError):
            return None

    def _stamped(self, template: str) -> str:
        return f"{template} {template_stamp(template, self._project.folder)}"

    def _revisions(self, paths: list[Path]) -> tuple[int, ...]:
        found = []
        for path in paths:
            with DatasetStore.open(path, read_only=True) as store:
                found.append(store.revision)
        return tuple(found)

    def _measure(self, recipe: Recipe, folder: Path, paths: list[Path], stop: threading.Event) -> RowLengths | None:
        tokenizer, template = self._load(folder, recipe.template)
        options = replace(EncodeOptions.of_recipe(recipe), cutoff_len=_WHOLE)
        lengths: list[NDArray[np.int64]] = []
        trained: list[NDArray[np.int64]] = []
        refused, sampled = 0, False
        for path in paths:
            whole = self._whole(recipe, folder, path, template, stop)
            if stop.is_set():
                return None
            if whole is not None:
                lengths.append(whole.needed[whole.total > 0])
                trained.append(whole.trained[whole.total > 0])
                refused += int((whole.total == 0).sum())
                continue
            with DatasetStore.open(path, read_only=True) as store:
                total = min(store.count(), recipe.max_samples or _WHOLE)
                rows = _stretches(store, total, stop)
                if recipe.stage == "pt":
                    counted, share = _text_lengths(rows, template, tokenizer, options)
                else:
                    report = measure(recipe.stage, rows, template, tokenizer, options)
                    counted = [n.needed for i, n in report.whole.items() if i not in report.problems]
                    share = report.trained_tokens / max(1, report.tokens)
                if stop.is_set():
                    return None
            seen = min(total, _SAMPLE)
            sampled |= total > seen
            full = round(len(counted) / seen * total) if seen else 0
            some = np.asarray(counted, dtype=np.int64)
            lengths.append(np.resize(some, full) if len(some) else some)
            trained.append((lengths[-1] * share).astype(np.int64))
            refused += total - full
        return RowLengths(np.concatenate(lengths), np.concatenate(trained), refused, sampled)

    def _whole(
        self, recipe: Recipe, folder: Path, path: Path, template: Template, stop: threading.Event
    ) -> LengthTable | None:
        """The lengths of every row, as the data set's pages count and keep them; None where too many are not counted
        yet, or when stopped."""
        options = EncodeOptions.of_recipe(recipe)
        project = str(self._project.folder)
        count = Count(str(path), str(folder), recipe.template, recipe.stage, options, project)
        with DatasetStore.open(path, read_only=True) as store:
            table, todo = known_lengths(count, template, store)
            first = store.all_ids()[: recipe.max_samples] if recipe.max_samples else store.all_ids()
        if todo > _SAMPLE:
            return None
        every = count_lengths(count, template, stop) if todo else table
        return every.among(first) if every is not None else None

    def _load(self, folder: Path, name: str) -> tuple[Tokenizer, Template]:
        key = (str(folder), self._stamped(name))
        if self._template is None or self._template[0] != key:
            tokenizer = Tokenizer.load(folder)
            template = load_template(name, folder, tokenizer=tokenizer, project=self._project.folder)
            self._template = (key, tokenizer, template)
        return self._template[1], self._template[2]


def _stretches(store: DatasetStore, total: int, stop: threading.Event) -> Iterator[tuple[int, Conversation | Problem]]:
    """The rows' conversations: all of them, or stretches from all over the set."""
    starts = list(range(0, total, _STRETCH))
    if total > _SAMPLE:
        starts = np.linspace(0, total - _STRETCH, _SAMPLE // _STRETCH, dtype=np.int64).tolist()
    mapping = store.mapping
    for start in starts:
        if stop.is_set():
            return
        for row in store.rows(start, min(_STRETCH, total - start)):
            try:
                yield row.id, mapping.conversation(row.values)
            except RowProblem as error:
                yield row.id, error.problem


def _text_lengths(
    rows: Iterator[tuple[int, Conversation | Problem]], template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> tuple[list[int], float]:
    """Lengths of texts for pre-training, all of which are trained."""
    talks = [talk for _, talk in rows if isinstance(talk, Conversation) and talk.text is not None]
    return [row_length(talk, template, tokenizer, options).full_len for talk in talks], 1.0
