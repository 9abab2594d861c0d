"""The open project: its lock, its supervisor of jobs, its contents; and what to remember of it."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from desktop.threads import Task, run_in_thread
from services.locks import FileLock
from services.paths import data_dir
from services.projects import recent

if TYPE_CHECKING:
    from services.jobs.job import Summary
    from services.jobs.supervisor import JobSupervisor
    from services.projects.contents import Contents
    from services.projects.project import Project

log = logging.getLogger("tunesmith.window")

_LOOK_AGAIN_MS = 400  # after a change: several come together


def window_memory() -> QSettings:
    """What the window remembers of itself: `window.ini` in the data folder."""
    return QSettings(str(data_dir() / "window.ini"), QSettings.Format.IniFormat)


_VIEWS = 200  # pages whose arrangement is remembered


class Session(QObject):
    """One project at a time. open() and close() are quick; contents arrive by a signal."""

    contents_changed = Signal()
    job_changed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.read_only = False
        self.supervisor: JobSupervisor | None = None
        self.contents: Contents | None = None
        self._lock: FileLock | None = None
        self._task: Task | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_LOOK_AGAIN_MS)
        self._again.timeout.connect(self.look)

    def open(self, folder: Path) -> None:
        """Open a project, closing the one before. ProjectError if it cannot be opened; the old one stays then.

        If another window holds it, it is opened read-only.
        """
        import services.jobs.kinds  # noqa: F401 (here, before the supervisor's thread would import it beside us)
        from services.jobs.supervisor import JobSupervisor
        from services.projects.project import Project

        project = Project.open(folder)
        self.close()
        lock = FileLock(project.folder / "window.lock")
        try:
            self.read_only = not lock.try_acquire()
        except OSError:  # a folder that cannot be written to
            self.read_only = True
        self._lock = lock
        self.project = project
        self.supervisor = JobSupervisor(project, self)
        self.supervisor.changed.connect(self._job_changed)
        self.supervisor.removed.connect(self._job_changed)
        self.supervisor.loaded.connect(self.look)
        if not self.read_only:
            recent.remember(project.folder, project.name)
        self.look()

    def close(self) -> None:
        """Let the project go; its jobs go on."""
        self._again.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self.supervisor is not None:
            self.supervisor.close()
            self.supervisor.deleteLater()
            self.supervisor = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self.project, self.contents, self.read_only = None, None, False

    def look(self) -> None:
        """Read the project's contents anew, off the window's thread."""
        project, supervisor = self.project, self.supervisor
        if project is None or supervisor is None:
            return
        if self._task is not None:
            self._again.start()
            return
        from services.projects.contents import read_contents

        summaries = supervisor.summaries()
        self._task = run_in_thread(self, lambda: read_contents(project, summaries), self._seen, self._unseen)

    def look_soon(self) -> None:
        """Something in the project is other now: look in a moment."""
        self._again.start()

    def summaries(self) -> list["Summary"]:
        """Summaries of the project's jobs, newest first."""
        return list(reversed(self.supervisor.summaries())) if self.supervisor is not None else []

    def remember_tabs(self, state: dict[str, Any]) -> None:
        """Keep which tabs are open and where each was."""
        if self.project is not None and not self.read_only:
            memory = window_memory()
            memory.setValue(f"tabs/{_key(self.project.folder)}", json.dumps(state))
            memory.setValue("last_project", str(self.project.folder))

    def remembered_tabs(self) -> dict[str, Any]:
        """The inverse of remember_tabs; {} if nothing is known."""
        if self.project is None:
            return {}
        try:
            state = json.loads(str(window_memory().value(f"tabs/{_key(self.project.folder)}", "{}")))
        except ValueError:
            return {}
        return state if isinstance(state, dict) else {}

    def remember_view(self, page_id: str, state: dict[str, Any]) -> None:
        """Keep how a page was arranged (its columns), also when its tab is closed; {} forgets it."""
        if self.project is not None and not self.read_only:
            views = self._views()
            views.pop(page_id, None)
            if state:
                views[page_id] = state  # the latest last
            kept = dict(list(views.items())[-_VIEWS:])
            window_memory().setValue(f"views/{_key(self.project.folder)}", json.dumps(kept))

    def remembered_view(self, page_id: str) -> dict[str, Any]:
        """The inverse of remember_view; {} if nothing is known."""
        state = self._views().get(page_id) if self.project is not None else None
        return state if isinstance(state, dict) else {}

    def _views(self) -> dict[str, Any]:
        assert self.project is not None
        try:
            views = json.loads(str(window_memory().value(f"views/{_key(self.project.folder)}", "{}")))
        except ValueError:
            return {}
        return views if isinstance(views, dict) else {}

    def _job_changed(self, job_id: str) -> None:
        self.job_changed.emit(job_id)
        self._again.start()

    def _seen(self, contents: "Contents") -> None:
        self._task = None
        if self.project is None:
            return
        self.contents = contents
        if not self.read_only:
            recent.remember(self.project.folder, contents.name, contents)
        self.contents_changed.emit()

    def _unseen(self, error: Exception) -> None:
        self._task = None
        log.error("the project's contents cannot be read", exc_info=error)


def _key(folder: Path) -> str:
    import hashlib

    return hashlib.sha256(str(folder).encode()).hexdigest()[:16]
