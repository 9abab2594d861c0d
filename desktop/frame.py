"""What stands around the pages: menu row, docks, jobs, status; and what each shows of project, page and jobs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QScrollArea, QVBoxLayout, QWidget

from desktop.actions import round_menu
from desktop.commands import in_menu
from desktop.controllers.downloads import PREFIX
from desktop.models.explorer import ExplorerModel, Node
from desktop.palette_sources import palette_sources
from desktop.theme import color, size
from desktop.views import available
from desktop.widgets.error_panel import Banner
from desktop.widgets.explorer import Explorer
from desktop.widgets.jobs_strip import JobsStrip
from desktop.widgets.menu_row import MenuRow
from desktop.widgets.palette import Palette
from desktop.widgets.status_bar import StatusBar
from desktop.widgets.tab_area import TabArea
from services import __version__
from services.i18n import language, tr
from services.projects.contents import Contents
from services.projects.road import Road, road

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

NARROW_BELOW = 1360  # px: the explorer folds to a rail


class _Grip(QWidget):
    """The strip by which the inspector is moved: shows itself under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(8)
        self.setCursor(Qt.CursorShape.SizeAllCursor)

    def sizeHint(self) -> QSize:
        return QSize(40, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("chrome"))
        if self.underMouse():
            painter.fillRect(self.width() // 2 - 16, 3, 32, 2, color("soft"))
        painter.end()


class Frame(QWidget):
    """Everything around the pages."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__()
        self._window = window
        self._palette: Palette | None = None
        self.menu_row = MenuRow()
        self.menu_row.find_field.clicked.connect(lambda: window.run_command("view.palette"))
        self.banner = Banner()
        self.banner.acted.connect(window.run_command)
        self.tabs = TabArea()
        self.tabs.changed.connect(lambda _: self._page_changed())
        self.tabs.road.go.connect(window.run_command)
        self.jobs = JobsStrip()
        self.jobs.asked.connect(self._ask_job)
        self.jobs.listed.connect(lambda: window.run_command("view.jobs"))
        self.status = StatusBar()
        self.status.language_asked.connect(lambda: window.run_command("view.language"))
        self.status.theme_asked.connect(lambda: window.run_command("view.theme"))
        self.status.road_asked.connect(self._go_road)
        self.status.state_asked.connect(lambda: window.run_command("dataset.versions"))
        self._road: Road | None = None
        self._build_docks()
        middle = QWidget()
        inner = QVBoxLayout(middle)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.banner)
        inner.addWidget(self.tabs, 1)
        self.docks.setCentralWidget(middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.menu_row, self.docks, self.jobs, self.status):
            layout.addWidget(widget, 1 if widget is self.docks else 0)

    def _build_docks(self) -> None:
        self.docks = QMainWindow()
        self.docks.setWindowFlags(Qt.WindowType.Widget)
        self.docks.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.explorer_model = ExplorerModel(self)
        self.explorer = Explorer(self.explorer_model)
        self.explorer.chosen.connect(self._open_node)
        self.explorer.menu_asked.connect(self._node_menu)
        self.explorer.project_menu_asked.connect(self._project_menu)
        self.explorer_dock = QDockWidget()
        self.explorer_dock.setObjectName("explorer")
        self.explorer_dock.setTitleBarWidget(self.explorer.head)
        self.explorer_dock.setWidget(self.explorer)
        self.inspector_dock = QDockWidget()
        self.inspector_dock.setObjectName("inspector")
        self.inspector_dock.setTitleBarWidget(_Grip())
        self.inspector_area = QScrollArea()
        self.inspector_area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.inspector_area.setWidgetResizable(True)
        self.inspector_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.inspector_area.viewport().setAutoFillBackground(False)
        self.inspector_dock.setWidget(self.inspector_area)
        self._inspected: QWidget | None = None
        self._inspector_wanted = True
        self.docks.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.explorer_dock)
        self.docks.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.inspector_dock)
        self.docks.resizeDocks([self.explorer_dock], [size("explorer")], Qt.Orientation.Horizontal)
        self.explorer_dock.hide()
        self.inspector_dock.hide()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def project_changed(self) -> None:
        """A project was opened or closed."""
        from desktop.views.start import StartPage

        open_ = self._window.project is not None
        self.explorer_dock.setVisible(open_)
        if open_:
            from desktop.views.welcome import ProjectWelcome

            self.tabs.set_home(ProjectWelcome(self._window))
        else:
            self.explorer_model.set_contents(Contents())
            self.tabs.set_home(StartPage(self._window))
        self.show_jobs()

    def refresh(self) -> None:
        """Draw road, explorer, jobs and state."""
        window = self._window
        contents = window.session.contents
        if window.project is not None:
            self.explorer.set_name(window.project.name)
        if contents is not None:
            self.explorer_model.set_contents(contents)
        self.show_road()
        self.show_jobs()
        self.show_state()
        self.mark_page()

    def show_road(self) -> None:
        """The road of the project, above the page or folded into the status bar."""
        contents = self._window.session.contents
        page = self._window.page
        if contents is None or self._window.project is None:
            self._road = None
        else:
            findings = getattr(page, "findings_count", None)
            self._road = road(contents, findings=findings() if callable(findings) else None)
        unfolded = self._road is not None and not self._road.folded and page is not None
        self.tabs.road.setVisible(unfolded)
        if self._road is not None and unfolded and page is not None:
            self.tabs.road.show_road(self._road, page_has_primary=page.fills_primary)
        folded = self._road is not None and self._road.folded
        self.status.show_road(self._road.sentence if folded and self._road is not None else "")

    def show_jobs(self) -> None:
        """The jobs that run or wait."""
        self.jobs.show_jobs([*self._window.session.summaries(), *self._window.downloads.live()])

    def show_state(self) -> None:
        """What the page says of what is saved; the version on the start page."""
        page = self._window.page
        if self._window.read_only:
            self.status.show_state("lock-simple", lambda: tr("Read-only: open in another window"))
        elif page is not None and page.state_text()[1]:
            icon, _ = page.state_text()
            tip = (lambda: tr("Versions and what changed")) if page.kind == "dataset" else ""
            self.status.show_state(icon, lambda: page.state_text()[1], tip=tip)
        else:
            self.status.show_state("", f"Tunesmith {__version__}")

    def show_inspector(self) -> None:
        """The inspector of the page in front, if it has one and it is wanted."""
        page = self._window.page
        widget = page.inspector() if page is not None else None
        if widget is not self._inspected:
            if self._inspected is not None:
                self.inspector_area.takeWidget()
                self._inspected.setParent(None)
            self._inspected = widget
            if widget is not None:
                self.inspector_area.setWidget(widget)
                widget.show()
        show = widget is not None and self._inspector_wanted
        self.inspector_dock.setVisible(show)
        if show and page is not None:
            self._widen(page.inspector_width)

    def _widen(self, wanted_px: int) -> None:
        """Give the inspector what its page needs, and the explorer what it had: neither takes it from the other."""
        docks, widths = [self.inspector_dock], [max(wanted_px, self.inspector_dock.width())]
        self.inspector_area.setMinimumWidth(wanted_px)
        if self.explorer_dock.isVisible():
            docks.insert(0, self.explorer_dock)
            widths.insert(0, self.explorer_dock.width())
        self.docks.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def inspector_wanted(self) -> bool:
        """Whether the person wants to see the inspector."""
        return self._inspector_wanted

    def want_inspector(self, wanted: bool) -> None:
        """Show or hide the inspector from now on."""
        self._inspector_wanted = wanted
        self.show_inspector()

    def window_resized(self) -> None:
        """Fold or unfold the explorer."""
        self.explorer.set_narrow(self._window.width() < NARROW_BELOW)

    def open_palette(self) -> None:
        """The palette, over the window."""
        if self._palette is None:
            self._palette = Palette(self._window, palette_sources(self._window))
            self._palette.closed.connect(self._palette_closed)

    def palette_widget(self) -> Palette | None:
        """The palette, while it is open."""
        return self._palette

    def dock_state(self) -> QByteArray:
        """Where the docks are."""
        return self.docks.saveState(1)

    def restore_docks(self, state: QByteArray) -> None:
        """Put the docks where they were; which of them show is the project's and the page's affair."""
        self.docks.restoreState(state, 1)
        self.explorer_dock.setVisible(self._window.project is not None)
        self.inspector_dock.hide()

    def retranslate(self) -> None:
        self.explorer_dock.setWindowTitle(tr("Explorer"))
        self.inspector_dock.setWindowTitle(tr("Inspector"))
        tip = tr("Switch to English") if language() == "zh" else tr("Switch to Chinese")
        self.status.language.setToolTip(tip)

    # ---- what is done --------------------------------------------------------------------------------------------

    def _page_changed(self) -> None:
        self.show_inspector()
        self.show_road()
        self.show_state()
        self.mark_page()
        self._window.refresh_commands()

    def mark_page(self) -> None:
        """Mark in the explorer what the page in front shows."""
        page = self._window.page
        if page is not None:
            prefix = {"dataset": "data", "run": "run", "chat": "chat", "models": "model"}.get(page.kind, page.kind)
            self.explorer.select(f"{prefix}:{page.key}")

    def _open_node(self, node: Node) -> None:
        if node.kind in available():
            self._window.open_page(node.kind, node.key)

    def _node_menu(self, node: Node, at: QPoint) -> None:
        if node.kind == "dataset":
            from desktop.controllers.dataset_files import popup_set_menu

            popup_set_menu(self._window, node.key, at)

    def _ask_job(self, job_id: str, what: str) -> None:
        supervisor = self._window.supervisor
        if job_id.startswith(PREFIX):
            self._window.downloads.stop(job_id)
        elif supervisor is not None:
            supervisor.ask(job_id, what)

    def _go_road(self) -> None:
        if self._road is not None and self._road.command:
            self._window.run_command(self._road.command)

    def _project_menu(self, below: QWidget) -> None:
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in in_menu("file"):
            if command.id.startswith("project."):
                menu.addAction(self._window.actions_.of(command.id))
        menu.popup(below.mapToGlobal(QPoint(0, below.height())))

    def _palette_closed(self) -> None:
        self._palette = None
