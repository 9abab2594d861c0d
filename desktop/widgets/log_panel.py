"""The worker's own log, followed while it is shown."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent, QTextCursor

from desktop.widgets.inputs import TextArea
from services.i18n import tr

_TAIL = 200_000  # bytes shown
_EVERY_MS = 700


class LogPanel(TextArea):
    """Reads only while visible, and only what is new; scrolls along while the person is at the end."""

    def __init__(self, path: Path) -> None:
        super().__init__("", name=lambda: tr("Log"), mono=True)
        self.setReadOnly(True)
        self._path, self._offset = path, 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._read)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _read(self) -> None:
        try:
            size = self._path.stat().st_size
            if size <= self._offset:
                return
            with self._path.open("rb") as file:
                file.seek(max(self._offset, size - _TAIL))
                data = file.read(size - file.tell())
        except FileNotFoundError:
            return
        self._offset = size
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(data.decode("utf-8", errors="replace").replace("\r", "\n"))
        if at_end:
            bar.setValue(bar.maximum())
