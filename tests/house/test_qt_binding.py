"""A Qt binding release once leaked a reference to None at every event: that would end a long session."""

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


class Counting(QObject):
    """Sees every event in Python, as our event filters do."""

    seen = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.seen += 1
        return False


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12")
def test_ten_thousand_events_leave_none_alone(qapp: QApplication) -> None:
    widget, watcher = QWidget(), Counting()
    widget.installEventFilter(watcher)
    widget.show()
    timer = QTimer()
    timer.setInterval(0)
    timer.timeout.connect(widget.update)
    timer.start()
    for _ in range(100):  # what is made once is made before the count
        QCoreApplication.processEvents()
    before, seen = sys.getrefcount(None), watcher.seen
    for _ in range(10_000):
        QCoreApplication.processEvents()
    drift = sys.getrefcount(None) - before
    timer.stop()
    widget.close()
    assert watcher.seen - seen > 1000  # events did reach Python
    assert abs(drift) < 100
