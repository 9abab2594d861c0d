"""What a template makes of a talk: which talk, with what, as tokens or text; what is doubtful below."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.controllers.project_models import ModelChoice
from desktop.controllers.templates import BUILT_IN, WITH_TOOLS, Shown
from desktop.widgets.boxes import Box, HairLine, clear_box, row
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import ComboBox, SpinBox, TextArea
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch
from desktop.widgets.text import IconLabel, Label, Paragraph
from desktop.widgets.token_view import TokenView
from services.datasets.conversation import Problem
from services.i18n import tr, trn

_THINKING: dict[str, bool | None] = {"auto": None, "on": True, "off": False}
_SHOWN_FITS = 6


class TemplatePreview(Box):
    """Says `changed` when other things are asked for."""

    changed = Signal()
    model_changed = Signal()
    line_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__("v")
        self.model = ComboBox(name=lambda: tr("Model"))
        self.talk = ComboBox(name=lambda: tr("What is rendered"))
        self.number = SpinBox(1, 1, name=lambda: tr("Row"))
        self.look = Segmented([("tokens", lambda: tr("Tokens")), ("text", lambda: tr("Text"))])
        self.prompt = Switch(name=lambda: tr("Prompt for the next answer"))
        self.thinking = Segmented(
            [("auto", lambda: tr("as it likes")), ("on", lambda: tr("on")), ("off", lambda: tr("off"))],
            name=lambda: tr("Thinking"),
        )
        self.text = TextArea(name=lambda: tr("Rendered text"), mono=True)
        self.text.setReadOnly(True)
        self._models: list[ModelChoice] = []
        self._rows: dict[str, int] = {}
        self._shown = Shown()
        self._tokens, self._below = QScrollArea(), Box("v", margins=(16, 8, 16, 12))
        self._build()
        self._connect()

    def _build(self) -> None:
        self.number.hide()
        self.model.setMinimumWidth(150)
        self.talk.setMinimumWidth(130)
        first = row(
            Label(lambda: tr("Model"), "small", "text2"), 8, self.model, "s", self.look, margins=(16, 12, 16, 0)
        )
        second = row(
            Label(lambda: tr("Talk"), "small", "text2"), 8, self.talk, 6, self.number, "s", margins=(16, 8, 16, 0)
        )  # fmt: skip
        third = row(
            self.prompt, 8, Label(lambda: tr("Prompt for the next answer"), "small", "text2"), 20, "s",
            Label(lambda: tr("Thinking"), "small", "text2"), 8, self.thinking, margins=(16, 8, 16, 10),
        )  # fmt: skip
        self._tokens.setFrameShape(QFrame.Shape.NoFrame)
        self._tokens.setWidgetResizable(True)
        self._tokens.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tokens.viewport().setAutoFillBackground(False)
        self.add(first).add(second).add(third).add(HairLine()).add(self._tokens, 1)
        self.add(self.text, 1).add(HairLine()).add(self._below)
        self.text.hide()

    def _connect(self) -> None:
        self.model.currentIndexChanged.connect(lambda _: self.model_changed.emit())
        self.talk.currentIndexChanged.connect(self._other_talk)
        self.number.valueChanged.connect(lambda _: self.changed.emit())
        self.prompt.toggled.connect(lambda _: self.changed.emit())
        self.thinking.changed.connect(lambda _: self.changed.emit())
        self.look.changed.connect(lambda _: self._relook())

    # --- what is asked for ----------------------------------------------------------------------------------------

    def show_choices(self, models: list[ModelChoice], datasets: dict[str, int]) -> None:
        """Offer these models and rows of these data sets; what is chosen stays."""
        self._models, self._rows = models, datasets
        self.model.fill([(m.id, m.name) for m in models], self.model.current_id())
        talks = [(BUILT_IN, lambda: tr("a small talk")), (WITH_TOOLS, lambda: tr("a talk with a tool"))]
        sets = [(f"set:{name}", name) for name, rows in datasets.items() if rows]
        self.talk.fill([*talks, *sets], self.talk.current_id() or BUILT_IN)
        self._show_number()

    def chosen_model(self) -> ModelChoice | None:
        """The model whose tokenizer is used."""
        return next((m for m in self._models if m.id == self.model.current_id()), None)

    def chosen_talk(self) -> str:
        """BUILT_IN, WITH_TOOLS or a data set's name."""
        return self.talk.current_id().removeprefix("set:") or BUILT_IN

    def chosen_thinking(self) -> bool | None:
        """What enable_thinking is given as, None for nothing."""
        return _THINKING[self.thinking.current()]

    def _other_talk(self, _: int) -> None:
        self._show_number()
        self.changed.emit()

    def _show_number(self) -> None:
        name = self.talk.current_id()
        self.number.setVisible(name.startswith("set:"))
        self.number.blockSignals(True)
        self.number.setMaximum(max(1, self._rows.get(name.removeprefix("set:"), 1)))
        self.number.blockSignals(False)

    # --- what came of it ------------------------------------------------------------------------------------------

    def show_result(self, shown: Shown, fits: dict[str, list[str]]) -> None:
        """Draw a rendering. fits: see TemplatesController.fits."""
        self._shown = shown
        self._relook()
        clear_box(self._below)
        problems = ([shown.problem] if shown.problem is not None else []) + shown.findings
        for problem in {(p.sentence, str(p.values)): p for p in problems}.values():
            self._below.add(self._line(problem, shown.line if problem is shown.problem else 0)).add(8)
        if not problems:
            well = Label(lambda: tr("Nothing is doubtful about this template."), "small", "text2")
            self._below.add(row(IconLabel("check-circle", "ok"), 8, well, "s")).add(8)
        if fits:
            self._below.add(Paragraph(lambda: _fit_words(fits), "small", "text2"))

    def _line(self, problem: Problem, line: int) -> Box:
        wrong = bool(line) or problem.blocks
        icon = IconLabel("x-circle" if wrong else "warning", "err" if wrong else "warn")
        words = Paragraph(lambda: tr(problem.sentence, **problem.values), "body", "text")
        box = Box("v", [words])
        if problem.way_out:
            box.add(2).add(Paragraph(lambda: tr(problem.way_out, **problem.values), "small", "text2"))
        if line:
            button = Button(lambda: tr("Go to line {n}", n=line), "link", "arrow-right")
            button.clicked.connect(lambda: self.line_asked.emit(line))
            box.add(4).add(row(button, "s"))
        made = Box("h", [Box("v", [icon, "s"]), 8])
        return made.add(box, 1)

    def _relook(self) -> None:
        shown, as_text = self._shown, self.look.current() == "text"
        self.text.setVisible(as_text)
        self._tokens.setVisible(not as_text)
        self.text.setPlainText(shown.text)
        holder = Box("v", margins=(16, 12, 16, 12), fill="page")
        for number, items in enumerate(shown.sequences):
            tokens, trained = shown.counts[number]
            counts = row(
                Label(partial(_token_words, tokens), "strong"), 12,
                Label(partial(_trained_words, trained), "small", "accent"), "s",
            )  # fmt: skip
            holder.add(counts).add(8).add(TokenView(items, 0, shown.text[:2000])).add(16)
        if not shown.sequences and shown.text:
            holder.add(Paragraph(shown.text, "body", "text"))
        holder.add("s")
        old = self._tokens.takeWidget()
        self._tokens.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def retranslate(self) -> None:
        self._relook()


def _token_words(count: int) -> str:
    return trn("{n} token", "{n} tokens", count)


def _trained_words(count: int) -> str:
    return tr("{n} trained", n=f"{count:,}")


def _fit_words(fits: dict[str, list[str]]) -> str:
    good = [name for name, lacks in fits.items() if not lacks]
    bad = [f"{name} ({', '.join(lacks[:3])})" for name, lacks in fits.items() if lacks]
    parts = []
    if good:
        parts.append(tr("Fits: {models}.", models=", ".join(good[:_SHOWN_FITS])))
    if bad:
        parts.append(tr("Tokens are missing in: {models}.", models=", ".join(bad[:_SHOWN_FITS])))
    return "\n".join(parts)
