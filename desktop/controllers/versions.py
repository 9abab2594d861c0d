"""What the versions page asks of a data set: its versions with what changed in each, what differs, and edits."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from desktop.threads import run_in_thread
from desktop.widgets.diff_panel import ShownCell
from services.datasets.difference import Counts, Difference
from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from services.datasets.used_by import uses
from services.datasets.values import ABSENT
from services.datasets.wording import sides
from services.i18n import N_, tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

T = TypeVar("T")

NOW, START = "now", "start"
_LARGE = 1 << 30


@dataclass(frozen=True)
class Place:
    """A state that can be looked at. id: NOW, START, or 'v:' and a version's name. time: seconds since 1970, 0 if not
    known. runs: job ids that read it."""

    id: str
    name: str
    revision: int
    time: float = 0.0
    note: str = ""
    rows: int = 0
    runs: tuple[str, ...] = ()

    def title(self) -> str:
        """Its name, in the language in use."""
        return {NOW: tr("Now"), START: tr("As imported")}.get(self.id, self.name)

    @property
    def is_version(self) -> bool:
        """Whether it has a name that a person gave."""
        return self.id.startswith("v:")


class VersionsController:
    """Reads one data set beside whoever edits it."""

    def __init__(self, window: "MainWindow", name: str) -> None:
        assert window.project is not None
        self._window, self.project, self.name = window, window.project, name
        self.store = DatasetStore.open(self.project.dataset_path(name), read_only=True)
        self.stop = threading.Event()

    def close(self) -> None:
        """Let the file go."""
        self.stop.set()
        self.store.close()

    def places(self) -> list[Place]:
        """Now, the versions from new to old, and the import. Slow: reads the requests of all jobs."""
        store, runs = self.store, dict[int, list[str]]()
        for use in uses(self.project, self.name):
            if use.revision is not None:
                runs.setdefault(use.revision, []).append(use.job_id)
        found = [Place(NOW, "", store.revision, rows=store.count(), runs=tuple(runs.get(store.revision, ())))]
        for v in reversed(store.versions()):
            rows = store.count_at(v.revision)
            found.append(
                Place(f"v:{v.name}", v.name, v.revision, v.time, v.note, rows, tuple(runs.get(v.revision, ())))
            )
        imported = float(store.fact("imported") or 0)
        return [*found, Place(START, "", 0, imported, rows=store.count_at(0), runs=tuple(runs.get(0, ())))]

    def counts(self, places: list[Place], tell: Callable[[str, Counts], None]) -> None:
        """Tell, place by place, how much it differs from the one before it. Slow."""
        for place, former in pairwise(places):
            if self.stop.is_set():
                return
            tell(place.id, self.difference(former, place).counts)

    def difference(self, before: Place, after: Place) -> Difference:
        """What differs. Slow."""
        return Difference(self.store, before.revision, after.revision, self.stop)

    def cells(self, found: Difference, entry: int) -> list[ShownCell]:
        """A row's cells that differ, marked word by word. Slow."""
        mapping = self.store.mapping_at(found.goal)
        out = []
        for cell in found.cells(entry):
            old, new = sides(cell.before, cell.after, mapping)
            out.append(
                ShownCell(
                    cell.column.name, None if cell.before is ABSENT else old, None if cell.after is ABSENT else new
                )
            )
        return out


def edit_set(
    window: "MainWindow",
    name: str,
    work: Callable[[DatasetStore], T],
    done: Callable[[T], None],
    failed: Callable[[Exception], None],
) -> None:
    """Edit a data set in a thread: by the page that holds it, which then shows the new state, or by opening it."""
    page: Any = window.frame.tabs.page_of(f"dataset:{name}")
    if page is None:
        path = window.project.dataset_path(name) if window.project is not None else None
        assert path is not None
        run_in_thread(window, lambda: _opened(path, work), done, failed)
        return
    outcome: list[Any] = []

    def edit() -> None:
        try:
            outcome.append((True, work(page.controller.store)))
        except Exception as error:  # noqa: BLE001 (handed to who asked, on the window's thread)
            outcome.append((False, error))

    def made() -> None:
        ok, found = outcome[0]
        (done if ok else failed)(found)

    if not page.model.do(edit, _LARGE, made):
        failed(_busy(name, page.controller.store))


def _opened(path: Any, work: Callable[[DatasetStore], T]) -> T:
    with DatasetStore.open(path) as store:
        if store.read_only:
            raise DatasetError(store.notice, way_out=N_("Close it there first."))
        return work(store)


def _busy(name: str, store: DatasetStore) -> DatasetError:
    if store.read_only:
        return DatasetError(store.notice or N_("This data set is opened for reading."))
    return DatasetError(N_("{name} is just being edited."), way_out=N_("Wait a moment and do it again."), name=name)
