"""Star and tags: a person's own marks on rows."""

from typing import TYPE_CHECKING

from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.grid_row_header import RowHeader
from services.datasets.store import DatasetStore
from services.i18n import trn

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("marks")
class MarksTool(DatasetTool):
    """A click at the left of a row's number, or S and T on selected rows."""

    order = 50

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self._tags: list[str] = []
        header = page.grid.verticalHeader()
        if isinstance(header, RowHeader):
            header.star_asked.connect(lambda position: self._star([range(position, position + 1)]))
            header.tags_asked.connect(lambda position: self._edit([range(position, position + 1)]))
        page.grid.row_key.connect(self._key)
        self.look()

    def tags(self) -> list[str]:
        """Tags in use, the most used first, as far as they are known yet."""
        return self._tags

    def look(self) -> None:
        """Count the tags in a thread: it reads all rows."""
        path = self.page.controller.store.path

        def count() -> list[str]:
            with DatasetStore.open(path, read_only=True) as store:
                return list(store.tag_counts())

        self.page.run(count, self._know, lambda error: None)  # without them there is less to propose

    def star_rows(self) -> None:
        """Give the selected rows a star, or take it if all have one."""
        self._star(self.page.grid.spans())

    def edit_tags(self) -> None:
        """Edit the tags of the selected rows."""
        self._edit(self.page.grid.spans())

    def _know(self, tags: list[str]) -> None:
        self._tags = tags

    def _key(self, key: str) -> None:
        if key == "s":
            self.star_rows()
        elif key == "t":
            self.edit_tags()

    def _star(self, spans: list[range]) -> None:
        model, store = self.page.model, self.page.controller.store
        ids = model.row_ids(spans)
        if not ids or not model.editable:
            return
        few = ids[:1000]  # whether they have one is told by the first
        on = sum(marks.star for marks in store.marks(few).values()) < len(few)
        model.do(lambda: store.set_star(ids, on), len(ids))

    def _edit(self, spans: list[range]) -> None:
        from desktop.widgets.tags_dialog import TagsDialog

        model, store = self.page.model, self.page.controller.store
        ids = model.row_ids(spans)
        if not ids or not model.editable:
            return
        count = len(ids)
        present = list(dict.fromkeys(tag for marks in store.marks(ids[:1000]).values() for tag in marks.tags))
        title = lambda: trn("Tags of {n} row", "Tags of {n} rows", count)  # noqa: E731
        dialog = TagsDialog(self.page.main, title, present, self._tags)
        dialog.added.connect(lambda tag: model.do(lambda: store.add_tag(ids, tag), len(ids)))
        dialog.removed.connect(lambda tag: model.do(lambda: store.remove_tag(ids, tag), len(ids)))
        dialog.finished.connect(lambda _: self.look())
        dialog.open()
