"""The right side of the documents page: who is asked, how, and how far it is."""

from typing import Any

from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import ComboBox, LineEdit, SpinBox, TextArea
from desktop.widgets.progress import Bar
from desktop.widgets.text import Label, Paragraph, Text
from services.i18n import tr
from services.jobs.job import State

_RESUMABLE = (State.PAUSED, State.INTERRUPTED, State.FAILED)
_DONE = (State.FINISHED, State.STOPPED, State.PAUSED)


class AskingSide(Box):
    """Fields and buttons; the page connects them."""

    def __init__(self) -> None:
        super().__init__("v", margins=(20, 16, 20, 16), line="hair", sides="l")
        self.setFixedWidth(352)
        self.model = ComboBox(name=lambda: tr("Model"))
        self.per_chunk = SpinBox(1, 50, 3, name=lambda: tr("Questions a chunk"))
        self.name = LineEdit(name=lambda: tr("Data set"))
        self.prompt = TextArea(name=lambda: tr("What the model is told"))
        self.note = Paragraph("", "small", "text2")
        self.bar = Bar(height=6)
        self.try_ = Button(lambda: tr("Try on one chunk"), icon="flask")
        self.go = Button(lambda: tr("Start"), "primary", "play")
        self.pause = Button(lambda: tr("Pause"), icon="pause")
        self.stop = Button(lambda: tr("Stop"), icon="stop")
        self.again = Button(lambda: tr("Resume"), icon="play")
        self.open = Button(lambda: tr("Open the rows"), "primary", "table")
        self._has_models = False
        self._trying = False
        self.add(Label(lambda: tr("3  Questions"), "heading")).add(12)
        self._field(lambda: tr("Model"), self.model)
        self._field(lambda: tr("Rows go to"), self.name)
        self.add(row(Label(lambda: tr("Questions a chunk"), "body", "text2"), "s", self.per_chunk)).add(12)
        self._field(lambda: tr("What the model is told"), self.prompt, 1)
        self.add(self.note).add(8).add(self.bar).add(8)
        self.add(row(self.try_, "s", self.pause, self.stop, self.again, self.go, self.open, gap=8))

    def _field(self, name: Text, widget: Any, stretch: int = 0) -> None:
        self.add(Label(name, "body", "text2")).add(4).add(widget, stretch).add(12)

    def show_models(self, found: list[tuple[str, Text]]) -> None:
        """Offer these models."""
        self.model.fill(found)
        self._has_models = bool(found)
        self.model.currentIndexChanged.emit(self.model.currentIndex())

    def trying(self, on: bool) -> None:
        """A chunk is being tried."""
        self._trying = on
        self.try_.setEnabled(not on)
        self.note.set_text((lambda: tr("Asking about one chunk…")) if on else "")

    def say(self, summary: Any, *, ready: bool, busy: bool, progress: str) -> None:
        """Show where the job is. ready: everything that is needed is chosen."""
        state = summary.state if summary is not None else None
        fresh = not busy and state not in (*_RESUMABLE, *_DONE)
        self.try_.setVisible(not busy)
        self.try_.setEnabled(ready and not self._trying)
        self.go.setVisible(not busy and state not in (State.FINISHED, *_RESUMABLE))
        self.go.setEnabled(ready)
        self.pause.setVisible(busy)
        self.stop.setVisible(busy)
        self.again.setVisible(not busy and state in _RESUMABLE)
        rows = int(summary.result.get("rows", 0)) if summary is not None and summary.result else 0
        self.open.setVisible(not busy and (rows > 0 or state is State.PAUSED))
        self.bar.setVisible(busy)
        if summary is not None:
            self.bar.set_progress(summary.step, summary.total)
        for widget in (self.model, self.per_chunk, self.name, self.prompt):
            widget.setEnabled(not busy)
        if self._trying:
            return
        if busy:
            self.note.set_text(progress)
        elif not self._has_models and fresh:
            self.note.set_text(
                lambda: tr("Nobody answers yet. Start Ollama, connect a server, or train a model of your own first.")
            )
        elif state is State.FINISHED:
            dropped = int(summary.result.get("repeated", 0)) + int(summary.result.get("near", 0))
            self.note.set_text(
                lambda: tr("{rows} rows; {dropped} repeated questions dropped.", rows=rows, dropped=dropped)
            )
        else:
            self.note.set_text("")
