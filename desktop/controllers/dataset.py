"""What the dataset page does beside the grid: roles and formats, mending, a first row."""

from typing import TYPE_CHECKING, Any

from desktop.controllers.findings import FindingGroup
from desktop.controllers.row_tokens import RowTokens
from services.datasets.formats import Sample, formats
from services.datasets.lint import apply_fixes
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.i18n import tr
from services.projects.project import Project

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

FIRST_COLUMNS = {"prompt": "question", "response": "answer"}
"""Role -> column of a data set that has none yet."""


class DatasetController:
    """One data set of the open project."""

    def __init__(self, window: "MainWindow", name: str) -> None:
        project = window.project
        assert project is not None
        self.project: Project = project
        self.name = name
        self.store = DatasetStore.open(project.dataset_path(name), read_only=window.read_only)
        self.tokens = RowTokens(project)

    def close(self) -> None:
        """Let the file and its lock go."""
        self.store.close()

    def roles(self, mapping: Mapping) -> tuple[str, ...]:
        """Roles that the format in use knows."""
        return formats.get(mapping.format).roles if mapping.format in formats else ()

    def format_choices(self) -> list[tuple[str, str]]:
        """(id, title) of every format."""
        return [(kind.id, tr(kind.title)) for kind in formats]

    def set_role(self, column: str, role: str) -> None:
        """Give a column a role ('' for none)."""
        self.store.set_mapping(self.store.mapping.changed([f"{column}={role}"]))

    def set_format(self, format_id: str) -> None:
        """Read the rows in another format; roles that it guesses replace the old ones."""
        rows = [row.values for row in self.store.rows(0, 200)]
        guess = formats.get(format_id).guess(Sample(self.store.columns, rows))
        mapping = guess.mapping if guess is not None else self.store.mapping.changed((), format_id)
        self.store.set_mapping(mapping)

    def mend(self, group: FindingGroup) -> None:
        """Apply the fixes of a kind, as ordinary edits."""
        apply_fixes(self.store, group.first)

    def first_rows(self, rows: list[dict[str, Any]]) -> None:
        """Put the first rows into an empty set. One that has no columns gets those that the rows have, or a question
        and an answer, and is told what they mean."""
        fresh = not self.store.columns
        names = self.store.columns or list(dict.fromkeys(k for row in rows for k in row)) or [*FIRST_COLUMNS.values()]
        self.store.insert_rows(0, [{**dict.fromkeys(names, ""), **row} for row in rows or [{}]])
        if fresh and not self.store.mapping.format:
            guess = formats.get("alpaca").guess(Sample(names, [dict.fromkeys(names, "x")]))
            columns = {r: c for r, c in FIRST_COLUMNS.items() if c in names}
            self.store.set_mapping(guess.mapping if guess is not None else Mapping(format="alpaca", columns=columns))
