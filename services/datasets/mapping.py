"""Which column plays which role: kept beside the rows, shown, and corrected by a click or by --map COLUMN=ROLE."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.datasets.conversation import Conversation, Problem
from services.datasets.errors import DatasetError
from services.datasets.values import ABSENT
from services.i18n import N_

ROLES = (
    "prompt", "query", "response", "history", "messages", "system", "tools",
    "chosen", "rejected", "kto_tag", "text", "images", "videos", "audios",
)  # fmt: skip
"""Roles of columns, in LLaMA-Factory's names, and `text`."""


class Tags(BaseModel):
    """How the turns of a list spell their keys and roles. The defaults are sharegpt's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role_tag: str = "from"
    content_tag: str = "value"
    user_tag: str = "human"
    assistant_tag: str = "gpt"
    observation_tag: str = "observation"
    function_tag: str = "function_call"
    system_tag: str = "system"


OPENAI_TAGS = Tags(
    role_tag="role",
    content_tag="content",
    user_tag="user",
    assistant_tag="assistant",
    observation_tag="tool",
    function_tag="function_call",
)


class RowProblem(Exception):
    """Raised where a row gives no conversation; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence.format(**problem.values))
        self.problem = problem


class Mapping(BaseModel):
    """What the columns mean. format: id of a format, "" while nothing is chosen. columns: role -> column; a column
    that is not listed plays no role. train_empty_answers: an empty answer is trained as "say nothing" instead of
    being left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    tags: Tags = Tags()
    train_empty_answers: bool = False

    def conversation(self, values: dict[str, Any], notes: list[Problem] | None = None) -> Conversation:
        """What a row means. notes, if given, receives what should be looked at but does not stop the row.

        Raises RowProblem if the row cannot be trained as it stands.
        """
        from services.datasets.formats import formats

        if self.format not in formats:
            raise RowProblem(_NO_FORMAT)
        return formats.get(self.format).conversation(values, self, [] if notes is None else notes)

    def check(self, values: dict[str, Any]) -> list[Problem]:
        """All that is to say about a row: its notes, and what stops it."""
        notes: list[Problem] = []
        try:
            self.conversation(values, notes)
        except RowProblem as error:
            notes.append(error.problem)
        return [problem for i, problem in enumerate(notes) if problem not in notes[:i]]

    def cell(self, values: dict[str, Any], role: str, notes: list[Problem] | None = None) -> Any:
        """The cell that plays a role; ABSENT if no column does or the row lacks it.

        A row whose key differs in upper and lower case only is understood, with a note.
        """
        column = self.columns.get(role)
        if column is None:
            return ABSENT
        if column in values:
            return values[column]
        for key, value in values.items():
            if key.casefold() == column.casefold():
                if notes is not None:
                    notes.append(Problem("key-case", _KEY_CASE, values={"key": key, "column": column}, blocks=False))
                return value
        return ABSENT

    def column(self, role: str) -> str:
        """The column of a role, "" if none."""
        return self.columns.get(role, "")

    def changed(self, pairs: Iterable[str] = (), format_id: str = "") -> "Mapping":
        """This mapping with COLUMN=ROLE pairs laid over it; COLUMN= takes a column's role away.

        DatasetError for a role that does not exist.
        """
        columns = dict(self.columns)
        for pair in pairs:
            column, equals, role = pair.rpartition("=")
            if not equals or (role and role not in ROLES):
                raise DatasetError(
                    N_("{pair} is not COLUMN=ROLE."),
                    way_out=N_("Roles are: {roles}."),
                    pair=pair,
                    roles=", ".join(ROLES),
                )
            columns = {r: c for r, c in columns.items() if c != column}
            if role:
                columns[role] = column
        return self.model_copy(update={"columns": columns, "format": format_id or self.format})

    def renamed(self, old: str, new: str) -> "Mapping":
        """This mapping after a column was renamed (new "" = deleted)."""
        columns = {r: (new if c == old else c) for r, c in self.columns.items()}
        return self.model_copy(update={"columns": {r: c for r, c in columns.items() if c}})


_NO_FORMAT = Problem(
    "no-format",
    N_("Nothing says yet what the columns mean."),
    N_("Choose a format and say which column is which."),
)
_KEY_CASE = N_("The row spells {column} as {key}; it was understood.")
