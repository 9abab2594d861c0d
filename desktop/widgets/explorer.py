"""The explorer dock: the project's name and the tree of what is in it; a rail of icons when the window is narrow."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QMenu,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.actions import round_menu
from desktop.models.explorer import GROUPS, ExplorerModel, Node, NodeRole
from desktop.theme import color, font, icon, pixmap, size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import IconButton
from desktop.widgets.text import ElidedLabel, IconLabel
from services.i18n import tr

_GROUP_ICONS = {
    "data": "table", "runs": "chart-line", "models": "cube", "deployed": "rocket-launch", "chats": "chat-circle",
}  # fmt: skip


class _RowPainter(QStyledItemDelegate):
    """Draws groups and things; 28 px a row, 8 px before a group."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        node = index.data(NodeRole)
        first = node is not None and not node.kind and index.row() == 0
        return QSize(100, size("tree_row") + (0 if node is None or node.kind or first else 8))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        node = index.data(NodeRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        area = QRectF(0, area.bottom() - size("tree_row"), area.right(), size("tree_row"))
        if node.kind:
            self._paint_thing(painter, area, node, option)
        else:
            tree = self.parent()
            open_ = bool(node.children) and isinstance(tree, QTreeView) and tree.isExpanded(QModelIndex(index))  # type: ignore[arg-type]
            painter.drawPixmap(16, int(area.y()) + 8, pixmap("caret-down" if open_ else "caret-right", "text3", 12))
            painter.setFont(font("small_strong"))
            painter.setPen(color("text3"))
            painter.drawText(area.adjusted(36, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, node.text)
        painter.restore()

    def _paint_thing(self, painter: QPainter, area: QRectF, node: Node, option: QStyleOptionViewItem) -> None:
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("tint" if chosen else "hover"))
            painter.drawRoundedRect(area.adjusted(8, 0, -8, 0), 6, 6)
        ink = "on_tint" if chosen else "text"
        painter.drawPixmap(36, int(area.y()) + 6, pixmap(node.icon, "on_tint" if chosen else node.icon_role, 16))
        right = area.right() - 19
        if node.note:
            painter.setFont(font("small"))
            painter.setPen(color("on_tint" if chosen else "text3"))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(QRectF(area.x(), area.y(), right - area.x(), area.height()), flags, node.note)
            right -= QFontMetrics(font("small")).horizontalAdvance(node.note) + 6
        face = font("medium" if chosen else "body")
        painter.setFont(face)
        painter.setPen(color(ink))
        room = right - 60
        text = QFontMetrics(face).elidedText(node.text, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(60, area.y(), room + 2, area.height()), Qt.AlignmentFlag.AlignVCenter, text)


class ExplorerTree(QTreeView):
    """The tree. Enter or a click opens; a click on a group folds it."""

    chosen = Signal(object)
    """The Node that is to be opened."""
    menu_asked = Signal(object, QPoint)
    """The menu of a Node is wanted, at a place of the screen."""

    def __init__(self, model: ExplorerModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(_RowPainter(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setExpandsOnDoubleClick(False)
        self.expandAll()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.clicked.connect(self._clicked)
        self.activated.connect(self._open)

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Project"))

    def _clicked(self, index: QModelIndex) -> None:
        if index.data(NodeRole).kind:
            self._open(index)
        else:
            self.setExpanded(index, not self.isExpanded(index))

    def _ask_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if not index.isValid():  # by key: it is the current one's
            index = self.currentIndex()
            at = self.visualRect(index).bottomLeft()
        node = index.data(NodeRole)
        if node is not None and node.kind:
            self.menu_asked.emit(node, self.viewport().mapToGlobal(at))

    def _open(self, index: QModelIndex) -> None:
        node = index.data(NodeRole)
        if node is not None and node.kind:
            self.chosen.emit(node)


class _Head(Box):
    """The dock's title bar, by which it is moved. A dock asks for the hint, not for the fixed height."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.maximumHeight())  # the rail is narrower than a name


class Explorer(QWidget):
    """What stands in the dock: name and tree, or the rail."""

    chosen = Signal(object)
    menu_asked = Signal(object, QPoint)
    project_menu_asked = Signal(object)
    """The project's menu is wanted below this widget."""

    def __init__(self, model: ExplorerModel) -> None:
        super().__init__()
        self._model = model
        self.name = ElidedLabel("", "strong")
        self.menu_button = IconButton("caret-down", lambda: tr("Project"), height=28)
        self.menu_button.icon_px = 12
        self.menu_button.clicked.connect(lambda: self.project_menu_asked.emit(self.menu_button))
        self.head = _Head("h", [IconLabel("folder-notch-open"), 8], margins=(16, 0, 8, 0), fill="chrome")
        self.head.box.addWidget(self.name, 1)
        self.head.add(self.menu_button)
        self.head.setFixedHeight(36)
        self.tree = ExplorerTree(model)
        self.tree.chosen.connect(self.chosen)
        self.tree.menu_asked.connect(self.menu_asked)
        whole = Box("v", [8], fill="chrome", margins=(0, 0, 0, 8))
        whole.box.addWidget(self.tree, 1)
        self._rail = Box("v", margins=(6, 6, 6, 6), gap=4, fill="chrome")
        self._rail_buttons: dict[str, IconButton] = {}
        self._fill_rail()
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(self._rail)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.set_narrow(False)

    def set_name(self, name: str) -> None:
        """The project's name at the top."""
        self.name.set_text(name)

    def set_narrow(self, narrow: bool) -> None:
        """Fold to a rail of icons, or show the tree."""
        self._stack.setCurrentIndex(1 if narrow else 0)
        self.head.setFixedHeight(0 if narrow else 36)
        if narrow:
            self.setFixedWidth(size("explorer_rail"))
        else:
            self.setMinimumWidth(size("explorer"))
            self.setMaximumWidth(480)

    def narrow(self) -> bool:
        """Whether the rail is shown."""
        return self._stack.currentIndex() == 1

    def rail_button(self, group: str) -> IconButton:
        """The rail's button of a group."""
        return self._rail_buttons[group]

    def sizeHint(self) -> QSize:
        return QSize(size("explorer_rail") if self.narrow() else size("explorer"), 400)

    def select(self, node_id: str) -> None:
        """Mark what the page in front shows."""
        index = self._model.find(node_id)
        if index.isValid():
            self.tree.setCurrentIndex(index)
        else:
            self.tree.clearSelection()
            self.tree.setCurrentIndex(QModelIndex())

    def _fill_rail(self) -> None:
        titles = {
            "data": lambda: tr("Data"),
            "runs": lambda: tr("Runs"),
            "models": lambda: tr("Models"),
            "deployed": lambda: tr("Deployed"),
            "chats": lambda: tr("Chats"),
        }
        project = IconButton("folder-notch-open", lambda: tr("Project"), height=36)
        project.clicked.connect(lambda: self.project_menu_asked.emit(project))
        self._rail.add(project)
        for group in GROUPS:
            button = IconButton(_GROUP_ICONS[group], titles[group], height=36)
            button.clicked.connect(lambda _=False, g=group: self.group_menu(g).popup(self._beside(g)))
            self._rail_buttons[group] = button
            self._rail.add(button)
        self._rail.add("s")

    def group_menu(self, group: str) -> QMenu:
        """A menu of a group's things, for the rail."""
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        node = self._model.node(self._model.find(group))
        for child in node.children:
            mark = icon(child.icon, child.icon_role) if child.icon else QIcon()
            text = f"{child.text}\t{child.note}" if child.note else child.text
            action = menu.addAction(mark, text)
            action.triggered.connect(lambda _=False, c=child: self.chosen.emit(c))
        if not node.children:
            menu.addAction(tr("Nothing here yet")).setEnabled(False)
        return menu

    def _beside(self, group: str) -> QPoint:
        button = self._rail_buttons[group]
        return button.mapToGlobal(button.rect().topRight())
