"""What a page is: the contract between the window and everything that stands in its tabs.

    @pages.add("dataset")
    class DatasetPage(Page):
        kind = "dataset"
        icon = "table"

        def __init__(self, window: MainWindow, key: str) -> None:
            super().__init__(window, key)
            self.content.addWidget(...)           # below the error banner

        def title(self) -> str: ...

The window calls retranslate() after a change of language and restyle() after one of theme (shared widgets renew
themselves, see desktop.widgets.text.renew); paints with `color(...)` need neither. A page talks to services through its
controller (desktop/controllers/KIND.py) and does slow things by `self.run(fn, done)`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.commands import Command
from desktop.theme import color, size
from desktop.threads import Task, run_in_thread
from desktop.widgets.error_panel import Banner

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

T = TypeVar("T")


class Page(QWidget):
    """A page in a tab. kind and key make its identity: opening the same again shows the same tab."""

    kind: ClassVar[str] = ""
    icon: ClassVar[str] = "file"
    """Phosphor name for its tab."""
    road_step: ClassVar[str] = ""
    """Step of the road that this page is: 'examples', 'train', 'try', 'deploy', or ''."""
    fills_primary: bool = False
    """The page has its own filled button, so the road shows only its sentence."""
    one_tab: ClassVar[bool] = False
    """Its key is what it shows at the moment: opening another key turns the page that is open, by turn_to()."""
    inspector_width: ClassVar[int] = size("inspector")

    title_changed = Signal()
    """Title, icon or icon role are others now."""
    changed = Signal()
    """What its commands may do is other now (can undo, has a selection ...)."""
    inspector_changed = Signal()
    """inspector() gives another widget now."""
    state_text_changed = Signal()
    """state_text() says something else now."""

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__()
        self.main = window
        self.key = key
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.banner = Banner()
        self.banner.acted.connect(window.run_command)
        outer.addWidget(self.banner)
        self.content = QVBoxLayout()
        """Where a page puts its widgets."""
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(0)
        outer.addLayout(self.content, 1)

    @property
    def id(self) -> str:
        """Identity of the tab: 'dataset:support'."""
        return f"{self.kind}:{self.key}"

    def title(self) -> str:
        """Words on the tab, in the language in use."""
        return self.key or self.kind

    def icon_name(self) -> str:
        """Icon of the tab now (a failed run shows another)."""
        return self.icon

    def icon_role(self) -> str:
        """Colour role of the tab's icon; '' for the usual: accent in front, else text3."""
        return ""

    def commands(self) -> list[Command]:
        """Commands that exist only while this page is in front; the palette shows them first. Most commands belong
        into desktop/commands/ instead, enabled by `on_page`."""
        return []

    def show_as_command(self) -> tuple[str, str]:
        """The `tunesmith ...` line that does the same as this page, and the YAML it reads ('' for none)."""
        return ("", "")

    def inspector(self) -> QWidget | None:
        """What stands in the inspector dock while this page is in front; None hides the dock. The page keeps it."""
        return None

    def state_text(self) -> tuple[str, str]:
        """(icon, words) at the right of the status bar: ('check', 'Saved · version 12')."""
        return ("", "")

    def search(self, words: str) -> list[tuple[str, str, Callable[[], None]]]:
        """Rows for the palette: (title, note, what Enter does). Called on the window's thread: under 50 ms."""
        return []

    def turn_to(self, key: str) -> None:
        """Show another thing; only asked of pages with one_tab. '' leaves what is shown."""

    def shown(self) -> None:
        """The page has come to the front."""

    def may_close(self) -> bool:
        """Whether its tab may close now. Never asks what can be undone."""
        return True

    def closing(self) -> None:
        """The tab is about to go: stop threads and timers, let files go."""

    def state(self) -> dict[str, Any]:
        """Where the person was (row, scroll, filter), in plain data; kept when the window closes."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to where state() was."""

    def drop_files(self, paths: list[str]) -> bool:
        """Files were dropped on the page; whether it took them."""
        return False

    def job_changed(self, job_id: str) -> None:
        """A job's summary is new: self.main.supervisor.summary(job_id)."""

    def retranslate(self) -> None:
        """The language is another: renew words that no shared widget renews."""

    def restyle(self) -> None:
        """Theme or fonts are others: renew kept icons and fonts."""

    def run(
        self,
        fn: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Task:
        """Run fn off the window's thread; errors arrive at show_error unless failed takes them."""
        return run_in_thread(self, fn, done, failed or self.show_error)

    def show_error(self, error: Exception) -> None:
        """Say an error at the top of the page: a TunesmithError as it is, anything else as our own fault."""
        plain, action = self.main.explain(error)
        self.banner.show_error(plain, action)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("page"))
        painter.end()
