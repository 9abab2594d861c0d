"""Edits of whole rows and of blocks, in a grid that may show only some rows: by position there, by id in the store."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.models.dataset_facts import Facts
from desktop.models.shown_rows import ShownRows
from services.datasets.store import DatasetStore
from services.i18n import N_


def _nothing() -> None:
    """What is called when an edit is made and nobody waits for it."""


class RowEdits:
    """The part of DatasetTableModel that inserts, deletes and moves. Each method is one edit."""

    store: DatasetStore
    shown: ShownRows
    facts: Facts

    if TYPE_CHECKING:  # what the model has

        def rowCount(self) -> int: ...
        def do(
            self,
            edit: Callable[[], Any],
            size: int = 1,
            done: Callable[[], None] = _nothing,
            *,
            keep: Callable[[], None] = _nothing,
        ) -> bool: ...
        def _cells(self, values: dict[tuple[int, int], Any]) -> list[tuple[int, str, Any]]: ...
        def _meant(self, place: tuple[int, int], text: str) -> Any: ...

    def paste(self, texts: dict[tuple[int, int], str]) -> bool:
        """Type texts over cells; rows below the last one are added. One edit."""
        count, width = self.rowCount(), len(self.facts.columns)
        cells = self._cells({at: self._meant(at, text) for at, text in texts.items() if at[0] < count})
        rows: list[dict[str, Any]] = []
        for (position, column), text in sorted(texts.items()):
            while position >= count and len(rows) <= position - count:
                rows.append(dict.fromkeys(self.facts.columns, ""))
            if position >= count and column < width:
                rows[position - count][self.facts.columns[column]] = self._meant((position, column), text)
        size, store, at, made = len(cells) + len(rows) * width, self.store, self.facts.count, list[int]()
        return size > 0 and self.do(
            lambda: made.extend(store.paste(cells, at, rows)), size, keep=lambda: self.shown.add(count, made)
        )

    def insert(self, at: int, rows: list[dict[str, Any]], done: Callable[[], None] = _nothing) -> bool:
        """Insert rows before a position."""
        store, number, made = self.store, self.shown.number(at), list[int]()
        return self.do(
            lambda: made.extend(store.insert_rows(number, rows)), len(rows), done,
            keep=lambda: self.shown.add(at, made),
        )  # fmt: skip

    def delete(self, spans: list[range], done: Callable[[], None] = _nothing) -> bool:
        """Delete the rows at positions; done: called when they are gone."""
        store, size, ids = self.store, sum(map(len, spans)), self.shown.ids(spans)
        return size > 0 and self.do(lambda: store.delete_rows(ids), size, done)

    def duplicate(self, spans: list[range], done: Callable[[], None] = _nothing) -> bool:
        """Copy rows to below the last of them."""
        store, size, ids, made = self.store, sum(map(len, spans)), self.shown.ids(spans), list[int]()
        if not spans:
            return False
        below, number = spans[-1].stop, self.shown.number(spans[-1].stop - 1) + 1

        def edit() -> None:
            rows = [dict(row.values) for row in store.rows_of(ids)]
            made.extend(store.insert_rows(number, rows, N_("Duplicate rows")))

        return size > 0 and self.do(edit, size, done, keep=lambda: self.shown.add(below, made))

    def move(self, spans: list[range], by: int, done: Callable[[], None] = _nothing) -> bool:
        """Move rows up (-1) or down (+1), as one block."""
        if not spans or spans[0].start + by < 0 or spans[-1].stop + by > self.rowCount():
            return False
        return self.move_to(spans, spans[0].start - 1 if by < 0 else spans[-1].stop + 1, done)

    def move_to(self, spans: list[range], at: int, done: Callable[[], None] = _nothing) -> bool:
        """Move rows, as one block, to before the row that is shown at a position. Not while they are sorted."""
        store, size, ids = self.store, sum(map(len, spans)), self.shown.ids(spans)
        if not size or not self.shown.in_order:
            return False
        number = self.shown.number(at)
        return self.do(lambda: store.move_rows(ids, number), size, done, keep=lambda: self.shown.move(ids, at))
