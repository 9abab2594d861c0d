"""The header of the grid's rows: number, star and tags; rows are dragged by it."""

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QTableView, QToolTip

from desktop.models.dataset_table import MARKS_ROLE
from desktop.theme import color, font, pixmap, shared_font, size
from desktop.widgets.grid_lines import PAD_Y, PITCH_PX
from services.datasets.marks import Marks
from services.i18n import tr

_STAR_PX = 22  # of the left, where a click gives or takes the star
_SPARE = 42  # px beside the number


class RowHeader(QHeaderView):
    """The current row's number stands out. marks: a click at the left gives a star; selected rows are dragged."""

    star_asked = Signal(int)
    """Give the row at a position a star, or take it."""
    tags_asked = Signal(int)
    """Edit the tags of the row at a position."""
    dropped = Signal(int)
    """The selected rows are to stand before the row at a position."""

    def __init__(self, parent: QTableView, *, marks: bool = False) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._table = parent
        self._editable = marks
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMouseTracking(True)
        self._over = -1  # row whose star is under the mouse
        self._grabbed: QPoint | None = None  # where selected rows were pressed
        self._goal = -1  # where they would go
        self.fit(0)
        self.setMinimumSectionSize(PITCH_PX + 2 * PAD_Y + 1)

    def fit(self, rows: int) -> None:
        """Be as wide as the last row's number."""
        wide = QFontMetrics(font("small")).horizontalAdvance(f"{max(rows, 1):,}") + _SPARE
        self.setFixedWidth(max(size("row_number") + 8, wide))

    # --- drawing --------------------------------------------------------------------------------------------------

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        painter.save()
        on = self._table.currentIndex().row() == section
        painter.fillRect(area, color("tint" if on else "sunken"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("hair"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("soft"))
        marks = self._marks(section)
        if marks.star or self._over == section:
            name, role = ("star-fill", "warn") if marks.star else ("star", "text3")
            painter.drawPixmap(area.x() + 5, area.y() + 7, pixmap(name, role, 16))
        if marks.tags:
            painter.drawPixmap(area.x() + 6, area.y() + 22, pixmap("tag", "accent", 12))
        painter.setFont(shared_font("small"))
        painter.setPen(color("on_tint" if on else "text3"))
        place = area.adjusted(0, PAD_Y, -10, 0)
        number = str(self.model().headerData(section, Qt.Orientation.Vertical) or "")
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, number)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._goal >= 0:
            painter = QPainter(self.viewport())
            painter.fillRect(0, self._line_y() - 1, self.width(), 3, color("accent"))
            painter.end()

    def _line_y(self) -> int:
        if self._goal < self.count():
            return self.sectionViewportPosition(self._goal)
        return self.sectionViewportPosition(self.count() - 1) + self.sectionSize(self.count() - 1)

    def _marks(self, section: int) -> Marks:
        found = self.model().headerData(section, Qt.Orientation.Vertical, MARKS_ROLE)
        return found if isinstance(found, Marks) else Marks()

    # --- the mouse ------------------------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            section = self.logicalIndexAt(event.pos())
            if section >= 0:
                tags = self._marks(section).tags
                here = tr("Star (S)") if self._editable and event.pos().x() < _STAR_PX else ""
                QToolTip.showText(event.globalPos(), tr("Tags: {tags}", tags=", ".join(tags)) if tags else here, self)
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        section = self.logicalIndexAt(at)
        if self._editable and event.button() == Qt.MouseButton.LeftButton and section >= 0:
            low = at.y() - self.sectionViewportPosition(section) >= 21
            if at.x() < _STAR_PX:
                (self.tags_asked if low and self._marks(section).tags else self.star_asked).emit(section)
                return
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and self._table.selectionModel().isRowSelected(section, self._table.rootIndex()):
                self._grabbed = at
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._grabbed is None:
            self._hover(self.logicalIndexAt(at) if self._editable and at.x() < _STAR_PX else -1)
            super().mouseMoveEvent(event)
            return
        if self._goal >= 0 or (at - self._grabbed).manhattanLength() >= QApplication.startDragDistance():
            self._goal = self._place_at(at)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, goal = self._grabbed, self._goal
        self._grabbed, self._goal = None, -1
        self.viewport().update()
        if grabbed is None:
            super().mouseReleaseEvent(event)
        elif goal >= 0:
            self.dropped.emit(goal)
        else:  # a plain click after all: that row alone
            self._table.selectRow(self.logicalIndexAt(grabbed))

    def _place_at(self, at: QPoint) -> int:
        """The position before which rows would go: the boundary that is nearest."""
        section = self.logicalIndexAt(at)
        if section < 0:
            return self.count() if at.y() > 0 else max(0, self.logicalIndexAt(0))
        low = at.y() - self.sectionViewportPosition(section) > self.sectionSize(section) // 2
        return section + 1 if low else section

    def _hover(self, section: int) -> None:
        if section != self._over:
            self._over = section
            self.viewport().update()
