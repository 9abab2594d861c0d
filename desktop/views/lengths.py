"""How long the rows of a data set are for a model and template, and what a cutoff takes of them, while it moves."""

import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSlider

from desktop.controllers.lengths import Counted, LengthChoices, LengthCounter, exact_cut, length_choices
from desktop.controllers.project_models import put_into_recipe
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.cutoff_panel import SHOWN_PERCENTS, CutoffPanel
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.histogram import Histogram
from desktop.widgets.inputs import ComboBox, SpinBox
from desktop.widgets.progress import Bar
from desktop.widgets.switch import Switch
from desktop.widgets.text import ElidedLabel, Label, Text
from services.datasets.store import DatasetStore
from services.i18n import tr, trn
from services.templates.cutoffs import CutReport, TableFacts, table_facts

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_BINS = 48
_EXACT_MS = 200  # after the last move of the slider
_LEAST, _STEPS = 8, 1000


@pages.add("lengths")
class LengthsPage(Page):
    """key: the data set's name."""

    kind = "lengths"
    icon = "chart-bar"
    road_step = "examples"
    fills_primary = True

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        assert window.project is not None
        self.project = window.project
        self.choices: LengthChoices | None = None
        self.counted: Counted | None = None
        self.cutoff_len = 2048
        self._touched = self._sliding = False
        self._facts: TableFacts | None = None
        self._numbers: dict[int, int] = {}
        self._stop = threading.Event()
        self.counter = LengthCounter(self)
        self.model = ComboBox(name=lambda: tr("Model"))
        self.template = ComboBox(name=lambda: tr("Template"))
        self.log = Switch(name=lambda: tr("Logarithmic counts"))
        self.histogram, self.panel = Histogram(), CutoffPanel()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.field = SpinBox(_LEAST, 1 << 24, self.cutoff_len, name="cutoff_len")
        self.use = Button(lambda: tr("Use this cutoff"), "primary", "check")
        self.progress, self.progress_words = Bar(height=6), Label("", "small", "text2")
        self.halt = Button(lambda: tr("Stop"), "ghost", "stop", height=28)
        self._exact = QTimer(self)
        self._exact.setSingleShot(True)
        self._exact.setInterval(_EXACT_MS)
        self._exact.timeout.connect(self._look_exactly)
        self._build()
        self._connect()

    def title(self) -> str:
        return tr("Lengths of {name}", name=self.key)

    def show_as_command(self) -> tuple[str, str]:
        model = self.model.current_id() or "sample"
        options = f'--model "{model}" --template "{self.template.current_id() or "model"}"'
        stage = self.counted.count.stage if self.counted is not None else "sft"
        line = f'tunesmith data tokens "{self.project.folder}" "{self.key}" {options} --stage {stage}'
        return (f"{line} --cutoff-len {self.cutoff_len}", "")

    def shown(self) -> None:
        self.run(lambda: length_choices(self.project), self._read)

    def closing(self) -> None:
        self._exact.stop()
        self._stop.set()
        self.counter.stop()

    def state(self) -> dict[str, Any]:
        return {"cutoff_len": self.cutoff_len, "log": self.log.isChecked()} if self._touched else {}

    def restore(self, state: dict[str, Any]) -> None:
        self.log.setChecked(bool(state.get("log")))
        if isinstance(state.get("cutoff_len"), int):
            self.set_cutoff(state["cutoff_len"])

    def retranslate(self) -> None:
        if self.counted is not None:
            self._show_table()
            self._show_cutoff()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName("cutoff_len")
        self.field.setFixedWidth(120)
        self.model.setMinimumWidth(170)
        self.template.setMinimumWidth(150)
        title = ElidedLabel(self.title, "title")
        head = Box("h", [title], margins=(24, 16, 20, 12))
        head.box.setStretch(0, 1)
        head.add(
            row(Label(lambda: tr("Model"), "small", "text2"), 8, self.model, 16,
                Label(lambda: tr("Template"), "small", "text2"), 8, self.template)
        )  # fmt: skip
        self._strip = row(self.progress_words, 12, self.progress, 12, self.halt, margins=(24, 0, 20, 8))
        left = Box("v", margins=(24, 8, 20, 20))
        bars = row(
            Label(lambda: tr("Rows by their length in tokens"), "heading"), "s", self.log, 8,
            Label(lambda: tr("Logarithmic counts"), "small", "text2"),
        )  # fmt: skip
        left.add(bars).add(12).add(self.histogram, 1).add(16)
        left.add(row(Label("cutoff_len", "medium"), 12, self.slider, 12, self.field, 12, self.use))
        left.add(8).add(
            Label(lambda: tr("Click a bar to see its rows; drag the line or the slider to move the cutoff."), "small",
                  "text2", wrap=True)
        )  # fmt: skip
        side = scroll_page(self.panel)
        side.setFixedWidth(340)
        body = Box("h")
        body.add(left, 1).add(side)
        self.content.addWidget(head)
        self.content.addWidget(self._strip)
        self.content.addWidget(HairLine())
        self.content.addWidget(body, 1)
        self._strip.hide()

    def _connect(self) -> None:
        self.model.currentIndexChanged.connect(lambda _: self.count())
        self.template.currentIndexChanged.connect(lambda _: self.count())
        self.log.toggled.connect(self.histogram.set_log)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self.set_cutoff)
        self.histogram.cutoff_dragged.connect(self.set_cutoff)
        self.histogram.bar_asked.connect(self._show_bar)
        self.panel.cutoff_asked.connect(self.set_cutoff)
        self.panel.row_asked.connect(self._show_row)
        self.panel.rows_asked.connect(lambda: self.show_rows(f"tokens > {self.cutoff_len}"))
        self.use.clicked.connect(self.use_cutoff)
        self.halt.clicked.connect(self._halt)
        self.counter.progressed.connect(self._progressed)
        self.counter.known.connect(self._counted)
        self.counter.done.connect(self._done)
        self.counter.failed.connect(self._failed)

    # --- counting -------------------------------------------------------------------------------------------------

    def _read(self, found: LengthChoices) -> None:
        first, self.choices = self.choices is None, found
        self.model.fill([(m.id, m.name) for m in found.models], self.model.current_id())
        titles: list[tuple[str, Text]] = [
            (name, title or _template_words(name)) for name, title in found.templates.items()
        ]
        self.template.fill(titles, self.template.current_id() or found.template)
        if first and not self._touched:
            self._touched = True
            self.set_cutoff(found.cutoff_len)
        self.count()

    def count(self) -> None:
        """Count what is missing for the chosen model and template."""
        if self.choices is None:
            return
        model = next((m for m in self.choices.models if m.id == self.model.current_id()), None)
        if model is not None:
            self.banner.clear()
            self.counter.begin(self.project, self.key, model, self.template.current_id(), self.choices.options)

    def is_settled(self) -> bool:
        """Whether what is shown is of all rows and exact."""
        return (
            self.counted is not None and not self.counter.running and not self._exact.isActive() and not self._sliding
        )

    def _progressed(self, done: int, todo: int) -> None:
        self._strip.show()
        self.progress.set_progress(done, todo)
        self.progress_words.set_text(lambda: tr("counting… {done} of {todo}", done=f"{done:,}", todo=f"{todo:,}"))

    def _halt(self) -> None:
        if not self.counter.running:
            self.count()
            return
        self.counter.stop()
        self.halt.set_text(lambda: tr("Go on"))
        self.halt.set_icon("play")
        self.progress_words.set_text(lambda: tr("Stopped. What was counted is kept."))

    def _counted(self, counted: Counted) -> None:
        if len(counted.table):
            self._show(counted)
        self._progressed(0, max(1, counted.todo))
        self.halt.set_text(lambda: tr("Stop"))
        self.halt.set_icon("stop")

    def _done(self, counted: Counted) -> None:
        self._strip.hide()
        self._show(counted)

    def _failed(self, error: Exception) -> None:
        self._strip.hide()
        self.show_error(error)

    def _show(self, counted: Counted) -> None:
        self.counted = counted

        def look() -> tuple[TableFacts, dict[int, int]]:
            facts = table_facts(counted.table, _BINS, SHOWN_PERCENTS)
            longest = [row for row, _ in facts.longest]
            with DatasetStore.open(self.project.dataset_path(self.key), read_only=True) as store:
                return facts, {i: p + 1 for i, p in zip(longest, store.positions(longest), strict=True)}

        def done(found: tuple[TableFacts, dict[int, int]]) -> None:
            if counted is self.counted:
                self._facts, self._numbers = found
                self._show_table()
                self._show_cutoff()

        self.run(look, done)

    def _show_table(self) -> None:
        if self._facts is None:
            return
        self.histogram.set_counts(self._facts.counts, self._facts.edges)
        self.panel.show_facts(self._facts, lambda i: self._numbers.get(i, 0))
        self._place_slider()

    # --- the cutoff -----------------------------------------------------------------------------------------------

    def set_cutoff(self, cutoff_len: int) -> None:
        """Move the cutoff; slider, field, line and numbers follow."""
        self._touched = True
        self.cutoff_len = max(_LEAST, cutoff_len)
        self.field.blockSignals(True)
        self.field.setValue(self.cutoff_len)
        self.field.blockSignals(False)
        self._place_slider()
        self._show_cutoff()
        self.changed.emit()

    def use_cutoff(self) -> None:
        """Put the cutoff into the recipe in the making."""
        cutoff = self.cutoff_len
        put_into_recipe(self, lambda: tr("The recipe cuts at {n} tokens now.", n=f"{cutoff:,}"), cutoff_len=cutoff)

    def can_use(self) -> bool:
        """Whether there is a recipe to put it into."""
        return not self.main.read_only

    def _slid(self, step: int) -> None:
        self.set_cutoff(max(_LEAST, round(step / _STEPS * self._top())))

    def _top(self) -> int:
        return int(self.histogram._edges[-1]) if self.counted is not None else 4096

    def _place_slider(self) -> None:
        self.slider.blockSignals(True)
        if not self.slider.isSliderDown():
            self.slider.setValue(round(min(1.0, self.cutoff_len / max(1, self._top())) * _STEPS))
        self.slider.blockSignals(False)

    def _show_cutoff(self) -> None:
        self.histogram.set_cutoff(self.cutoff_len)
        self._stop.set()
        if self.counted is not None:
            self.panel.show_cutoff(self.counted.table, self.cutoff_len)
            self._exact.start()

    def _look_exactly(self) -> None:
        counted, cutoff_len = self.counted, self.cutoff_len
        if counted is None:
            return
        self._stop.set()
        stop = self._stop = threading.Event()
        self._sliding = True

        def done(report: CutReport | None) -> None:
            if stop is self._stop:
                self._sliding = False
                if report is not None and counted is self.counted and cutoff_len == self.cutoff_len:
                    self.panel.show_exact(counted.table, report)

        def failed(error: Exception) -> None:
            if stop is self._stop:
                self._sliding = False
                self.show_error(error)

        self.run(lambda: exact_cut(counted, cutoff_len, stop), done, failed)

    # --- to the rows ----------------------------------------------------------------------------------------------

    def _show_bar(self, low: int, high: int) -> None:
        self.show_rows(f"tokens >= {low} and tokens < {high}")

    def show_rows(self, words: str) -> None:
        """Open the table with the rows that a filter means."""
        page = self.main.open_page("dataset", self.key)
        if page is not None and self.counted is not None:
            tool = page.tool("lengths")  # type: ignore[attr-defined]
            tool.use(self.counted.table)
            page.tool("shown").filter(words)  # type: ignore[attr-defined]

    def _show_row(self, row_id: int) -> None:
        page = self.main.open_page("dataset", self.key)
        if page is not None:
            page.go_to_row(row_id)  # type: ignore[attr-defined]

    def state_text(self) -> tuple[str, str]:
        if self.counted is None:
            return ("", "")
        return ("chart-bar", trn("{n} row counted", "{n} rows counted", len(self.counted.table)))


def _template_words(name: str) -> str:
    return tr("The model's own") if name == "model" else name.removesuffix(".jinja")
