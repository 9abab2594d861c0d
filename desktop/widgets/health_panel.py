"""One finding of the doctor in full: the sentence, the way out, the button that mends it, what was looked at."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal

from desktop.controllers.health import Found
from desktop.times import ago, exact
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.text import IconLabel, Label, Paragraph, Text, translated
from services.i18n import tr

_WIDE, _TEXT = 1120, 720  # px
LOOKS = {"ok": ("check-circle", "ok"), "warn": ("warning", "warn"), "bad": ("x-circle", "err")}
"""State -> (icon, colour role); the shape tells as much as the colour."""

_VALUES: dict[str, tuple[Callable[[], str], str]] = {
    "version": (lambda: tr("Version"), "{}"),
    "engine": (lambda: tr("Python for training"), "{}"),
    "executable": (lambda: tr("Program"), "{}"),
    "ours": (lambda: tr("The window's version"), "{}"),
    "theirs": (lambda: tr("The training's version"), "{}"),
    "torch": (lambda: "PyTorch", "{}"),
    "transformers": (lambda: "transformers", "{}"),
    "peft": (lambda: "PEFT", "{}"),
    "missing": (lambda: tr("Missing"), "{}"),
    "card": (lambda: tr("Card"), "{}"),
    "gb": (lambda: tr("Memory"), "{} GB"),
    "qlora": (lambda: tr("Largest with QLoRA"), "{}B"),
    "lora": (lambda: tr("Largest with LoRA"), "{}B"),
    "driver": (lambda: tr("Driver"), "{}"),
    "least": (lambda: tr("Needed at least"), "{}"),
    "cuda": (lambda: "CUDA", "{}"),
    "total": (lambda: tr("In all"), "{} GB"),
    "free": (lambda: tr("Free"), "{} GB"),
    "folder": (lambda: tr("Folder"), "{}"),
    "program": (lambda: tr("Synchronised by"), "{}"),
    "url": (lambda: tr("Found at"), "{}"),
    "address": (lambda: tr("Proxy"), "{}"),
    "mirror": (lambda: tr("Mirror"), "{}"),
    "file": (lambda: tr("File"), "{}"),
    "reason": (lambda: tr("Reason"), "{}"),
}
"""A finding's value -> its name and how it is written."""


class HealthPanel(Box):
    """Stands in the middle of the health page."""

    mend_asked = Signal(str)
    again_asked = Signal(str)
    copy_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v")
        self.icon = IconLabel("circle-dashed", "text3", 24)
        self.sentence = Paragraph("", "title", "text")
        self.way_out = Paragraph("", "body", "text")
        self.mend = Button("", "primary")
        self.again = Button(lambda: tr("Check this again"), icon="arrows-clockwise")
        self.copy = Button(lambda: tr("Copy report"), icon="copy")
        self._action = self._id = ""
        self._facts_place = Box("v")
        self._facts_of: Found | None = None
        inside = Box("v", margins=(32, 24, 32, 24), fill="page")
        head = Box("h")
        head.box.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        head.add(12).add(self.sentence, 1)
        self._words = Box("v", [self.way_out])
        self._words.setMaximumWidth(_TEXT)
        buttons = row(self.mend, self.again, "s", gap=8)
        inside.add(head).add(12).add(self._words).add(16).add(buttons).add(28)
        inside.add(self._facts_place).add("s")
        self._area = scroll_page(inside, cap_px=_WIDE)
        self.add(self._area, 1)
        foot = Box("h", margins=(32, 0, 32, 0))
        note = Label(
            lambda: tr("For help, copy a report. It has no name of yours and none of your texts."), "body", "text2"
        )
        foot.add(note).add("s").add(self.copy)
        foot.setFixedHeight(72)
        foot.setMaximumWidth(_WIDE)
        self.add(HairLine()).add(foot)
        self.mend.clicked.connect(lambda: self.mend_asked.emit(self._action))
        self.again.clicked.connect(lambda: self.again_asked.emit(self._id))
        self.copy.clicked.connect(self.copy_asked)

    @property
    def has_primary(self) -> bool:
        """Whether its filled button shows."""
        return not self.mend.isHidden()

    def show_pending(self, check_id: str, title: str, *, busy: bool) -> None:
        """A check that has not said anything yet."""
        self._id, self._action = check_id, ""
        self._area.setAccessibleName(tr(title))
        self.icon.set_icon("circle-dashed", "text3")
        self.sentence.set_text(translated(title))
        self.way_out.set_text((lambda: tr("Looking at this PC…")) if busy else (lambda: tr("Not checked yet.")))
        self._words.show()
        self.mend.hide()
        self.again.setVisible(not busy)
        self._show_facts(None)

    def show_found(self, found: Found, mend: Text, mend_icon: str, *, busy: bool) -> None:
        """A finding. mend: words of the button that mends it, '' for none. busy: it is being looked at again."""
        finding = found.finding
        self._id, self._action = finding.id, finding.action
        self._area.setAccessibleName(finding.localized()[0])
        self.icon.set_icon(*LOOKS[finding.state])
        self.sentence.set_text(lambda: finding.localized()[1])
        self.way_out.set_text(lambda: finding.localized()[2])
        self._words.setVisible(bool(finding.way_out))
        self.mend.setVisible(bool(mend))
        self.mend.set_text(mend)
        self.mend.set_icon(mend_icon)
        self.again.show()
        self.again.allow(not busy, lambda: tr("Looking at this PC…"))
        self._show_facts(found)

    def _show_facts(self, found: Found | None) -> None:
        if found is self._facts_of:
            return
        self._facts_of = found
        layout = self._facts_place.box
        while layout.count():
            entry = layout.takeAt(0)
            widget = entry.widget() if entry is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if found is None:
            return
        finding, when = found.finding, found.when
        self._facts_place.add(Label(lambda: tr("What was looked at"), "heading")).add(12)
        facts = Facts([FactRow(lambda: tr("Check"), translated(finding.title))])
        for key, value in finding.values.items():
            if key in _VALUES and str(value):
                name, form = _VALUES[key]
                facts.add(FactRow(name, form.format(value)))
        checked = facts.add(FactRow(lambda: tr("Checked"), lambda: ago(when)))
        checked.value.setToolTip(exact(when))
        facts.add(FactRow(lambda: tr("As a command"), f"tunesmith doctor {finding.id}"))
        self._facts_place.add(facts)
