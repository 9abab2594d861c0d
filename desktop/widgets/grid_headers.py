"""The header of the grid's columns: name, type and role of each."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget

from desktop.theme import color, font, pixmap, size
from desktop.widgets.chip import chip_width, paint_chip
from services.i18n import tr

RoleChip = tuple[str, str, str]
"""(words, kind of chip, icon); no words: no chip"""


class ColumnHeader(QHeaderView):
    """Name, type and role of each column."""

    def __init__(self, parent: QWidget, type_of: Callable[[int], str], chip_of: Callable[[int], RoleChip]) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.type_of, self.chip_of = type_of, chip_of
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(88)
        self.setFixedHeight(size("table_header"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self._over = -1
        self.mark_of: Callable[[int], str] = lambda section: ""
        """Icon beside the name, '' for none: how rows are sorted."""

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            section = self.logicalIndexAt(event.pos())
            if section >= 0:
                name = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
                words = self.chip_of(section)[0]
                told = tr("{name} · {role} · click to change what it means", name=name, role=words)
                QToolTip.showText(event.globalPos(), told if words else tr("Length of the row in tokens"), self)
            return True
        if event.type() in (QEvent.Type.MouseMove, QEvent.Type.Leave):
            over = self.logicalIndexAt(event.position().toPoint()) if isinstance(event, QMouseEvent) else -1
            if over != self._over:
                self._over = over if over >= 0 and self.chip_of(over)[0] else -1
                self.viewport().update()
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(100, size("table_header"))

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        painter.save()
        painter.fillRect(area, color("sunken"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("soft"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("hair"))
        if self._over == section:
            painter.fillRect(area.adjusted(0, 0, -1, -1), color("hover"))
        name = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        words, kind, mark = self.chip_of(section)
        if not words:
            self._paint_length(painter, area, name, section)
            painter.restore()
            return
        room = area.width() - 12 - 10
        if chip_width(words, mark) > room:  # the colour still says whether it is trained
            words = words.split(" · ")[0]
            spare = room - (chip_width("", mark))
            words = QFontMetrics(font("small_medium")).elidedText(words, Qt.TextElideMode.ElideRight, spare)
        chip = chip_width(words, mark)
        left = area.adjusted(12, 7, -8, 0)
        below = chip > room * 0.6
        painter.setFont(font("strong"))
        painter.setPen(color("text"))
        mark_icon = self.mark_of(section)
        name_room = (room if below else room - chip - 8) - (20 if mark_icon else 0)
        shown = QFontMetrics(font("strong")).elidedText(name, Qt.TextElideMode.ElideRight, name_room)
        painter.drawText(left, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shown)
        if mark_icon:
            at = left.x() + QFontMetrics(font("strong")).horizontalAdvance(shown) + 4
            painter.drawPixmap(at, left.y() + 1, pixmap(mark_icon, "accent", 16))
        if below:
            paint_chip(painter, QRectF(left.x(), area.y() + 27, min(chip, room), 20), words, kind, mark)
        else:
            painter.setFont(font("small"))
            painter.setPen(color("text3"))
            painter.drawText(
                area.adjusted(12, 27, -8, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
                self.type_of(section),
            )  # fmt: skip
            paint_chip(painter, QRectF(area.right() - chip - 10, area.y() + 16, chip, 20), words, kind, mark)
        painter.restore()

    def _paint_length(self, painter: QPainter, area: QRect, name: str, section: int) -> None:
        place = area.adjusted(8, 7, -12, 0)
        painter.setFont(font("strong"))
        painter.setPen(color("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, name)
        if mark_icon := self.mark_of(section):
            painter.drawPixmap(area.x() + 10, place.y() + 1, pixmap(mark_icon, "accent", 16))
        painter.setFont(font("small"))
        painter.setPen(color("text3"))
        below = area.adjusted(8, 27, -12, 0)
        painter.drawText(below, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, self.type_of(section))
