"""The start page: three ways to begin, the projects of late, and what this PC can train."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.commands import commands
from desktop.controllers.start import StartController, folder_words
from desktop.theme import color, size
from desktop.times import ago, exact
from desktop.widgets.boxes import Box, Card, HairLine, clear_box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.palette import key_text
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Paragraph, Text
from services.i18n import tr
from services.projects.recent import RecentProject

if TYPE_CHECKING:
    from desktop.controllers.machine import MachineSaid
    from desktop.main_window import MainWindow

_WIDE = 896  # px of the column
_SHOWN = 6  # recent projects
_LOOK_MS = 200


class ChoiceCard(Card):
    """One of the three ways. icon 28 px, its command's shortcut at the right."""

    def __init__(self, icon: str, title: Text, sentence: Text, command_id: str, *, first: bool = False) -> None:
        super().__init__("v", padding=24)
        self.command_id = command_id
        self.set_chosen(first)
        self.setFixedHeight(176)
        shortcut = commands.get(command_id).shortcut if command_id in commands else ""
        head = row(IconLabel(icon, "accent" if first else "text2", 28), "s")
        head.add(Label(lambda: key_text(shortcut), "small", "text3"))
        self.title = Label(title, "heading")
        self.add(head)
        self.add(14)
        self.add(self.title)
        self.add(6)
        self.add(Paragraph(sentence, "body", "text2"))
        self.add("s")
        self.retranslate()

    def retranslate(self) -> None:
        self.title.retranslate()
        self.setAccessibleName(self.title.text())


