"""One model in full: what it is, what this PC can train of it, what is good to know, how its template reads."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy

from desktop.controllers.models import Details, Fit
from desktop.models.model_items import size_words
from desktop.theme import radius, size
from desktop.times import gigabytes
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.progress import Bar
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Text
from services.catalogue import ModelEntry
from services.datasets.conversation import Problem
from services.i18n import tr, trn

_WIDE = 1120  # px
_SHOWN = 1500  # characters of the rendered talk
_BEYOND = 1.33  # the bar's end, in cards: what does not fit is seen to stick out
_METHODS = {"qlora": lambda: tr("QLoRA"), "lora": lambda: tr("LoRA"), "full": lambda: tr("Full")}
_VERDICTS = {
    "easy": ("check-circle", "ok", lambda: tr("Fits easily")),
    "fits": ("check-circle", "ok", lambda: tr("Fits")),
    "tight": ("warning", "warn", lambda: tr("Just fits")),
    "no": ("x-circle", "err", lambda: tr("Does not fit")),
    "far": ("x-circle", "err", lambda: tr("Far too big")),
    "card": ("minus-circle", "text3", lambda: tr("Needs an NVIDIA card")),
}


class FitRow(Box):
    """A method: its bar against the memory, the amount, the verdict in a word."""

    def __init__(self, fit: Fit, card_gib: float) -> None:
        super().__init__("h", margins=(0, 0, 0, 1), line="hair", sides="b")
        self.fit = fit
        self.setFixedHeight(size("fact_row"))
        icon, role, word = _VERDICTS[fit.verdict]
        name = Label(_METHODS[fit.method], "body", "text2")
        name.setFixedWidth(120)
        self.bar = Bar(height=8)
        total = card_gib * _BEYOND
        self.bar.set([(min(fit.needed_gib, total), "m2")], total, card_gib)
        if fit.verdict == "card":
            self.bar.set([], total)
        amount = Label("" if fit.verdict == "card" else f"{fit.needed_gib:,.1f} GiB", "body", "text")
        amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        amount.setFixedWidth(80)
        self.verdict = Label(word, "medium", role)
        verdict = row(IconLabel(icon, role), 8, self.verdict, "s")
        verdict.setFixedWidth(176)
        self.add(name).add(self.bar, 1).add(16).add(amount).add(24).add(verdict)
        self._word = word
        self.retranslate()

    def retranslate(self) -> None:
        method = _METHODS[self.fit.method]()
        self.setAccessibleName(f"{method}: {self.fit.needed_gib:.1f} GiB, {self._word()}")


class ModelPanel(Box):
    """Stands in the middle of the models page while a model is chosen."""

    train_asked = Signal()
    remove_asked = Signal()
    folder_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v")
        self.entry: ModelEntry | None = None
        self.name = ElidedLabel("", "title")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.about = ElidedLabel("", "body", "text2")
        self.folder = Button(lambda: tr("Show its folder"), "link", "folder-open")
        self.remove = Button(lambda: tr("Remove…"), "ghost", "trash")
        self.train = Button(lambda: tr("Train with it"), "primary", "play")
        self.note = ElidedLabel("", "body", "text2")
        self._inside = Box("v", margins=(32, 24, 32, 24), fill="page")
        self._body: Box | None = None
        self._build()

    def _build(self) -> None:
        head = row()
        head.add(self.name, 1).add(16).add(self.folder).add(12).add(self.remove)
        head.setFixedHeight(36)
        self._inside.add(head).add(2).add(self.about).add(24).add("s")
        self._area = scroll_page(self._inside, cap_px=_WIDE)
        self.add(self._area, 1)
        foot = Box("h", margins=(32, 0, 32, 0))
        foot.add(self.note, 1).add(16).add(self.train)
        foot.setFixedHeight(72)
        foot.setMaximumWidth(_WIDE)
        self.add(HairLine())
        self.add(foot)
        self.folder.clicked.connect(self.folder_asked)
        self.remove.clicked.connect(self.remove_asked)
        self.train.clicked.connect(self.train_asked)

    def show_entry(self, entry: ModelEntry) -> None:
        """Show what is known at once; the rest follows by show_details."""
        self.entry = entry
        self.name.set_text(entry.name)
        self._area.setAccessibleName(entry.name)
        self.about.set_text(
            lambda: " · ".join(p for p in (size_words(entry), entry.dtype, gigabytes(entry.size_bytes)) if p)
        )
        self.remove.set_text((lambda: tr("Remove…")) if entry.downloaded else (lambda: tr("Take off the list")))
        self._replace(None)

    def show_details(self, details: Details) -> None:
        """Show all of it."""
        self.show_entry(details.entry)
        body = Box("v")
        for problem in details.entry.problems:
            body.add(_problem(problem)).add(12)
        if details.size_error is not None:
            body.add(ErrorPanel.of(details.size_error)).add(12)
        if details.fits:
            body.add(_heading(lambda: tr("Will it train on this PC?"), lambda: _mark(details))).add(HairLine())
            for fit in details.fits:
                body.add(FitRow(fit, details.card.total_gib))
            body.add(28)
        body.add(_heading(lambda: tr("Good to know"), "")).add(_facts(details)).add(28)
        if details.template_error is not None:
            body.add(ErrorPanel.of(details.template_error)).add(12)
        elif details.rendered:
            body.add(_heading(lambda: tr("How it reads a conversation"), "")).add(12).add(_code(details.rendered))
        self._replace(body)

    def allow_training(self, able: bool, sentence: Text) -> None:
        """Whether Train can be pressed, and what stands beside it."""
        self.train.allow(able, sentence)
        self.note.set_text(sentence)

    def fit_rows(self) -> list[FitRow]:
        """The rows of methods."""
        return self._body.findChildren(FitRow) if self._body is not None else []

    def _replace(self, body: Box | None) -> None:
        layout = self._inside.box
        if self._body is not None:
            layout.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = body
        if body is not None:
            layout.insertWidget(layout.count() - 1, body)


def _heading(title: Text, note: Text) -> Box:
    line = row(Label(title, "heading"), "s", Label(note, "small", "text3"))
    line.setFixedHeight(36)
    return line


def _problem(problem: Problem) -> ErrorPanel:
    return ErrorPanel(
        lambda: tr(problem.sentence, **problem.values),
        (lambda: tr(problem.way_out, **problem.values)) if problem.way_out else "",
        warn=not problem.blocks,
    )


def _mark(details: Details) -> str:
    gb = details.card.nominal_gb
    if details.card.kind == "cpu":
        return tr("usual settings; the mark is this PC's {gb} GB memory", gb=gb)
    return tr("usual settings; the mark is your card's {gb} GB", gb=gb)


def _facts(details: Details) -> Facts:
    entry = details.entry
    facts = Facts()
    if details.licence:
        facts.add(FactRow(lambda: tr("Licence"), details.licence))
    if entry.architecture:
        facts.add(FactRow(lambda: tr("Architecture"), entry.architecture))
    if entry.context_len:
        facts.add(FactRow(lambda: tr("Longest text"), lambda: trn("{n} token", "{n} tokens", entry.context_len)))
    if entry.vocabulary:
        facts.add(FactRow(lambda: tr("Vocabulary"), lambda: trn("{n} token", "{n} tokens", entry.vocabulary)))
    if entry.has_template:
        facts.add(FactRow(lambda: tr("Template"), lambda: tr("its own"), icon="check", icon_role="ok"))
    else:
        facts.add(
            FactRow(
                lambda: tr("Template"),
                lambda: tr("none of its own: choose a named one, such as chatml, in the recipe"),
                icon="warning",
                icon_role="warn",
            )
        )
    if details.used_by:
        runs = ", ".join(job_id.lstrip("0") for job_id in details.used_by)
        count = len(details.used_by)
        facts.add(FactRow(lambda: tr("Used by"), lambda: trn("run {runs}", "runs {runs}", count, runs=runs)))
    free = gigabytes(details.free_gib * 2**30)
    note: Text = (lambda: tr("{size} free", size=free)) if details.free_gib else ""
    where = FactRow(lambda: tr("Kept in"), str(entry.path), note=note)
    facts.add(where)
    return facts


def _code(text: str) -> Box:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    label = Label(shown, "mono", "text", wrap=True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setAccessibleName(tr("How it reads a conversation"))
    return Box("v", [label], margins=(16, 12, 16, 12), fill="code", corner=radius("card"))
