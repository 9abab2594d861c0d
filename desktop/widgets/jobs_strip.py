"""The jobs at work, above the status bar; hidden when there are none."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from desktop.theme import size
from desktop.widgets.boxes import Box, HairLine, clear_box
from desktop.widgets.buttons import IconButton
from desktop.widgets.progress import Bar
from desktop.widgets.text import ElidedLabel, Label
from desktop.words import job_name, job_progress
from services.i18n import tr, trn
from services.jobs.job import State, Summary

_SHOWN = 2  # jobs in the strip; the rest are counted


class JobItem(Box):
    """One job: name, bar, where it is, Pause and Stop."""

    asked = Signal(str, str)
    """(job id, 'pause' or 'stop')"""
    opened = Signal(str)

    def __init__(self, summary: Summary) -> None:
        super().__init__("h")
        self.job_id = summary.id
        self.name = Label("", "medium")
        self.bar = Bar(height=6, width=200)
        self.where = ElidedLabel("", "body", "text2")
        self.where.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.pause = IconButton("pause", lambda: tr("Pause"), height=28)
        self.stop = IconButton("stop", lambda: tr("Stop and keep what is there"), height=28)
        self.pause.clicked.connect(lambda: self.asked.emit(self.job_id, "pause"))
        self.stop.clicked.connect(lambda: self.asked.emit(self.job_id, "stop"))
        for item in (self.name, 12, self.bar, 12, self.where, 4, self.pause, self.stop):
            self.add(item)
        self.show_summary(summary)

    def show_summary(self, summary: Summary) -> None:
        """Show where the job is now."""
        self._summary = summary
        running = summary.state is State.RUNNING
        self.name.set_text(job_name(summary))
        self.where.set_text(job_progress(summary))
        self.bar.set_progress(summary.step, summary.total)
        self.bar.setVisible(running)
        self.pause.setVisible(running and summary.kind == "train")
        stop = tr("Stop")
        self.stop.setAccessibleName(f"{stop} {job_name(summary)}")

    def retranslate(self) -> None:
        self.show_summary(self._summary)


class JobsStrip(Box):
    """Running jobs first, then waiting ones."""

    asked = Signal(str, str)
    listed = Signal()
    """All jobs are wanted."""

    def __init__(self) -> None:
        super().__init__("h", margins=(16, 1, 8, 0), fill="chrome", line="hair", sides="t")
        self.setFixedHeight(size("jobs"))
        self.title = Label(lambda: tr("Jobs"), "small_strong", "text3")
        self.more = Label("", "body", "text2")
        self.all = IconButton("caret-up", lambda: tr("All jobs"), height=28)
        self.all.clicked.connect(self.listed)
        self._items: list[JobItem] = []
        self._places = Box("h")
        for item in (self.title, 16, self._places, "s", self.more, 8, self.all):
            self.add(item)
        self.hide()

    def items(self) -> list[JobItem]:
        """The jobs in the strip."""
        return list(self._items)

    def show_jobs(self, summaries: list[Summary]) -> None:
        """Show these jobs as far as they run or wait; hide when none does."""
        live = [s for s in summaries if s.state is State.RUNNING]
        live += [s for s in summaries if s.state is State.WAITING]
        shown = live[:_SHOWN]
        if [s.id for s in shown] == [i.job_id for i in self._items]:
            for item, summary in zip(self._items, shown, strict=True):
                item.show_summary(summary)
        else:
            self._rebuild(shown)
        hidden = len(live) - len(shown)
        self.more.set_text((lambda: trn("{n} more", "{n} more", hidden)) if hidden else "")
        self.setVisible(bool(live))

    def _rebuild(self, shown: list[Summary]) -> None:
        self._items = []
        clear_box(self._places)
        for index, summary in enumerate(shown):
            if index:
                self._places.add(12).add(HairLine(vertical=True)).add(16)
            item = JobItem(summary)
            item.asked.connect(self.asked)
            self._items.append(item)
            self._places.add(item)
