"""The window: menus, explorer, tabs, inspector, jobs and status, around the pages.

What a page may ask of it: project, read_only, session, supervisor, settings, page, open_page, show_error, run_command,
refresh_commands, toast, import_files. Nothing else here is for pages.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop import threads
from desktop.actions import Actions
from desktop.commands import commands
from desktop.controllers.card_watch import CardNow, CardWatch
from desktop.controllers.downloads import Downloads
from desktop.controllers.found_rows import FoundRows
from desktop.controllers.session import Session, window_memory
from desktop.frame import Frame
from desktop.memory import keep_place, keep_tabs, reopen_tabs, restore_place
from desktop.start_up import chosen_language, use_settings
from desktop.theme import theme
from desktop.theme.apply import dress
from desktop.views import available, page_class
from desktop.views.page import Page
from desktop.widgets.dialog import Dialog
from desktop.widgets.text import Text, renew
from desktop.widgets.toast import Toast
from services.errors import TunesmithError, our_fault
from services.i18n import language, set_language, tr
from services.settings import Settings, load_settings, save_settings

if TYPE_CHECKING:
    from services.projects.project import Project

log = logging.getLogger("tunesmith.window")


class MainWindow(QWidget):
    """One project a window."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or load_settings()
        self.session = Session(self)
        self.actions_ = Actions(self)
        self.frame = Frame(self)
        self.actions_.fill(self.frame.menu_row.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self._toast: Toast | None = None
        self._language = language()
        self.session.contents_changed.connect(self.refresh)
        self.session.job_changed.connect(self._job_changed)
        theme.changed.connect(self._dressed)
        self.watch = CardWatch(self)
        self.watch.now.connect(self._card)
        self.card: CardNow | None = None
        self.downloads = Downloads(self)
        self.found_rows = FoundRows(self)
        self.downloads.changed.connect(self.frame.show_jobs)
        self.downloads.arrived.connect(self._model_arrived)
        restore_place(self)
        self.frame.project_changed()
        self.refresh()

    # ---- what pages use ------------------------------------------------------------------------------------------

    @property
    def project(self) -> "Project | None":
        """The open project."""
        return self.session.project

    @property
    def read_only(self) -> bool:
        """Another window holds the project: nothing may be written."""
        return self.session.read_only

    @property
    def supervisor(self) -> Any:
        """The JobSupervisor of the open project, or None."""
        return self.session.supervisor

    @property
    def page(self) -> Page | None:
        """The page in front."""
        return self.frame.tabs.current()

    def open_page(self, kind: str, key: str = "", *, front: bool = True) -> Page | None:
        """Open a page (or bring it to the front); a dialog that registered as a page opens over the window.

        Returns the page, or None for a dialog, or if there is no such page or it could not be made (which is said).
        """
        tabs = self.frame.tabs
        found = tabs.page_of(f"{kind}:{key}") or next((p for p in tabs.pages() if p.kind == kind and p.one_tab), None)
        if found is not None:
            if found.one_tab:
                found.turn_to(key)
            if front:
                self.frame.tabs.show_page(found)
            return found
        try:
            made = page_class(kind)(self, key)
        except TunesmithError as error:
            self.show_error(error)
            return None
        except KeyError:
            if kind in available():
                raise
            log.warning("there is no page %s", kind)
            return None
        if isinstance(made, Dialog):
            made.open()
            return None
        made.changed.connect(self.refresh_commands)
        made.inspector_changed.connect(self.frame.show_inspector)
        made.state_text_changed.connect(self.frame.show_state)
        made.retranslate()
        made.restyle()
        self.frame.tabs.open(made, front=front)
        return made

    def explain(self, error: Exception) -> tuple[TunesmithError, Text]:
        """An error as a person should meet it, and the text of its button. Faults of ours go to the log in full."""
        if not isinstance(error, TunesmithError):
            log.error("a fault of ours", exc_info=error)
            error = our_fault()
        command = commands.get(error.action) if error.action in commands else None
        return error, (command.text if command is not None else "")

    def show_error(self, error: Exception) -> None:
        """Say an error at the top of the page in front, or of the window if there is none."""
        if self.page is not None:
            self.page.show_error(error)
        else:
            plain, action = self.explain(error)
            self.frame.banner.show_error(plain, action)

    def run_command(self, command_id: str) -> None:
        """Do a command, if it may be done now."""
        if command_id not in commands:
            log.warning("there is no command %s", command_id)
            return
        command = commands.get(command_id)
        if not command.enabled_when(self):
            return
        try:
            command.run(self)
        except Exception as error:  # noqa: BLE001 (the last place before the person)
            self.show_error(error)
        self.refresh_commands()

    def refresh_commands(self) -> None:
        """Enable what can be done now; pages say `changed` instead of calling this."""
        self.actions_.refresh()

    def toast(self, text: Text, **kw: Any) -> Toast:
        """Say a word about what has been done; see desktop.widgets.toast.Toast for icon and Undo."""
        if self._toast is not None:
            self._toast.go()
        toast = Toast(self, text, **kw)
        self._toast = toast
        toast.destroyed.connect(lambda: self._forget_toast(toast))
        return toast

    def import_files(self, paths: list[str]) -> None:
        """Bring files of examples in, making a project first if none is open."""
        from desktop.controllers.importing import import_files

        import_files(self, [Path(p) for p in paths])

    def look_again(self) -> None:
        """Something in the project is other now (rows, chats, exports): explorer and road follow in a moment."""
        self.session.look_soon()

    # ---- projects ------------------------------------------------------------------------------------------------

    def open_project(self, folder: Path) -> bool:
        """Open a project with the tabs it had; whether it could be opened (what stood in the way is said)."""
        keep_tabs(self)
        try:
            self.session.open(folder)
        except TunesmithError as error:
            self.show_error(error)
            return False
        self.frame.tabs.close_all()
        self.frame.banner.clear()
        self.frame.project_changed()
        reopen_tabs(self)
        self.refresh()
        return True

    def close_project(self) -> None:
        """Back to the start page."""
        keep_tabs(self)
        self.frame.tabs.close_all()
        self.session.close()
        window_memory().remove("last_project")
        self.frame.banner.clear()
        self.frame.project_changed()
        self.refresh()

    # ---- look ----------------------------------------------------------------------------------------------------

    def set_theme(self, choice: str) -> None:
        """Take 'system', 'light' or 'dark', now and next time."""
        self.settings.theme = choice
        dress(choice, language())
        self.save_settings()

    def set_language(self, choice: str) -> None:
        """Take 'system', 'en' or 'zh', now and next time."""
        self.settings.language = choice
        set_language(chosen_language(choice))
        dress(self.settings.theme, language())
        self.save_settings()

    def save_settings(self) -> None:
        """Keep the settings and let them take effect; what stands in the way is said."""
        use_settings(self.settings)
        try:
            save_settings(self.settings)
        except TunesmithError as error:
            self.show_error(error)

    def refresh(self) -> None:
        """Draw everything that depends on project, page and jobs."""
        name = self.project.name if self.project is not None else ""
        self.setWindowTitle(f"{name} · Tunesmith" if name else "Tunesmith")
        self.frame.refresh()
        self.refresh_commands()

    def begin(self) -> None:
        """After the first paint: begin to read the card, and look whether models are on their way."""
        self.watch.start()
        self.downloads.look()

    def shut_down(self) -> None:
        """Let everything go; called once, when the window closes."""
        keep_tabs(self)
        keep_place(self)
        self.watch.stop()
        self.downloads.end()
        self.frame.tabs.close_all()
        self.session.close()
        threads.finish()

    # ---- events --------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame.window_resized()
        if self._toast is not None:
            self._toast.place()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.take_files(paths))  # the other program waits until this returns

    def take_files(self, paths: list[str]) -> None:
        """Files were dropped: a project folder opens, the page may take them, else they are examples."""
        if len(paths) == 1 and (Path(paths[0]) / "project.toml").is_file():
            self.open_project(Path(paths[0]))
        elif paths and not (self.page is not None and self.page.drop_files(paths)):
            self.import_files(paths)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _job_changed(self, job_id: str) -> None:
        self.frame.show_jobs()
        for page in self.frame.tabs.pages():
            page.job_changed(job_id)

    def _model_arrived(self, model: str) -> None:
        self.look_again()
        shows = self.page is not None and self.page.kind == "models"
        self.toast(
            lambda: tr("{name} is here.", name=model),
            action=lambda: tr("Show it"),
            run=None if shows else lambda: self.open_page("models", model),
        )

    def _card(self, now: CardNow) -> None:
        self.card = now
        self.frame.status.show_card(now)

    def _dressed(self) -> None:
        spoken = language()
        renew(self, language=spoken != self._language)
        self.actions_.restyle()
        if spoken != self._language:
            self._language = spoken
            self.frame.explorer_model.retranslate()
            self.actions_.retranslate()
        self.refresh()

    def _forget_toast(self, toast: Toast) -> None:
        if self._toast is toast:
            self._toast = None
