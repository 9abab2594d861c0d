"""Puts what a job found into a data set that the window has open for writing, which the job's worker could not do."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.threads import run_in_thread
from services.i18n import tr, trn
from services.jobs.job import State

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from desktop.views.dataset import DatasetPage

_KINDS = ("documents", "judge")
_OVER = (State.FINISHED, State.STOPPED, State.PAUSED)


class FoundRows(QObject):
    """Listens to jobs that end."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._done: set[tuple[str, str]] = set()
        window.session.job_changed.connect(self._look)

    def _look(self, job_id: str) -> None:
        window = self._window
        summary = window.supervisor.summary(job_id) if window.supervisor is not None else None
        if summary is None or summary.kind not in _KINDS or window.read_only or window.project is None:
            return
        if summary.state not in _OVER:
            self._done.discard((job_id, "told"))
            return
        if (job_id, "told") in self._done:
            return
        self._done.add((job_id, "told"))
        project, job = window.project, window.supervisor.job(job_id)
        stores = {page.key: page.controller.store for page in self._tables()}

        def work() -> int:
            from services.documents.into_set import left, put

            found = left(job)
            store = stores.get(found.dataset) if found is not None else None
            return put(project, job, store if store is not None and not store.read_only else None) or 0

        run_in_thread(self, work, lambda new: self._put(job_id, new), window.show_error)

    def _tables(self) -> list["DatasetPage"]:
        from desktop.views.dataset import DatasetPage

        return [page for page in self._window.frame.tabs.pages() if isinstance(page, DatasetPage)]

    def _put(self, job_id: str, new: int) -> None:
        window = self._window
        window.look_again()
        for page in self._tables():
            page.model.renew()
        if new:
            dataset = getattr(window.supervisor.job(job_id).request, "dataset", "") if window.supervisor else ""
            window.toast(
                lambda: trn("{n} row is new", "{n} rows are new", new),
                icon="check",
                action=lambda: tr("Show"),
                run=lambda: window.open_page("dataset", dataset),
            )
