"""Cells of the grid: three lines, the changed edge, the length in tokens, what was found; and their editor."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.models.dataset_table import CHANGED_ROLE, LENGTH_ROLE, DatasetTableModel
from desktop.theme import color, pixmap, shared_font
from desktop.widgets.grid_lines import LINES, PAD_X, PAD_Y, PITCH_PX, draw_lines
from services.i18n import tr

Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Draws a cell and edits it in place."""

    went_on = Signal()
    """Enter left the editor: the next row is wanted."""
    warning: Callable[[Index], str] = staticmethod(lambda index: "")
    """A sentence in place of an empty cell that matters; set by the page."""
    opens: Callable[[Index], bool] = staticmethod(lambda index: False)
    """Cells that are edited elsewhere: says yes and opens the editor; set by the page."""
    quiet: Callable[[int], bool] = staticmethod(lambda column: False)
    """Columns that are not used are drawn in the second text colour; set by the page."""
    words = ""
    """What is being looked for: marked where it stands."""
    many = False
    """More than one cell is selected."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        view = option.widget
        here = view.currentIndex() if isinstance(view, QTableView) else QModelIndex()
        same_row = here.row() == index.row()
        current = same_row and here.column() == index.column()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(area, color("tint" if chosen and self.many else "tint2" if same_row else "page"))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, color("hair"))
        painter.fillRect(area.right(), area.y(), 1, area.height(), color("hair"))
        inner = area.adjusted(PAD_X, PAD_Y, -PAD_X, 0)
        if _is_length(index):
            _draw_length(painter, inner, index)
        else:
            self._draw_cell(painter, area, inner, index)
        if current:
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.restore()

    def two_lines(self, index: Index) -> bool:
        """Whether the length of a row is said in two lines: how long, and how much is cut."""
        length = index.data(LENGTH_ROLE)
        return length is not None and length.cut > 0

    def _draw_cell(self, painter: QPainter, area: QRect, inner: QRect, index: Index) -> None:
        if index.data(CHANGED_ROLE):
            painter.fillRect(area.x(), area.y(), 3, area.height() - 1, color("accent"))
        text = str(index.data() or "")
        sentence = self.warning(index) if not text.strip() else ""
        if sentence:
            painter.drawPixmap(inner.x(), inner.y() + 1, pixmap("warning", "warn", 16))
            painter.setFont(shared_font("body"))
            painter.setPen(color("warn"))
            line = QRect(inner.x() + 22, inner.y(), inner.width() - 22, PITCH_PX)
            shown = QFontMetrics(shared_font("body")).elidedText(sentence, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        else:
            draw_lines(painter, inner, text, "text2" if self.quiet(index.column()) else "text", self.words)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget | None:  # type: ignore[override]
        if self.opens(index):
            return None
        from desktop.widgets.cell_editor import CellEditor

        editor = CellEditor(parent)
        editor.entered.connect(partial(self._entered, editor))
        return editor

    def _entered(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        self.went_on.emit()

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if not editor.property("loaded"):  # what is typed stays when the rows are read again
            editor.setProperty("loaded", True)
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


def _is_length(index: Index) -> bool:
    model = index.model()
    return isinstance(model, DatasetTableModel) and index.column() >= len(model.facts.columns)


def _draw_length(painter: QPainter, inner: QRect, index: Index) -> None:
    length = index.data(LENGTH_ROLE)
    if length is None:
        return
    line = QRect(inner.x(), inner.y(), inner.width(), PITCH_PX)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(shared_font("body"))
    painter.setPen(color("warn" if length.cut else "text2"))
    painter.drawText(line, right, f"{length.full_len:,}")
    if length.cut:
        painter.drawPixmap(inner.x(), inner.y() + 1, pixmap("scissors", "warn", 16))
        painter.setFont(shared_font("small"))
        painter.drawText(line.translated(0, PITCH_PX), right, tr("{n} cut", n=f"{length.cut:,}"))
