"""The worker's own log, followed while it is shown."""

import codecs
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent, QTextCursor

from desktop.widgets.inputs import TextArea
from services.i18n import tr

_TAIL = 100_000  # bytes shown of a log that is longer
_LINES = 4000  # kept
_EVERY_MS = 700


class LogPanel(TextArea):
    """Reads only while visible, and only what is new; scrolls along while the person is at the end."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "", placeholder=lambda: tr("The worker has written nothing yet."), name=lambda: tr("Log"), mono=True
        )
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(_LINES)
        self._path = path
        self._begin()
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

    def _begin(self) -> None:
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._ended_with_return = False

    def _read(self) -> None:
        try:
            size = self._path.stat().st_size
            if size < self._offset:  # another attempt began it anew
                self.clear()
                self._begin()
            if size == self._offset:
                return
            with self._path.open("rb") as file:
                file.seek(max(self._offset, size - _TAIL))
                if file.tell() > self._offset:
                    self.clear()
                    self._begin()
                    file.readline()  # the rest of a line whose beginning is left out
                data = file.read(size - file.tell())
        except OSError:  # not there yet, or held by its writer for a moment
            return
        self._offset = size
        self._append(self._decoder.decode(data))

    def _append(self, text: str) -> None:
        if self._ended_with_return and text.startswith("\n"):
            text = text[1:]
        self._ended_with_return = text.endswith("\r")
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text.replace("\r\n", "\n").replace("\r", "\n"))
        if at_end:
            bar.setValue(bar.maximum())
