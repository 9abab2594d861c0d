"""Work off the window's thread: anything that may take over 50 ms.

    run_in_thread(self, lambda: store.count(), self._show_count)

The work runs in the global thread pool and must touch no widget. What it returns arrives on the window's thread; if the
owner is gone by then, nobody is told. Errors go to `failed`, or, if none is given, to the window's error banner.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThreadPool, Signal
from PySide6.QtWidgets import QWidget

log = logging.getLogger("tunesmith.window")

T = TypeVar("T")

_THREADS = 8
"""At least, however few cores there are: a long check of one page must not keep another page waiting."""
_alive: set["Task"] = set()


class _Carrier(QObject):
    """Carries the outcome to the window's thread, where it lives."""

    landed = Signal(bool, object)


class Task(QRunnable):
    """A piece of work under way. cancel() means that nobody is told; the work sees `cancelled` if it looks."""

    def __init__(self, owner: QObject, fn: Callable[[], Any], done: Callable[[Any], None] | None, failed: Any) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.cancelled = threading.Event()
        self._owner, self._fn, self._done, self._failed = owner, fn, done, failed
        self._carrier = _Carrier()
        self._carrier.landed.connect(self._land)

    def cancel(self) -> None:
        """Tell nobody of the outcome."""
        self.cancelled.set()

    def run(self) -> None:
        """The work itself; called by the pool."""
        try:
            outcome, ok = self._fn(), True
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the window's thread)
            outcome, ok = error, False
        try:
            self._carrier.landed.emit(ok, outcome)
        except RuntimeError:  # the application has gone in the meantime: nobody is left to be told
            log.info("the outcome of a task came too late")

    def _land(self, ok: bool, outcome: Any) -> None:
        _alive.discard(self)
        if self.cancelled.is_set() or not shiboken6.isValid(self._owner):
            return
        if ok:
            if self._done is not None:
                self._done(outcome)
        elif self._failed is not None:
            self._failed(outcome)
        else:
            tell(self._owner, outcome)


def run_in_thread(
    owner: QObject,
    fn: Callable[[], T],
    done: Callable[[T], None] | None = None,
    failed: Callable[[Exception], None] | None = None,
) -> Task:
    """Run fn in a thread of the pool; done(result) or failed(error) on the window's thread while owner lives."""
    task = Task(owner, fn, done, failed)
    _alive.add(task)
    pool = QThreadPool.globalInstance()
    if pool.maxThreadCount() < _THREADS:
        pool.setMaxThreadCount(_THREADS)
    pool.start(task)
    return task


def tell(owner: QObject, error: Exception) -> None:
    """Hand an error to the window that owner stands in; to the log if there is none."""
    window = owner.window() if isinstance(owner, QWidget) else owner
    show = getattr(window, "show_error", None) or getattr(owner, "show_error", None)
    if show is not None:
        show(error)
    else:
        log.error("nobody to tell", exc_info=error)


def busy() -> bool:
    """Whether any work is under way or has not been delivered yet."""
    return bool(_alive)


def finish(wait_ms: int = 10_000) -> None:
    """At exit: wait for the pool, forget what has not been delivered."""
    for _ in range(5):  # what lands may start something else
        for task in list(_alive):
            task.cancel()
        QThreadPool.globalInstance().waitForDone(wait_ms)
        QCoreApplication.sendPostedEvents()
        if not _alive:
            break
    _alive.clear()
