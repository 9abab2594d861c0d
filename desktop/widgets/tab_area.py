"""The middle of the window: tabs, the road below them, and the page in front."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop.actions import round_menu
from desktop.theme import font, icon, size
from desktop.theme.qss import tab_bar_sheet
from desktop.views.page import Page
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import IconButton
from desktop.widgets.road_strip import RoadStrip
from services.i18n import tr


class TabArea(QWidget):
    """Pages in tabs. Without any, `home` (the start page) or `empty` stands there alone."""

    changed = Signal(object)
    """The page now in front, or None."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setMovable(True)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideRight)
        self.bar.setIconSize(QSize(16, 16))
        self.bar.setFixedHeight(size("tab"))
        self.bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.bar.customContextMenuRequested.connect(self._menu)
        self.bar.currentChanged.connect(self._front)
        self.bar.tabMoved.connect(self._moved)
        self.strip = Box("h", margins=(0, 0, 0, 1), fill="chrome", line="hair", sides="b")
        self.strip.box.addWidget(self.bar, 1)
        self.strip.setFixedHeight(size("tab"))
        self.road = RoadStrip()
        self.stack = QStackedWidget()
        self._pages: list[Page] = []
        self._home: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.road)
        layout.addWidget(self.stack, 1)
        self.strip.hide()
        self.road.hide()
        self.restyle()

    def set_home(self, widget: QWidget) -> None:
        """What stands here while no page is open."""
        if self._home is not None:
            self.stack.removeWidget(self._home)
            self._home.hide()
            self._home.deleteLater()
        self._home = widget
        self.stack.addWidget(widget)
        if not self._pages:
            self.stack.setCurrentWidget(widget)

    def home(self) -> QWidget | None:
        """The widget that stands here while no page is open."""
        return self._home

    def pages(self) -> list[Page]:
        """Open pages in the order of their tabs."""
        return list(self._pages)

    def current(self) -> Page | None:
        """The page in front."""
        index = self.bar.currentIndex()
        return self._pages[index] if 0 <= index < len(self._pages) else None

    def page_of(self, page_id: str) -> Page | None:
        """An open page by its identity."""
        return next((p for p in self._pages if p.id == page_id), None)

    def open(self, page: Page, *, front: bool = True) -> None:
        """Put a page into a new tab."""
        self.stack.addWidget(page)
        self._pages.append(page)
        page.title_changed.connect(lambda: self.renew(page))
        self.bar.blockSignals(True)
        index = self.bar.addTab(page.title())
        cross = IconButton("x", lambda: tr("Close"), height=20, icon_role="text3")
        cross.icon_px = 12
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(lambda: self.close_page(page))
        self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, cross)
        self.bar.blockSignals(False)
        self.strip.show()
        if front or len(self._pages) == 1:
            self.show_page(page)
        self.renew(page)

    def show_page(self, page: Page) -> None:
        """Bring a page to the front."""
        index = self._pages.index(page)
        if self.bar.currentIndex() == index:
            self._front(index)
        else:
            self.bar.setCurrentIndex(index)

    def close_page(self, page: Page) -> bool:
        """Close a tab, if its page may close."""
        if page not in self._pages or not page.may_close():
            return False
        index = self._pages.index(page)
        self._pages.remove(page)
        self.bar.blockSignals(True)
        self.bar.removeTab(index)
        self.bar.blockSignals(False)
        page.closing()
        self.stack.removeWidget(page)
        page.hide()
        page.deleteLater()
        self.strip.setVisible(bool(self._pages))
        self._front(self.bar.currentIndex())
        return True

    def close_all(self) -> None:
        """Close every tab, whatever it says."""
        for page in list(self._pages):
            page.closing()
            self.stack.removeWidget(page)
            page.hide()
            page.deleteLater()
        self._pages.clear()
        self.bar.blockSignals(True)
        while self.bar.count():
            self.bar.removeTab(0)
        self.bar.blockSignals(False)
        self.strip.hide()
        self._front(-1)

    def renew(self, page: Page) -> None:
        """Draw a page's tab again."""
        if page not in self._pages:
            return
        index = self._pages.index(page)
        front = index == self.bar.currentIndex()
        self.bar.setTabText(index, page.title().replace("&", "&&"))
        self.bar.setTabToolTip(index, page.title())
        self.bar.setTabIcon(index, icon(page.icon_name(), page.icon_role() or ("accent" if front else "text3")))

    def retranslate(self) -> None:
        for page in self._pages:
            self.renew(page)

    def restyle(self) -> None:
        self.bar.setFont(font("body"))
        self.bar.setStyleSheet(tab_bar_sheet())
        self.retranslate()

    def _front(self, index: int) -> None:
        page = self._pages[index] if 0 <= index < len(self._pages) else None
        if page is not None:
            self.stack.setCurrentWidget(page)
        elif self._home is not None:
            self.stack.setCurrentWidget(self._home)
        for other in self._pages:
            self.renew(other)
        self.changed.emit(page)
        if page is not None:
            page.shown()

    def _moved(self, old: int, new: int) -> None:
        self._pages.insert(new, self._pages.pop(old))

    def _menu(self, point: QPoint) -> None:
        index = self.bar.tabAt(point)
        if index < 0:
            return
        page = self._pages[index]
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Close")).triggered.connect(lambda: self.close_page(page))
        others = [p for p in self._pages if p is not page]
        action = menu.addAction(tr("Close the others"))
        action.setEnabled(bool(others))
        action.triggered.connect(lambda: [self.close_page(p) for p in others])
        menu.popup(self.bar.mapToGlobal(point))
