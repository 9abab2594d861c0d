"""A cycle that holds a Qt object goes on the window's thread, whoever allocates."""

import gc
import itertools
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread

from desktop import gc_guard
from desktop.gc_guard import GcGuard


class Knot:
    """A cycle around a Qt object; tells on which thread it goes."""

    def __init__(self, went: list[QThread]) -> None:
        self.me = self
        self.held = QObject()
        weakref.finalize(self, lambda: went.append(QThread.currentThread()))


@pytest.fixture
def guard(app) -> Iterator[GcGuard]:
    outer = gc.isenabled()
    gc.enable()
    made = GcGuard(app)
    yield made
    made.release()
    made.deleteLater()
    if not outer:
        gc.disable()


def allocate() -> None:
    """Enough for every generation to be due."""
    assert [[[]] for _ in range(300_000)]


def on_another_thread(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_without_it_a_worker_collects(app) -> None:
    """What the guard is there for."""
    on = gc.isenabled()
    gc.enable()
    went: list[QThread] = []

    def work() -> None:
        knot: list[object] = []
        knot.append(knot)
        weak = Plain(went)
        del knot, weak
        allocate()

    class Plain:  # without a Qt object: that would be the abort
        def __init__(self, went: list[QThread]) -> None:
            self.me = self
            weakref.finalize(self, lambda: went.append(QThread.currentThread()))

    try:
        on_another_thread(work)
    finally:
        if not on:
            gc.disable()
    assert went and went[0] is not app.thread()


def test_a_worker_collects_nothing(app, guard: GcGuard, qtbot) -> None:
    went: list[QThread] = []
    Knot(went)
    on_another_thread(allocate)
    assert went == [], "the knot outlived a worker that allocates"
    assert not gc.isenabled()
    kept = [[] for _ in range(gc.get_threshold()[0] + 100)]
    qtbot.waitUntil(lambda: bool(went), timeout=5000)
    assert kept
    assert went[0] is app.thread()


def test_it_collects_what_is_due_and_no_more(guard: GcGuard) -> None:
    gc.collect()
    assert guard.collect() == -1
    kept = [[] for _ in range(gc.get_threshold()[0] + 100)]
    assert guard.collect() == 0
    assert kept and gc.get_count()[0] < gc.get_threshold()[0]


def test_looking_through_everything_is_put_off_while_it_costs_much(guard: GcGuard, monkeypatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(gc_guard.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(gc_guard, "_SHARE", 0.001)
    kept: list[list[object]] = []

    def one() -> int:
        kept.extend([] for _ in range(gc.get_threshold()[0] + 100))
        return guard.collect()

    found = [one() for _ in range(400)]
    assert found.count(2) == 1 and 1 in found and 0 in found, "the second full one would come a thousand times later"


def test_released_it_gives_the_collector_back(app) -> None:
    outer = gc.isenabled()
    gc.enable()
    made = GcGuard(app)
    assert not gc.isenabled()
    made.release()
    assert gc.isenabled()
    made.deleteLater()
    if not outer:
        gc.disable()
