"""All jobs of the project: what each is, where it is, and what can be asked of it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.times import ago, exact
from desktop.views import available, pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.empty_state import EmptyState, scroll_page
from desktop.widgets.progress import Bar
from desktop.widgets.text import ElidedLabel, IconLabel, Label
from desktop.words import job_name, job_progress, state_icon, state_word
from services.i18n import tr
from services.jobs.job import State, Summary

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_LIVE = (State.RUNNING, State.WAITING)
_RESUMABLE = (State.PAUSED, State.INTERRUPTED, State.FAILED)


class JobRow(Box):
    """A job, 56 px."""

    def __init__(self, page: "JobsPage", summary: Summary) -> None:
        super().__init__("h", gap=12, margins=(8, 0, 8, 1), line="hair", sides="b")
        self.setFixedHeight(56)
        self._page, self.job_id = page, summary.id
        self.icon = IconLabel("circle-dashed")
        self.name = ElidedLabel("", "medium")
        self.note = ElidedLabel("", "small", "text2")
        self.bar = Bar(height=6, width=160)
        self.when = Label("", "body", "text3")
        self.resume = Button(lambda: tr("Resume"), "secondary", "play", height=28)
        self.pause = IconButton("pause", lambda: tr("Pause"), height=28)
        self.stop = IconButton("stop", lambda: tr("Stop and keep what is there"), height=28)
        self.show_ = Button(lambda: tr("Show"), "ghost", height=28)
        self.log = IconButton("article", lambda: tr("Show the log"), height=28)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.note)
        words.addStretch(1)
        self.add(self.icon)
        self.box.addLayout(words, 1)
        for widget in (self.bar, self.when, self.resume, self.pause, self.stop, self.show_, self.log):
            self.add(widget)
        self.resume.clicked.connect(lambda: page.resume(self.job_id))
        self.pause.clicked.connect(lambda: page.ask(self.job_id, "pause"))
        self.stop.clicked.connect(lambda: page.ask(self.job_id, "stop"))
        self.show_.clicked.connect(lambda: page.main.open_page("run", self.job_id))
        self.log.clicked.connect(lambda: page.open_log(self.job_id))
        self.show_summary(summary)

    def show_summary(self, summary: Summary) -> None:
        """Show where the job is now."""
        self._summary = summary
        live = summary.state in _LIVE
        writable = not self._page.main.read_only
        self.icon.set_icon(*state_icon(summary.state))
        title = f" · {summary.title}" if summary.kind == "train" else ""
        self.name.set_text(lambda: f"{job_name(summary)}{title}")
        self.note.set_text(self._note)
        self.bar.set_progress(summary.step, summary.total)
        self.bar.setVisible(summary.state is State.RUNNING)
        self.when.set_text(ago(summary.ended) if summary.ended and not live else "")
        self.when.setToolTip(exact(summary.ended) if summary.ended else "")
        self.resume.setVisible(writable and summary.state in _RESUMABLE)
        self.pause.setVisible(writable and summary.state is State.RUNNING and summary.kind == "train")
        self.stop.setVisible(writable and live)
        self.show_.setVisible(summary.kind == "train" and "run" in available())

    def retranslate(self) -> None:
        self.show_summary(self._summary)

    def _note(self) -> str:
        summary = self._summary
        if summary.state in _LIVE:
            return job_progress(summary)
        if summary.failure is not None:
            return tr(summary.failure.sentence, **summary.failure.values)
        return state_word(summary.state)


@pages.add("jobs")
class JobsPage(Page):
    """Newest first."""

    kind = "jobs"
    icon = "queue"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        head = row(Label(lambda: tr("Jobs"), "title"), "s", margins=(32, 0, 32, 0))
        head.setFixedHeight(72)
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(32, 0, 32, 32)
        self._layout.setSpacing(0)
        self._layout.addStretch(1)
        self.rows: dict[str, JobRow] = {}
        self._empty = EmptyState(
            "queue",
            lambda: tr("No jobs yet"),
            lambda: tr("Training, exports and downloads will be listed here, with time left and Stop."),
            framed=False,
        )
        self._list = scroll_page(column)
        self.content.addWidget(head)
        self.content.addWidget(self._empty, 1)
        self.content.addWidget(self._list, 1)
        self._show_all()

    def title(self) -> str:
        return tr("Jobs")

    def job_changed(self, job_id: str) -> None:
        summary = self.main.supervisor.summary(job_id) if self.main.supervisor is not None else None
        known = self.rows.get(job_id)
        if summary is not None and known is not None:
            known.show_summary(summary)
        else:
            self._show_all()

    def ask(self, job_id: str, what: str) -> None:
        """Ask a job to pause or stop."""
        if self.main.supervisor is not None:
            self.main.supervisor.ask(job_id, what)

    def resume(self, job_id: str) -> None:
        """Let a job go on from its last checkpoint."""
        from services.errors import TunesmithError

        try:
            self.main.supervisor.resume(job_id)
        except TunesmithError as error:
            self.show_error(error)

    def open_log(self, job_id: str) -> None:
        """Open a job's log in the system's viewer."""
        log = self.main.supervisor.job(job_id).log_path
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log)))

    def _show_all(self) -> None:
        summaries = self.main.session.summaries()
        for job_id in set(self.rows) - {s.id for s in summaries}:
            gone = self.rows.pop(job_id)
            gone.hide()
            gone.deleteLater()
        for place, summary in enumerate(summaries):
            if summary.id not in self.rows:
                self.rows[summary.id] = JobRow(self, summary)
                self._layout.insertWidget(place, self.rows[summary.id])
        self._empty.setVisible(not summaries)
        self._list.setVisible(bool(summaries))
