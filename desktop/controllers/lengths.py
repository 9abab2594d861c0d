"""The tokens of a data set's rows, counted in the background for a model and template; what a cutoff does to them."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.controllers.project_models import ModelChoice, draft_recipe, model_choices
from desktop.threads import run_in_thread
from services.datasets.lengths import LengthTable
from services.datasets.store import DatasetStore
from services.projects.project import Project
from services.templates import EncodeOptions, Template, load_template
from services.templates.counting import Count, known_lengths
from services.templates.counting_apart import count_kindly
from services.templates.cutoffs import CutReport, cut_report
from services.templates.probing import choices

_STAGES = {"preference": "dpo", "kto": "kto", "text": "pt"}


@dataclass(frozen=True)
class LengthChoices:
    """models, templates: what there is, those of the recipe in the making first in `model` and `template`. titles:
    template -> what it is called. cutoff_len: of the recipe."""

    models: list[ModelChoice]
    templates: dict[str, str]
    template: str
    cutoff_len: int
    options: EncodeOptions


@dataclass(frozen=True)
class Counted:
    """Lengths of a data set's rows. todo: rows that are not counted (any more)."""

    count: Count
    template: Template
    table: LengthTable
    todo: int = 0


def length_choices(project: Project) -> LengthChoices:
    """Read what can be chosen (slow)."""
    recipe = draft_recipe(project)
    titles = {c.name: c.title for c in choices(project.folder)}
    template = recipe.template if recipe.template in titles else "model"
    options = EncodeOptions.of_recipe(recipe)
    return LengthChoices(model_choices(recipe.model_name_or_path), titles, template, recipe.cutoff_len, options)


def count_for(project: Project, name: str, model: ModelChoice, template: str, options: EncodeOptions) -> Count:
    """What is to be counted: the rows of a data set in the stage that they are made for (slow)."""
    path = project.dataset_path(name)
    with DatasetStore.open(path, read_only=True) as store:
        stage = _STAGES.get(store.mapping.format, "sft")
    return Count(str(path), str(model.folder), template, stage, options, str(project.folder))


class LengthCounter(QObject):
    """Counts one data set at a time; a new one, or stop(), ends the one before. What is counted is kept."""

    progressed = Signal(int, int)
    """Rows done, and how many were to be done."""
    known = Signal(object)
    """Counted: what was kept from before; more may come."""
    done = Signal(object)
    """Counted: of all rows."""
    failed = Signal(object)
    _told = Signal(object, int, int)
    _found = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self.running = False
        self._told.connect(self._progress)
        self._found.connect(self._before)

    def begin(self, project: Project, name: str, model: ModelChoice, template: str, options: EncodeOptions) -> None:
        """Count what is missing of a data set's rows."""
        self._stop.set()
        stop = self._stop = threading.Event()
        self.running = True

        def tell(done: int, todo: int) -> None:
            if not stop.is_set():
                self._told.emit(stop, done, todo)

        def work() -> Counted | None:
            count = count_for(project, name, model, template, options)
            loaded = load_template(template, model.folder, project=project.folder)
            with DatasetStore.open(Path(count.dataset), read_only=True) as store:
                table, todo = known_lengths(count, loaded, store)
            before = Counted(count, loaded, table, todo)
            if not todo or stop.is_set():
                return before
            self._found.emit(stop, before)
            found = count_kindly(count, loaded, stop, tell)
            return None if found is None else Counted(count, loaded, found)

        def ended(counted: Counted | None) -> None:
            if stop is self._stop:
                self.running = False
                if counted is not None and not stop.is_set():
                    self.done.emit(counted)

        def failed(error: Exception) -> None:
            if stop is self._stop and not stop.is_set():
                self.running = False
                self.failed.emit(error)

        run_in_thread(self, work, ended, failed)

    def stop(self) -> None:
        """End the count; it can go on later."""
        self._stop.set()
        self.running = False

    def _progress(self, stop: threading.Event, done: int, todo: int) -> None:
        if stop is self._stop and not stop.is_set():
            self.progressed.emit(done, todo)

    def _before(self, stop: threading.Event, counted: Counted) -> None:
        if stop is self._stop and not stop.is_set():
            self.known.emit(counted)


def exact_cut(counted: Counted, cutoff_len: int, stop: threading.Event) -> CutReport | None:
    """What training would get with a cutoff_len, exactly; None if stopped (slow where many rows are cut)."""
    options = replace(counted.count.options, cutoff_len=cutoff_len)
    with DatasetStore.open(Path(counted.count.dataset), read_only=True) as store:
        return cut_report(counted.table, store, counted.count.stage, counted.template, options, stop)
