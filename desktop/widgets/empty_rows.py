"""A data set without rows: what would be here, drawn as a shadow of it, and three ways to put it there."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout

from desktop.theme import color, font, size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.chip import chip_width, paint_chip
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.grid_headers import RoleChip
from services.i18n import tr

_ROW_PX = 56
_NUMBER_PX = 48
_WIDTHS = ((0.62, 0.78, 0.3), (0.78, 0.88, 0.33), (0.7, 0.92, 0.35), (0.55, 0.74, 0.0), (0.66, 0.82, 0.4))


class EmptyRows(Box):
    """columns: says name and chip of each column that is there (or would be). Buttons: open, paste, write."""

    def __init__(self, columns: Callable[[], list[tuple[str, RoleChip]]]) -> None:
        super().__init__("v")
        self._columns = columns
        self.open = Button(lambda: tr("Open a file of examples"), "primary", "file-arrow-up")
        self.paste = Button(lambda: tr("Paste from a spreadsheet"), icon="clipboard-text")
        self.write = Button(lambda: tr("Write the first row"), icon="plus")
        card = EmptyState(
            "table",
            lambda: tr("No examples yet"),
            lambda: tr(
                "Here you will see your examples, one row each: what a person asks, and the answer your model should "
                "learn. Fifty careful rows are enough to start."
            ),
            [self.open, self.paste, self.write],
            lambda: tr("CSV, JSON, JSONL, Parquet, text · or drop a file here"),
        )
        holder = QVBoxLayout()
        holder.setContentsMargins(24, size("table_header") + 40, 24, 24)
        holder.addWidget(card)
        self.box.addLayout(holder)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = self._columns()[:3]
        header, width = size("table_header"), self.width()
        painter.fillRect(0, 0, width, header, color("sunken"))
        painter.fillRect(0, 0, _NUMBER_PX, self.height(), color("sunken"))
        shares = [0.42, 0.58] if len(columns) == 2 else [1 / max(1, len(columns))] * len(columns)
        left = float(_NUMBER_PX)
        for number, (name, chip) in enumerate(columns):
            wide = (width - _NUMBER_PX) * shares[number]
            self._column(painter, QRectF(left, 0, wide, self.height()), number, name, chip)
            left += wide
        for n in range((self.height() - header) // _ROW_PX + 1):
            y = header + n * _ROW_PX
            painter.fillRect(0, y, width, 1, color("hair"))
            painter.setFont(font("small"))
            painter.setPen(color("text3"))
            place = QRectF(0, y + 8, _NUMBER_PX - 10, 18)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(n + 1))
        painter.end()

    def _column(self, painter: QPainter, area: QRectF, number: int, name: str, chip: RoleChip) -> None:
        header = size("table_header")
        painter.fillRect(QRectF(area.x(), 0, 1, area.height()), color("hair"))
        painter.setFont(font("strong"))
        painter.setPen(color("text2"))
        painter.drawText(QRectF(area.x() + 12, 0, area.width() - 24, header), Qt.AlignmentFlag.AlignVCenter, name)
        words, kind, icon = chip
        wide = chip_width(words, icon)
        paint_chip(painter, QRectF(area.right() - wide - 12, (header - 20) / 2, wide, 20), words, kind, icon)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("hover"))
        for n in range(int(area.height() - header) // _ROW_PX + 1):
            first, second, third = _WIDTHS[n % len(_WIDTHS)]
            y = header + n * _ROW_PX + 16
            lines = (first,) if number == 0 else (second, third)
            for line, share in enumerate(lines):
                if share:
                    bar = QRectF(area.x() + 12, y + 15 * line, (area.width() - 24) * share, 7)
                    painter.drawRoundedRect(bar, 3.5, 3.5)