class RecentRow(Card):
    """A project of late: name and folder, what is true of it, when."""

    forget_asked = Signal(str)

    def __init__(self, project: RecentProject) -> None:
        super().__init__("h", padding=0)
        self.project = project
        self.setFixedHeight(52)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch(1)
        names.addWidget(ElidedLabel(project.name, "medium"))
        names.addWidget(ElidedLabel(lambda: folder_words(Path(project.folder)), "small", "text3", middle=True))
        names.addStretch(1)
        self.icon = IconLabel("circle-dashed")
        self.note = ElidedLabel("", "body", "text2")
        self.when = Label("", "body", "text3", align=Qt.AlignmentFlag.AlignRight)
        self.cross = IconButton("x", lambda: tr("Take off this list"), height=28)
        self.cross.clicked.connect(lambda: self.forget_asked.emit(project.folder))
        self.cross.hide()
        self.box.addSpacing(8)
        self.box.addWidget(IconLabel("folder-notch"))
        self.box.addSpacing(16)
        self.box.addLayout(names, 5)
        self.box.addSpacing(16)
        self.box.addWidget(self.icon)
        self.box.addSpacing(8)
        self.box.addWidget(self.note, 3)
        side = row("s", self.when, self.cross, 8)
        side.setFixedWidth(136)
        self.box.addWidget(side)
        self.retranslate()

    def retranslate(self) -> None:
        icon, role, sentence = self.project.said()
        self.icon.set_icon(icon, role)
        self.note.set_text(sentence)
        self.when.set_text(ago(self.project.opened))
        self.when.setToolTip(exact(self.project.opened))
        self.setAccessibleName(f"{self.project.name}, {sentence}")

    def enterEvent(self, event: object) -> None:
        super().enterEvent(event)  # type: ignore[arg-type]
        self.when.hide()
        self.cross.show()

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.cross.hide()
        self.when.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._over or self._down:
            painter.fillRect(self.rect(), color("hover" if self._down else "sunken"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, color("hair"))
        painter.end()


class StartPage(Box):
    """Stands in the window while no project is open."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__("v", fill="page")
        self.controller = StartController(window, self)
        self.cards = [
            ChoiceCard(
                "file-arrow-up",
                lambda: tr("Open a file of examples"),
                lambda: tr("Excel, CSV, JSON, Parquet or text. A column of questions and one of answers will do."),
                "data.import",
                first=True,
            ),
            ChoiceCard(
                "path",
                lambda: tr("Take the guided first project"),
                lambda: tr("Ready-made examples and a small model: the whole road once, in about 15 minutes."),
                "project.guided",
            ),
            ChoiceCard(
                "folder-open",
                lambda: tr("Open a project"),
                lambda: tr("A Tunesmith folder on this PC, with its tabs, runs and chats as you left them."),
                "project.open",
            ),
        ]
        for card in self.cards:
            card.clicked.connect(lambda c=card: window.run_command(c.command_id))
        self.recent = Box("v")
        self.recent_title = Label(lambda: tr("Recent projects"), "small_strong", "text3")
        self.machine_icon = IconLabel("cpu", "accent", 20)
        self.machine = ElidedLabel("", "medium")
        self.machine_name = Label("", "body", "text2")
        self.machine_more = Button(lambda: tr("What that means"), "link")
        self.machine_more.clicked.connect(lambda: window.run_command("help.machine"))
        self._build()
        self.show_recent()
        # not at once: two threads that import the same things at the same time have met half-made modules
        QTimer.singleShot(_LOOK_MS, self, self.controller.look_at_machine)

    def _build(self) -> None:
        column = Box("v")
        column.setMaximumWidth(_WIDE)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        cards = QHBoxLayout()
        cards.setSpacing(16)
        for card in self.cards:
            cards.addWidget(card, 1)
        drop = row(
            "s",
            IconLabel("download-simple", "text3"),
            8,
            Label(lambda: tr("or drop a file anywhere in this window"), "body", "text3"),
            "s",
        )
        drop.setFixedHeight(24)
        column.box.addSpacing(32)
        column.box.addStretch(1)
        column.add(Label(lambda: tr("What should your model learn?"), "hero"))
        column.add(8)
        column.add(Label(lambda: tr("Bring examples of good answers. Everything stays on this PC."), "body", "text2"))
        column.add(32)
        column.add(cards)
        column.add(16)
        column.add(drop)
        column.add(32)
        column.add(self.recent_title)
        column.add(8)
        self.recent_line = HairLine()
        column.add(self.recent_line)
        column.add(self.recent)
        column.box.addStretch(4)
        foot = row(margins=(0, 1, 0, 0), line="hair", sides="t")
        foot.setFixedHeight(56)
        foot.add(self.machine_icon).add(12)
        foot.box.addWidget(self.machine, 1)
        foot.add(16).add(self.machine_name).add(16).add(self.machine_more)
        holder = QWidget()
        middle = QHBoxLayout(holder)
        middle.setContentsMargins(32, 0, 32, 0)
        middle.addStretch(1)
        middle.addWidget(column, 1000)
        middle.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(holder)
        scroll.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)
        self.box.addWidget(scroll, 1)
        foot.setMaximumWidth(_WIDE)
        below = QHBoxLayout()
        below.setContentsMargins(32, 0, 32, size("status") - 4)
        below.addStretch(1)
        below.addWidget(foot, 1000)
        below.addStretch(1)
        self.box.addLayout(below)

    def show_recent(self) -> None:
        """List the projects of late."""
        clear_box(self.recent)
        projects = self.controller.recent()[:_SHOWN]
        for project in projects:
            line = RecentRow(project)
            line.clicked.connect(lambda p=project: self.controller.open(p.folder))
            line.forget_asked.connect(self._forget)
            self.recent.add(line)
        self.recent_title.setVisible(bool(projects))
        self.recent_line.setVisible(bool(projects))

    def rows(self) -> list[RecentRow]:
        """The rows of recent projects."""
        found = self.recent.findChildren(RecentRow, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [line for line in found if not line.isHidden()]

    def show_machine_said(self, said: "MachineSaid") -> None:
        """Show what was read of the machine."""
        self.show_machine(*said.mark, said.sentence, said.name)

    def show_machine(self, icon: str, role: str, sentence: Text, name: Text) -> None:
        """What this PC can train, or why it can't."""
        self.machine_icon.set_icon(icon, role)
        self.machine.set_text(sentence)
        self.machine_name.set_text(name)

    def _forget(self, folder: str) -> None:
        self.controller.forget(folder)
        self.show_recent()
