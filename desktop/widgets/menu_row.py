"""The top of the window: the menus, and the field that opens the palette."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QPushButton, QSizePolicy

from desktop.theme import color, font, pixmap, size
from desktop.theme.qss import menu_bar_sheet
from desktop.widgets.boxes import Box
from services.i18n import tr


class FindField(QPushButton):
    """Looks like a field, opens the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(28)
        self.setMinimumWidth(160)
        self.setMaximumWidth(288)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Find anything"))

    def sizeHint(self) -> QSize:
        return QSize(288, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("edge" if self.underMouse() else "soft"), 1))
        painter.setBrush(color("page"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.drawPixmap(10, 6, pixmap("magnifying-glass", "text3", 16))
        painter.setPen(color("text3"))
        painter.setFont(font("body"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(34, 0, -60, 0), middle, tr("Find anything"))
        painter.setFont(font("small"))
        painter.drawText(self.rect().adjusted(0, 0, -10, 0), middle | Qt.AlignmentFlag.AlignRight, "Ctrl+K")
        painter.end()


class MenuRow(Box):
    """Menu bar and find field, 40 px with a hairline below."""

    def __init__(self) -> None:
        super().__init__("h", margins=(0, 0, 12, 1), fill="chrome", line="hair", sides="b")
        self.setFixedHeight(size("menu_bar"))
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.bar.setFixedHeight(36)
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.find_field = FindField()
        layout = self.box
        assert isinstance(layout, QHBoxLayout)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.find_field)
        self.restyle()

    def restyle(self) -> None:
        self.bar.setFont(font("body"))
        self.bar.setStyleSheet(menu_bar_sheet())
