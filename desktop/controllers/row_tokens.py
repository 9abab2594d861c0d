"""Rows as the project's model sees them: their tokens, and how long they are. All of it off the window's thread."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop.models.row_content import RowContent, row_content
from desktop.models.token_items import TokenItem, token_items
from services.catalogue import resolve_model
from services.datasets.conversation import Conversation, Problem
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.rows import Row
from services.errors import TunesmithError
from services.projects.project import Project
from services.recipes import Recipe
from services.recipes.file import recipe_data
from services.recipes.recipe import validated
from services.resources import resource
from services.templates import EncodeOptions, Template, Tokenizer, load_template
from services.templates.custom import template_stamp
from services.templates.row_view import RowLength, row_length, row_sequences

SAMPLE_NAME = "SmolLM2-135M-Instruct"
_KEPT = 20_000  # lengths
_AT_ONCE_S = 0.3  # then what is counted is shown


@dataclass(frozen=True)
class SequenceView:
    """One training sequence: what is drawn, and how many tokens there are, are kept, are trained."""

    items: list[TokenItem]
    full_len: int
    kept_len: int
    trained_len: int
    words: str = ""
    """Its beginning as text, for screen readers."""


@dataclass(frozen=True)
class RowView:
    """A row as its model sees it. problem: why it gives nothing; sequences: its tokens, where a tokenizer is
    there. counted: False while they are not looked at yet."""

    conversation: Conversation | None = None
    problem: Problem | None = None
    sequences: list[SequenceView] = field(default_factory=list)
    tokenizer_of: str = ""
    cutoff_len: int = 0
    counted: bool = True
    values: dict[str, Any] = field(default_factory=dict)
    content: RowContent | None = None
    """Its cells, as an inspector shows and edits them."""


@dataclass(frozen=True)
class _Model:
    key: tuple[str, ...]
    name: str
    tokenizer: Tokenizer
    template: Template
    options: EncodeOptions


class RowTokens:
    """Tokenizer and template of the recipe in the making; of the sample model while it names none."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._guard = threading.Lock()
        self._model: _Model | None = None
        self._stamp: tuple[float, int] = (-1.0, -1)
        self._lengths: OrderedDict[int, tuple[dict[str, Any], RowLength | None]] = OrderedDict()
        self._mapping = Mapping()

    # --- what the window asks (quick) -----------------------------------------------------------------------------

    def known(self, row: Row) -> RowLength | None:
        """The length of a row as it is now, None while it is not counted."""
        found = self._lengths.get(row.id)
        return found[1] if found is not None and found[0] == row.values else None

    def recipe_changed(self) -> bool:
        """Whether model, template or cutoff_len may be others since the last look; lengths are then forgotten."""
        stamp = _stamp(self._project.folder / "recipe.yaml")
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._lengths.clear()
        return True

    def use_mapping(self, mapping: Mapping) -> None:
        """The columns mean something else now: lengths are forgotten."""
        if mapping != self._mapping:
            self._mapping = mapping
            self._lengths.clear()

    def hopeless(self, row: Row) -> bool:
        """Whether it is known that a row, as it is now, cannot be counted."""
        found = self._lengths.get(row.id)
        return found is not None and found[1] is None and found[0] == row.values

    def keep(self, counted: list[tuple[Row, RowLength | None]]) -> None:
        """Remember what `count` found."""
        for row, length in counted:
            self._lengths[row.id] = (row.values, length)
        while len(self._lengths) > _KEPT:
            self._lengths.popitem(last=False)

    # --- slow: in a thread ----------------------------------------------------------------------------------------

    def count(self, rows: list[Row], mapping: Mapping, stop: threading.Event) -> list[tuple[Row, RowLength | None]]:
        """How long rows are, None for one that gives no conversation; of the first rows only if it takes long."""
        try:
            model = self._current()
        except TunesmithError:
            return [(row, None) for row in rows]
        found: list[tuple[Row, RowLength | None]] = []
        begun = time.monotonic()
        for row in rows:
            if stop.is_set() or time.monotonic() - begun > _AT_ONCE_S:
                break
            try:
                talk = mapping.conversation(row.values)
                found.append((row, row_length(talk, model.template, model.tokenizer, model.options)))
            except (RowProblem, TunesmithError):
                found.append((row, None))  # its finding says why
        return found

    def read(self, values: dict[str, Any], mapping: Mapping) -> RowView:
        """A row as text, before its tokens are counted."""
        try:
            conversation = mapping.conversation(values)
        except RowProblem as error:
            return RowView(problem=error.problem, values=values, content=row_content(values, mapping, None))
        content = row_content(values, mapping, conversation)
        return RowView(conversation, counted=False, values=values, content=content)

    def view(self, values: dict[str, Any], mapping: Mapping) -> RowView:
        """A row with its tokens."""
        read = self.read(values, mapping)
        conversation = read.conversation
        if conversation is None:
            return read
        try:
            model = self._current()
            sequences = row_sequences(conversation, model.template, model.tokenizer, model.options)
        except TunesmithError as error:
            problem = Problem("template", error.message, error.way_out_message, dict(error.values))
            return replace(read, problem=problem, counted=True)
        views = [
            SequenceView(
                token_items(s.pieces),
                len(s.pieces),
                s.kept_len,
                s.trained_len,
                "".join(p.text for p in s.pieces[:400])[:2000],
            )
            for s in sequences
        ]
        return replace(
            read, sequences=views, tokenizer_of=model.name, cutoff_len=model.options.cutoff_len, counted=True
        )

    def _current(self) -> _Model:
        recipe = self._recipe()
        folder: Path = resource("sample", "tokenizer")
        if recipe.model_name_or_path:
            folder = resolve_model(recipe.model_name_or_path)
        key = (str(folder), recipe.template, str(template_stamp(recipe.template, self._project.folder)))
        with self._guard:
            if self._model is None or self._model.key != key:
                tokenizer = Tokenizer.load(folder)
                template = load_template(recipe.template, folder, tokenizer=tokenizer, project=self._project.folder)
                name = recipe.model_name_or_path or SAMPLE_NAME
                self._model = _Model(key, name, tokenizer, template, EncodeOptions())
            found = self._model
            return _Model(key, found.name, found.tokenizer, found.template, EncodeOptions.of_recipe(recipe))

    def _recipe(self) -> Recipe:
        try:
            return validated(recipe_data((self._project.folder / "recipe.yaml").read_text(encoding="utf-8")))
        except (OSError, TunesmithError):
            return Recipe()


def _stamp(path: Path) -> tuple[float, int]:
    try:
        found = path.stat()
    except OSError:
        return (0.0, 0)
    return (found.st_mtime, found.st_size)
