"""Splitting, sampling and merging from the window: previews in a thread, the work with progress and Stop, and Undo."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.controllers.versions import edit_set
from services.datasets.choosing import ByHand, Chosen, How, choose, values_of
from services.datasets.copying import Progress
from services.datasets.merging import Merged, MergePlan, merge, plan_merge
from services.datasets.names import free_variant, new_name
from services.datasets.query import parse_filter, select
from services.datasets.splitting import Split, split
from services.datasets.store import DatasetStore
from services.projects.dataset_files import TrashItem, remove_dataset

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


class PartsController:
    """Works on one data set, beside the page that may hold it. What is slow says so and is called in a thread."""

    def __init__(self, window: "MainWindow", name: str) -> None:
        assert window.project is not None
        self._window, self.project, self.name = window, window.project, name
        self.stop = threading.Event()

    @property
    def path(self) -> Path:
        """The set's file."""
        return self.project.dataset_path(self.name)

    def free(self, base: str) -> str:
        """A name that is not taken."""
        return free_variant(self.project, base)

    def check_name(self, name: str) -> None:
        """DatasetError if a new set cannot have this name."""
        new_name(self.project, name)

    def facts(self) -> tuple[int, list[str], dict[str, int]]:
        """Rows, columns, and the tags with their counts. Slow."""
        with DatasetStore.open(self.path, read_only=True) as store:
            return store.count(), store.columns, store.tag_counts()

    def values(self, column: str) -> list[tuple[str, int]]:
        """What a column holds and how often; [] if there are too many. Slow."""
        with DatasetStore.open(self.path, read_only=True) as store:
            return values_of(store, column)

    def choose(self, how: How | str, stop: threading.Event, *, together: bool = False) -> Chosen:
        """Choose rows; a str is a filter in words. Slow."""
        with DatasetStore.open(self.path, read_only=True) as store:
            if isinstance(how, str):
                wanted = parse_filter(how, store.columns, store.mapping)
                ids = tuple(int(i) for batch in select(store, wanted, stop=stop) for i in batch)
                how = ByHand(ids, together)
            return choose(store, how, stop=stop)

    def split(
        self, chosen: Chosen, into: str, note: str, *, move: bool, progress: Progress,
        done: Callable[[Split], None], failed: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        """Make the new set; done or failed is told on the window's thread."""
        path = self.project.dataset_path(into)

        def work(store: DatasetStore) -> Split:
            return split(store, chosen, path, move=move, note=note, progress=progress, stop=self.stop)

        if move:
            edit_set(self._window, self.name, work, done, failed)
            return

        def copied() -> Split:
            with DatasetStore.open(self.path, read_only=True) as store:
                return work(store)

        from desktop.threads import run_in_thread

        run_in_thread(self._window, copied, done, failed)

    def undo(self, made: Split, done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        """Put the rows back here and the new set into the trash. Done is told the TrashItem."""
        project = self.project

        def work(store: DatasetStore) -> TrashItem:
            if made.revision is not None and store.revision == made.revision:
                store.undo()
            return remove_dataset(project, made.path.stem)

        edit_set(self._window, self.name, work, done, failed)


class MergeController:
    """Merging sets of the open project. Both calls are slow."""

    def __init__(self, window: "MainWindow") -> None:
        assert window.project is not None
        self.project = window.project
        self.stop = threading.Event()

    def plan(self, names: list[str]) -> MergePlan:
        """How their columns match. DatasetError if they don't."""
        with ExitStack() as stack:
            return plan_merge([self._open(stack, name) for name in names])

    def merge(self, names: list[str], into: str, source_column: str, *, drop_equal: bool, progress: Progress) -> Merged:
        """Make the set `into`."""
        path = self.project.dataset_path(new_name(self.project, into))
        with ExitStack() as stack:
            stores = [self._open(stack, name) for name in names]
            return merge(
                stores, path, source_column=source_column, drop_equal=drop_equal, progress=progress, stop=self.stop
            )

    def _open(self, stack: ExitStack, name: str) -> DatasetStore:
        return stack.enter_context(DatasetStore.open(self.project.dataset_path(name), read_only=True))
