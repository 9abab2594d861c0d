"""A model on its way: how far it is, Stop; or why it did not arrive, and how it goes on."""

from collections.abc import Callable

from PySide6.QtCore import Signal

from desktop.controllers.downloads import Download
from desktop.times import ago, clock, gigabytes
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.progress import Bar
from desktop.widgets.text import ElidedLabel, Label, Paragraph, Text
from services.errors import TunesmithError
from services.i18n import tr
from services.jobs.job import State

_WIDE = 1120  # px
Explain = Callable[[Exception], tuple[TunesmithError, Text]]


def how_far(download: Download) -> str:
    """'57 MB of 93 MB · 24 MB a second · 0:20 left'."""
    summary, speed = download.summary, download.bytes_a_s
    if not summary.total:
        return tr("is starting")
    parts = [tr("{done} of {total}", done=gigabytes(summary.step), total=gigabytes(summary.total))]
    if speed:
        parts.append(tr("{size} a second", size=gigabytes(speed)))
    if summary.remaining_s is not None and summary.step < summary.total:
        parts.append(tr("{time} left", time=clock(summary.remaining_s)))
    if summary.step >= summary.total:
        parts.append(tr("is being made ready"))
    return " · ".join(parts)


class DownloadPanel(Box):
    """Stands in the middle of the models page while a download is chosen."""

    stop_asked = Signal()
    again_asked = Signal()
    dismiss_asked = Signal()
    acted = Signal(str)
    """The command that mends why it failed."""

    def __init__(self) -> None:
        super().__init__("v")
        self._shown: Download | None = None
        self.name = ElidedLabel("", "title")
        self.percent = Label("", "big_number")
        self.where = ElidedLabel("", "body", "text2")
        self.bar = Bar(height=8)
        self.stop = Button(lambda: tr("Stop"), icon="stop")
        self.again = Button(lambda: tr("Try again"), "primary", "arrows-clockwise")
        self.dismiss = Button(lambda: tr("Forget it"))
        self.note = Paragraph("", "small", "text3")
        self._progress = Box("v")
        self._error_place = Box("v")
        self._ended = row(self.again, self.dismiss, "s", gap=8)
        top = Box("h")
        top.add(self.percent).add(6).add(Label("%", "body", "text2")).add(24).add(self.where, 1).add(16).add(self.stop)
        self._progress.add(top).add(12).add(self.bar).add(8).add(self.note)
        inside = Box("v", margins=(32, 24, 32, 24), fill="page")
        head = row(self.name)
        head.setFixedHeight(36)
        inside.add(head).add(16).add(self._progress).add(self._error_place).add(16).add(self._ended).add("s")
        self._area = scroll_page(inside, cap_px=_WIDE)
        self.add(self._area, 1)
        self.stop.clicked.connect(self.stop_asked)
        self.again.clicked.connect(self.again_asked)
        self.dismiss.clicked.connect(self.dismiss_asked)

    @property
    def has_primary(self) -> bool:
        """Whether its filled button shows."""
        return not self._ended.isHidden()

    def show_download(self, download: Download, explain: Explain) -> None:
        """Show where it is now. explain: an error as the person should meet it, and the words of its button."""
        before, self._shown = self._shown, download
        summary = download.summary
        self._area.setAccessibleName(download.name)
        self.name.set_text(download.name if download.model == "sample" else download.model)
        self._progress.setVisible(download.live)
        self._ended.setVisible(not download.live)
        self.percent.set_text(f"{100 * summary.step / summary.total:.0f}" if summary.total else "0")
        self.where.set_text(lambda: how_far(download))
        self.bar.set_progress(summary.step, summary.total)
        asked = before is not None and before.summary.id == summary.id and not self.stop.isEnabled()
        self.stop.allow(not asked, lambda: tr("Stopping…"))
        self.note.set_text(self._where_from)
        if before is None or (before.summary.id, before.summary.state) != (summary.id, summary.state):
            self._say_end(download, explain)

    def stopping(self) -> None:
        """Stop was pressed; the worker has not left yet."""
        self.stop.allow(False, lambda: tr("Stopping…"))

    def _where_from(self) -> str:
        if self._shown is not None and self._shown.model == "sample":
            return tr("from the package index, once; it needs no network afterwards")
        return tr("goes on where it stopped after a break")

    def _say_end(self, download: Download, explain: Explain) -> None:
        layout = self._error_place.box
        while layout.count():
            entry = layout.takeAt(0)
            widget = entry.widget() if entry is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if download.live:
            return
        error = download.error()
        if error is not None:
            panel = ErrorPanel.of(*explain(error), big=True)
            panel.acted.connect(lambda: self.acted.emit(error.action))
        else:
            ended, stopped = download.summary.ended, download.summary.state is State.STOPPED
            panel = ErrorPanel(
                lambda: tr("This download was stopped.") if stopped else tr("This download was broken off."),
                self._where_from,
                note=(lambda: ago(ended)) if ended is not None else "",
                warn=True,
            )
        layout.addWidget(panel)
