"""How the grid is drawn: cells of three lines with the changed edge, headers with a type and a role chip."""

import unicodedata
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.models.dataset_table import CHANGED_ROLE
from desktop.theme import color, font, pixmap, size
from desktop.widgets.chip import chip_width, paint_chip
from services.i18n import tr

LINES = 3
PITCH_PX = 18
PAD_X, PAD_Y = 12, 8

Index = QModelIndex | QPersistentModelIndex
RoleChip = tuple[str, str, str]
"""(words, kind of chip, icon)"""


def wrap(text: str, face: QFont, width: float, lines: int = LINES) -> tuple[list[str], bool]:
    """The first `lines` lines of text wrapped to width px, and whether text was left over."""
    found: list[str] = []
    paragraphs = text.split("\n", lines + 1)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    for number, paragraph in enumerate(paragraphs):
        layout = QTextLayout(paragraph, face)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        if not line.isValid():
            found.append("")
        while line.isValid():
            line.setLineWidth(max(8.0, width))
            found.append(paragraph[line.textStart() : line.textStart() + line.textLength()])
            if len(found) > lines:
                break
            line = layout.createLine()
        layout.endLayout()
        if len(found) > lines or (len(found) == lines and number + 1 < len(paragraphs)):
            return found[:lines], True
    return found, False


class CellDelegate(QStyledItemDelegate):
    """Draws a cell and edits it in place."""

    warning: Callable[[Index], str] = staticmethod(lambda index: "")
    """A sentence in place of an empty cell that matters; set by the page."""
    quiet: Callable[[int], bool] = staticmethod(lambda column: False)
    """Columns that are not used are drawn in the second text colour; set by the page."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        view = option.widget
        current = isinstance(view, QTableView) and view.currentIndex() == index
        same_row = isinstance(view, QTableView) and view.currentIndex().row() == index.row()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        many = isinstance(view, QTableView) and len(view.selectionModel().selectedIndexes()) > 1
        painter.fillRect(area, color("tint" if chosen and many else "tint2" if same_row else "page"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("hair"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("hair"))
        if index.data(CHANGED_ROLE):
            painter.fillRect(area.x(), area.y(), 3, area.height() - 1, color("accent"))
        text = str(index.data() or "")
        sentence = self.warning(index) if not text.strip() else ""
        inner = area.adjusted(PAD_X, PAD_Y, -PAD_X, 0)
        if sentence:
            painter.drawPixmap(inner.x(), inner.y() + 1, pixmap("warning", "warn", 16))
            painter.setFont(font("body"))
            painter.setPen(color("warn"))
            line = QRect(inner.x() + 22, inner.y(), inner.width() - 22, PITCH_PX)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, sentence)
        else:
            _draw_lines(painter, inner, text, "text2" if self.quiet(index.column()) else "text")
        if current:
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        from desktop.widgets.cell_editor import CellEditor

        return CellEditor(parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        editor.load(str(index.data(Qt.ItemDataRole.EditRole) or ""))  # type: ignore[attr-defined]

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        model.setData(index, editor.text())  # type: ignore[attr-defined]

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        area = QRect(option.rect)
        area.setHeight(max(area.height(), PITCH_PX * LINES + 2 * PAD_Y))
        view = editor.parentWidget()
        if view is not None and area.bottom() > view.height():
            area.moveBottom(max(area.height(), view.height()))
        editor.setGeometry(area)


def _draw_lines(painter: QPainter, area: QRect, text: str, role: str) -> None:
    face = font("body")
    painter.setFont(face)
    painter.setPen(color(role))
    lines, more = wrap(text, face, area.width())
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    for number, line in enumerate(lines):
        shown = line.rstrip("\u2028\n ")
        if more and number == len(lines) - 1:
            metrics = QFontMetrics(face)
            room = area.width() - metrics.horizontalAdvance("…")
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room).removesuffix("…") + "…"
        place = QRect(area.x(), area.y() + number * PITCH_PX, area.width(), PITCH_PX)
        align = flags | (Qt.AlignmentFlag.AlignRight if _right_to_left(line) else Qt.AlignmentFlag.AlignLeft)
        painter.drawText(place, align, shown)


def _right_to_left(line: str) -> bool:
    """Whether a line begins in a right-to-left script (its first strong character says so)."""
    strong = (unicodedata.bidirectional(c) for c in line[:80])
    return next((s in ("R", "AL") for s in strong if s in ("L", "R", "AL")), False)


class ColumnHeader(QHeaderView):
    """Name, type and role of each column."""

    def __init__(self, parent: QWidget, type_of: Callable[[int], str], chip_of: Callable[[int], RoleChip]) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._type_of, self._chip_of = type_of, chip_of
        self.setSectionsClickable(True)
        self.setSectionsMovable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(88)
        self.setFixedHeight(size("table_header"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def sizeHint(self) -> QSize:
        return QSize(100, size("table_header"))

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        painter.save()
        painter.fillRect(area, color("sunken"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("soft"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("hair"))
        name = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        words, kind, mark = self._chip_of(section)
        chip = chip_width(words, mark)
        room = area.width() - 12 - 10
        left = area.adjusted(12, 7, -8, 0)
        below = chip > room * 0.6
        painter.setFont(font("strong"))
        painter.setPen(color("text"))
        name_room = room if below else room - chip - 8
        shown = QFontMetrics(font("strong")).elidedText(name, Qt.TextElideMode.ElideRight, name_room)
        painter.drawText(left, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shown)
        if below:
            paint_chip(painter, QRectF(left.x(), area.y() + 27, min(chip, room), 20), words, kind, mark)
        else:
            painter.setFont(font("small"))
            painter.setPen(color("text3"))
            painter.drawText(
                area.adjusted(12, 27, -8, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
                self._type_of(section),
            )  # fmt: skip
            paint_chip(painter, QRectF(area.right() - chip - 10, area.y() + 16, chip, 20), words, kind, mark)
        painter.restore()


class RowHeader(QHeaderView):
    """Row numbers; the current row's stands out."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._table = parent
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFixedWidth(size("row_number") + 8)
        self.setMinimumSectionSize(PITCH_PX + 2 * PAD_Y + 1)

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        painter.save()
        on = self._table.currentIndex().row() == section
        painter.fillRect(area, color("tint" if on else "sunken"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("hair"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("soft"))
        painter.setFont(font("small"))
        painter.setPen(color("on_tint" if on else "text3"))
        place = area.adjusted(0, PAD_Y, -10, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, f"{section + 1:,}")
        painter.restore()


def empty_answer() -> str:
    """What stands in place of an answer that is not there."""
    return tr("Empty: this row teaches nothing")
