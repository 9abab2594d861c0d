"""What the dataset page does beside the grid: roles, findings, and a row as its model sees it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.catalogue import resolve_model
from services.datasets.conversation import Conversation, Problem
from services.datasets.formats import formats
from services.datasets.lint import Finding, apply_fixes, checks, lint
from services.datasets.mapping import RowProblem
from services.datasets.store import DatasetStore
from services.errors import TunesmithError
from services.i18n import tr
from services.projects.project import Project
from services.recipes import Recipe, load_recipe
from services.resources import resource
from services.templates import EncodeOptions, Template, Tokenizer, load_template
from services.templates.view import TokenSequence, token_sequences

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_LISTED = 5000  # findings kept one by one; beyond that they are only counted


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind. first: those that are listed; fixes: how many have a fix."""

    check: str
    title: str
    count: int
    first: list[Finding]
    blocks: bool

    @property
    def fixes(self) -> int:
        """How many of the listed ones can be mended by the program."""
        return sum(finding.fix is not None for finding in self.first)


@dataclass(frozen=True)
class RowView:
    """A row as its model sees it. problem: why it gives nothing; sequences: its tokens, where a tokenizer is there."""

    conversation: Conversation | None = None
    problem: Problem | None = None
    sequences: list[TokenSequence] = field(default_factory=list)
    tokenizer_of: str = ""
    cutoff_len: int = 0


class DatasetController:
    """One data set of the open project."""

    def __init__(self, window: "MainWindow", name: str) -> None:
        project = window.project
        assert project is not None
        self.project: Project = project
        self.name = name
        self.store = DatasetStore.open(project.dataset_path(name), read_only=window.read_only)
        self._model: tuple[str, Tokenizer, Template] | None = None

    def close(self) -> None:
        """Let the file and its lock go."""
        self.store.close()

    # --- roles ----------------------------------------------------------------------------------------------------

    def role_of(self, column: str) -> str:
        """The role a column plays, '' for none."""
        return next((role for role, name in self.store.mapping.columns.items() if name == column), "")

    def roles(self) -> tuple[str, ...]:
        """Roles that the format in use knows."""
        format_id = self.store.mapping.format
        return formats.get(format_id).roles if format_id in formats else ()

    def format_choices(self) -> list[tuple[str, str]]:
        """(id, title) of every format."""
        return [(kind.id, tr(kind.title)) for kind in formats]

    def set_role(self, column: str, role: str) -> None:
        """Give a column a role ('' for none)."""
        self.store.set_mapping(self.store.mapping.changed([f"{column}={role}"]))

    def set_format(self, format_id: str) -> None:
        """Read the rows in another format; roles that it guesses replace the old ones."""
        from services.datasets.formats import Sample

        rows = [row.values for row in self.store.rows(0, 200)]
        guess = formats.get(format_id).guess(Sample(self.store.columns, rows))
        mapping = guess.mapping if guess is not None else self.store.mapping.changed((), format_id)
        self.store.set_mapping(mapping)

    # --- findings -------------------------------------------------------------------------------------------------

    def findings(self) -> list[FindingGroup]:
        """All findings by kind, those that block first (slow: off the window's thread)."""
        counts: Counter[str] = Counter()
        listed: dict[str, list[Finding]] = {}
        with DatasetStore.open(self.store.path, read_only=True) as store:
            for finding in lint(store):
                counts[finding.check] += 1
                kept = listed.setdefault(finding.check, [])
                if len(kept) < _LISTED:
                    kept.append(finding)
        groups = [
            FindingGroup(check, _title(check, found[0]), counts[check], found, any(f.problem.blocks for f in found))
            for check, found in listed.items()
        ]
        return sorted(groups, key=lambda g: (not g.blocks, -g.count))

    def mend(self, group: FindingGroup) -> None:
        """Apply the fixes of a kind, as ordinary edits."""
        apply_fixes(self.store, group.first)

    # --- a row ----------------------------------------------------------------------------------------------------

    def row_view(self, values: dict[str, Any]) -> RowView:
        """A row as the project's model sees it (may load a tokenizer: off the window's thread)."""
        try:
            conversation = self.store.mapping.conversation(values)
        except RowProblem as error:
            return RowView(problem=error.problem)
        recipe = self._recipe()
        try:
            name, tokenizer, template = self._tokenizer(recipe)
            options = EncodeOptions.of_recipe(recipe)
            sequences = token_sequences(conversation, template, tokenizer, options)
        except TunesmithError as error:
            problem = Problem("template", error.message, error.way_out_message, dict(error.values))
            return RowView(conversation, problem=problem)
        return RowView(conversation, None, sequences, name, recipe.cutoff_len)

    def _recipe(self) -> Recipe:
        try:
            return load_recipe((self.project.folder / "recipe.yaml").read_text(encoding="utf-8"))
        except (OSError, TunesmithError):
            return Recipe()

    def _tokenizer(self, recipe: Recipe) -> tuple[str, Tokenizer, Template]:
        """Tokenizer and template of the model in the recipe; of the sample model while none is chosen."""
        folder: Path = resource("sample", "tokenizer")
        if recipe.model_name_or_path:
            folder = resolve_model(recipe.model_name_or_path)
        key = f"{folder}|{recipe.template}"
        if self._model is None or self._model[0] != key:
            tokenizer = Tokenizer.load(folder)
            self._model = (key, tokenizer, load_template(recipe.template, folder, tokenizer=tokenizer))
        name = recipe.model_name_or_path or "SmolLM2-135M-Instruct"
        return name, self._model[1], self._model[2]


def _title(check: str, finding: Finding) -> str:
    if check in checks:
        return tr(checks.get(check).title)
    return tr(finding.problem.sentence, **finding.problem.values)
