"""Work off the window's thread: results, errors and owners that have gone."""

import threading
import time

from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication

from desktop import threads
from desktop.threads import run_in_thread


def test_result_arrives_on_the_windows_thread(app: QApplication, qtbot) -> None:
    got: list[object] = []
    owner = QObject()
    run_in_thread(owner, lambda: threading.get_ident(), lambda r: got.extend([r, QThread.currentThread()]))
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got[0] != threading.get_ident()
    assert got[1] == app.thread()


def test_an_error_arrives_at_failed(app: QApplication, qtbot) -> None:
    got: list[Exception] = []

    def work() -> None:
        raise ValueError("no")

    owner = QObject()
    run_in_thread(owner, work, None, got.append)
    qtbot.waitUntil(lambda: bool(got))
    threads.finish()
    assert [str(e) for e in got] == ["no"]


def test_a_gone_owner_is_not_called(app: QApplication, qtbot) -> None:
    got: list[int] = []
    owner = QObject()
    go = threading.Event()
    run_in_thread(owner, lambda: go.wait(5) and 1, got.append)
    owner.deleteLater()
    qtbot.wait(20)
    go.set()
    qtbot.waitUntil(lambda: not threads.busy())
    assert got == []


def test_a_cancelled_task_tells_nobody(app: QApplication, qtbot) -> None:
    got: list[int] = []
    owner = QObject()
    task = run_in_thread(owner, lambda: time.sleep(0.02) or 1, got.append)
    task.cancel()
    qtbot.waitUntil(lambda: not threads.busy())
    assert got == []


def test_without_failed_the_window_is_told(app: QApplication, qtbot) -> None:
    class Owner(QObject):
        told: list[Exception] = []

        def show_error(self, error: Exception) -> None:
            self.told.append(error)

    owner = Owner()
    run_in_thread(owner, lambda: 1 / 0)
    qtbot.waitUntil(lambda: bool(owner.told))
    assert isinstance(owner.told[0], ZeroDivisionError)


def test_finish_waits_for_what_is_under_way(app: QApplication) -> None:
    ended = threading.Event()
    run_in_thread(QObject(), lambda: (time.sleep(0.1), ended.set()))
    threads.finish()
    assert ended.is_set() and not threads.busy()
