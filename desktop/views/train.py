"""The training page: four cards whose defaults are right, every parameter below, and what the run will take beside."""

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QGridLayout, QMenu, QWidget

from desktop.actions import round_menu
from desktop.controllers.train import SAMPLE, Choices, Outlook, TrainController, stage_for
from desktop.controllers.train_lengths import RowLengths
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, Card
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.forecast_panel import ForecastPanel
from desktop.widgets.recipe_cards import (
    SummaryCard,
    data_note,
    method_note,
    method_value,
    time_note,
    time_value,
    weights_text,
)
from desktop.widgets.recipe_form import RecipeForm
from desktop.widgets.text import Text
from services import files
from services.i18n import language, tr, trn
from services.jobs.job import Job
from services.recipes import FIELDS, Recipe, RecipeError, save_recipe, split_names
from services.recipes.file import read_recipe_file
from services.recipes.presets import Preset, presets

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_WIDE = 1120  # px: wider than this, lines are too long to read
_ROUNDS = (1, 2, 3, 5, 10)
_AFTER_MS = 120


@pages.add("train")
class TrainPage(Page):
    """The recipe in the making; one a project."""

    kind = "train"
    icon = "sliders-horizontal"
    road_step = "train"
    fills_primary = True

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        self.controller = TrainController(window)
        self.choices = Choices()
        self.form = RecipeForm(Recipe())
        self.form.changed.connect(self.set_recipe)
        self.model_card = SummaryCard("cube", lambda: tr("Model"))
        self.data_card = SummaryCard("table", lambda: tr("Data"))
        self.method_card = SummaryCard("faders", lambda: tr("Method"))
        self.time_card = SummaryCard("timer", lambda: tr("How long"))
        self.panel = ForecastPanel()
        self._outlook: Outlook | None = None
        self._lengths: RowLengths | None = None
        self._counted_for: tuple[Any, ...] = ()
        self._number = 0  # of the recipe: what is worked out for an older one is not shown
        self._loaded_once = False
        self._stop = threading.Event()
        self._after = QTimer(self)
        self._after.setSingleShot(True)
        self._after.setInterval(_AFTER_MS)
        self._after.timeout.connect(self._forecast)
        self._build()
        self._connect()
        self.run(self.controller.choices, self._loaded)

    @property
    def recipe(self) -> Recipe:
        """The recipe as it stands."""
        return self.form.recipe

    def title(self) -> str:
        return tr("New run")

    def inspector(self) -> QWidget:
        return self.panel

    def show_as_command(self) -> tuple[str, str]:
        folder = self.main.project.folder if self.main.project is not None else "PROJECT"
        return (f'tunesmith train "{folder}" recipe.yaml', save_recipe(self.recipe))

    def shown(self) -> None:
        if self._loaded_once:
            self.run(self.controller.choices, self._renew)

    def job_changed(self, job_id: str) -> None:
        if self._loaded_once and self.isVisible():
            self._learn()

    def closing(self) -> None:
        self._stop.set()
        if self._after.isActive():
            self._after.stop()
            self.controller.save_draft(self.recipe, self._number)

    def retranslate(self) -> None:
        self._say()

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low = words.lower()
        found = [p for p in FIELDS.values() if low in p.name or low in p.title(language()).lower()]
        return [(p.name, p.title(language()), lambda n=p.name: self.form.search.setText(n)) for p in found[:8]]

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(16)
        for index, card in enumerate((self.model_card, self.data_card, self.method_card, self.time_card)):
            grid.addWidget(card, index // 2, index % 2)
            grid.setColumnStretch(index % 2, 1)
        inside = Box("v", margins=(24, 24, 24, 24), fill="page")
        inside.add(grid).add(32).add(self.form).add("s")
        self.content.addWidget(scroll_page(inside, cap_px=_WIDE), 1)

    def _connect(self) -> None:
        self.model_card.clicked.connect(self._choose_model)
        self.data_card.clicked.connect(self._choose_data)
        self.method_card.clicked.connect(self._choose_method)
        self.time_card.clicked.connect(self._choose_time)
        self.panel.started.connect(lambda: self.main.run_command("train.start"))
        self.panel.queued.connect(lambda: self.start(watch=False))
        self.panel.variant_chosen.connect(lambda changes: self.set_recipe(self.recipe.with_values(**changes)))
        self.panel.presets_asked.connect(self._choose_preset)
        self.panel.open_asked.connect(self.open_yaml)
        self.panel.save_asked.connect(self.save_yaml)
        self.main.downloads.arrived.connect(self._model_arrived)
        self.panel.command_asked.connect(lambda: self.main.run_command("view.command"))

    # --- the recipe -----------------------------------------------------------------------------------------------

    def set_recipe(self, recipe: Recipe) -> None:
        """Take another recipe: the form, the cards, the forecast and the draft follow."""
        if recipe != self.form.recipe:
            self.form.show_recipe(recipe)
        self._number += 1
        self._say()
        self._after.start()
        self.changed.emit()

    def start(self, *, watch: bool = True) -> None:
        """Queue the run; watch: open its page."""

        def done(job: Job) -> None:
            self.form.show_problems([])
            self.main.look_again()
            if watch:
                self.main.open_page("run", job.id)
            else:
                self.main.toast(lambda: tr("Run {run} stands in the queue.", run=job.id.lstrip("0")))

        def failed(error: Exception) -> None:
            if isinstance(error, RecipeError):
                self.form.show_problems(error.problems)
            self.show_error(error)

        self.banner.clear()
        wrong = self.form.wrong()
        if wrong:
            failed(RecipeError(wrong))
            return
        recipe = self.recipe
        self.run(lambda: self.controller.start(recipe), done, failed)

    def is_settled(self) -> bool:
        """Whether the forecast is of the recipe as it stands."""
        return self._loaded_once and not self._after.isActive()

    def can_start(self) -> bool:
        """Whether model and data are chosen."""
        return self.panel.start.isEnabled()

    def open_yaml(self) -> None:
        """Read a recipe file, LLaMA-Factory's or ours."""
        path, _ = QFileDialog.getOpenFileName(self, tr("Open a recipe"), "", "YAML (*.yaml *.yml)")
        if path:
            self.run(lambda: read_recipe_file(Path(path)), self._opened)

    def save_yaml(self) -> None:
        """Write the recipe to a file that LLaMA-Factory reads too."""
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the recipe"), "recipe.yaml", "YAML (*.yaml)")
        if path:
            text = save_recipe(self.recipe)
            self.run(lambda: files.write_text(Path(path), text), self._saved)

    def _opened(self, recipe: Recipe) -> None:
        self.set_recipe(recipe)
        unknown = recipe.unknown_keys
        if unknown:
            names = ", ".join(unknown[:5])
            self.main.toast(
                lambda: trn(
                    "{n} key is kept but has no effect here: {names}",
                    "{n} keys are kept but have no effect here: {names}",
                    len(unknown),
                    names=names,
                ),
                icon="info",
            )

    def _saved(self, _: None) -> None:
        self.main.toast(lambda: tr("Saved."))

    def _loaded(self, choices: Choices) -> None:
        self.choices = choices
        self.form.offer("template", choices.templates)
        self.run(lambda: self.controller.load_draft(choices), self._drafted)

    def _drafted(self, recipe: Recipe) -> None:
        self._loaded_once = True
        if not self._number:  # nothing was chosen meanwhile
            self.set_recipe(recipe)
        self._learn()

    def _renew(self, choices: Choices) -> None:
        self.choices = choices
        self.form.offer("template", choices.templates)
        self._say()
        self._after.start()

    def _learn(self) -> None:
        jobs = self.controller.finished_runs()
        if jobs:
            self.run(lambda: self.controller.learn_speeds(jobs), lambda new: self._after.start() if new else None)

    def _forecast(self) -> None:
        """Keep the draft and forecast it; then once more, when the rows have been counted."""
        recipe, choices, number, lengths = self.recipe, self.choices, self._number, self._lengths
        self._stop.set()
        stop = self._stop = threading.Event()

        def work() -> Outlook:
            self.controller.save_draft(recipe, number)
            return self.controller.outlook(recipe, choices, lengths)

        def count() -> Outlook | None:
            counted = self.controller.counter.count(recipe, stop)
            return None if stop.is_set() else self.controller.outlook(recipe, choices, counted)

        def counted(outlook: Outlook | None) -> None:
            if outlook is not None and number == self._number:
                self._lengths = outlook.lengths
                self._show_outlook(outlook)

        def first(outlook: Outlook) -> None:
            if number == self._number and not stop.is_set():
                self._show_outlook(outlook)
                self.run(count, counted)

        if self._counted_for != _counting(recipe):
            self._counted_for = _counting(recipe)
            self._lengths = lengths = None
        self.run(work, first)

    def _show_outlook(self, outlook: Outlook) -> None:
        self._outlook = outlook
        wrong = self.form.wrong_now()
        self.panel.show_outlook(outlook, self.recipe, wrong[0] if wrong else None)
        self._say()
        self.changed.emit()

    # --- the cards ------------------------------------------------------------------------------------------------

    def _say(self) -> None:
        recipe = self.recipe
        outlook = self._outlook
        found = outlook.forecast if outlook is not None else None
        model = next((m for m in self.choices.models if m.id == recipe.model_name_or_path), None)
        if not recipe.model_name_or_path:
            self.model_card.say(lambda: tr("Choose a model"), lambda: tr("the sample model is a good first one"))
        else:
            note: Text = lambda: tr("on this PC") if model is not None else tr("not on this PC yet")  # noqa: E731
            if model is not None and model.parameters:
                weights = model.parameters
                note = lambda: tr("{weights}, on this PC", weights=weights_text(weights))  # noqa: E731
            self.model_card.say(model.name if model is not None else recipe.model_name_or_path, note)
        names = split_names(recipe.dataset)
        rows = sum(self.choices.datasets.get(n, 0) for n in names)
        cut = found.rows_cut if found is not None and found.lengths_known and not recipe.eval_dataset else 0
        if names:
            self.data_card.say(
                lambda: " + ".join(names) + " · " + trn("{n} row", "{n} rows", rows), lambda: data_note(recipe, cut)
            )
        else:
            self.data_card.say(lambda: tr("Choose a data set"), lambda: tr("import a file of examples first"))
        self.method_card.say(
            lambda: method_value(recipe), lambda: method_note(found.trained_percent if found else None)
        )
        steps = found.steps if found is not None else 0
        self.time_card.say(lambda: time_value(recipe, steps), lambda: time_note(recipe))

    def _popup(self, card: Card, menu: QMenu) -> None:
        menu.setMinimumWidth(min(card.width(), 420))
        menu.popup(card.mapToGlobal(card.rect().bottomLeft()))

    def _change(self, **values: Any) -> None:
        self.set_recipe(self.recipe.with_values(**values))

    def _choose_model(self) -> None:
        menu = round_menu(QMenu(self))
        for model in self.choices.models:
            action = menu.addAction(model.name, partial(self._change, model_name_or_path=model.id))
            action.setEnabled(model.usable)
        menu.addSeparator()
        if not any(m.id == SAMPLE for m in self.choices.models):
            menu.addAction(tr("Fetch the sample model (90 MB)"), self._fetch_sample)
        menu.addAction(tr("Choose a model folder…"), self._choose_folder)
        if "models.open" in self.main.actions_:
            menu.addAction(self.main.actions_.of("models.open"))
        self._popup(self.model_card, menu)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Choose a model folder"))
        if folder:
            self._change(model_name_or_path=folder)

    def _fetch_sample(self) -> None:
        self.main.downloads.start("sample")  # its progress stands in the jobs strip; it goes on without this page

    def _model_arrived(self, model_id: str) -> None:
        if not self.recipe.model_name_or_path:
            self._change(model_name_or_path=model_id)
        self.shown()

    def _choose_data(self) -> None:
        menu = round_menu(QMenu(self))
        chosen = split_names(self.recipe.dataset)
        for name, rows in self.choices.datasets.items():
            action = menu.addAction(f"{name} · " + trn("{n} row", "{n} rows", rows))
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(lambda on, name=name: self._toggle_data(name, on))
        if not self.choices.datasets and "data.import" in self.main.actions_:
            menu.addAction(self.main.actions_.of("data.import"))
        menu.addSeparator()
        check = menu.addMenu(tr("Check on"))
        check.addAction(tr("nothing"), lambda: self._change(val_size=0, eval_dataset="", eval_strategy="no"))
        check.addAction(
            tr("a tenth of the rows"), lambda: self._change(val_size=0.1, eval_dataset="", eval_strategy="epoch")
        )
        for name in self.choices.datasets:
            if name not in chosen:
                check.addAction(name, partial(self._change, val_size=0, eval_dataset=name, eval_strategy="epoch"))
        self._popup(self.data_card, menu)

    def _apply(self, preset: Preset) -> None:
        self.set_recipe(preset.apply(self.recipe))

    def _toggle_data(self, name: str, on: bool) -> None:
        names = [n for n in split_names(self.recipe.dataset) if n != name] + ([name] if on else [])
        stage = stage_for(self.recipe.stage, names, self.choices)
        eval_dataset = "" if name == self.recipe.eval_dataset else self.recipe.eval_dataset
        self._change(dataset=",".join(names), stage=stage, eval_dataset=eval_dataset)

    def _choose_method(self) -> None:
        menu = round_menu(QMenu(self))
        menu.addAction(tr("LoRA · a small adapter beside the model"), lambda: self._method("lora", None))
        menu.addAction(tr("QLoRA · the same on a model in 4 bits"), lambda: self._method("lora", 4))
        menu.addAction(tr("Full · every weight learns"), lambda: self._method("full", None))
        menu.addAction(tr("Freeze · a few layers learn"), lambda: self._method("freeze", None))
        self._popup(self.method_card, menu)

    def _method(self, kind: str, bits: int | None) -> None:
        self._change(finetuning_type=kind, quantization_bit=bits)

    def _choose_time(self) -> None:
        menu = round_menu(QMenu(self))
        for rounds in _ROUNDS:
            menu.addAction(
                trn("{n} round", "{n} rounds", rounds), partial(self._change, num_train_epochs=rounds, max_steps=-1)
            )
        self._popup(self.time_card, menu)

    def _choose_preset(self, button: QWidget) -> None:
        menu = round_menu(QMenu(self))
        menu.setToolTipsVisible(True)
        for preset in presets():
            action = menu.addAction(preset.title(language()), partial(self._apply, preset))
            action.setToolTip(preset.help(language()))
        menu.popup(button.mapToGlobal(button.rect().topLeft()))


def _counting(recipe: Recipe) -> tuple[Any, ...]:
    """What the lengths of the rows depend on: while none of it changes, those of the last forecast hold."""
    return (
        recipe.model_name_or_path, recipe.dataset, recipe.template, recipe.stage, recipe.max_samples,
        recipe.mask_history, recipe.train_on_prompt, recipe.truncation,
    )  # fmt: skip
