"""What the templates page asks of services: which there are, their text, what they make of a talk. All in threads."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from desktop.controllers.project_models import ModelChoice, draft_recipe, model_choices
from desktop.models.token_items import TokenItem, token_items
from services.datasets.conversation import Conversation, Problem
from services.datasets.mapping import RowProblem
from services.datasets.store import DatasetStore
from services.errors import TunesmithError
from services.projects.project import Project
from services.templates import EncodeOptions, Template, TemplateError, Tokenizer, load_template
from services.templates.model_template import ModelTemplate
from services.templates.probing import (
    TALK,
    TOOLS_TALK,
    Choice,
    choices,
    findings_of,
    lacking_tokens,
    render,
    tokens_of_source,
)
from services.templates.renderer import PREVIEW_LIMIT_S, preview
from services.templates.stages import problem_of

BUILT_IN, WITH_TOOLS = "talk", "tools"
_WHOLE = 1 << 30


@dataclass(frozen=True)
class Overview:
    """Everything that can be chosen. template, model: those of the recipe in the making. lacks: named template ->
    control tokens that the first model's tokenizer does not have."""

    choices: list[Choice] = field(default_factory=list)
    models: list[ModelChoice] = field(default_factory=list)
    datasets: dict[str, int] = field(default_factory=dict)
    template: str = "model"


@dataclass(frozen=True)
class Asked:
    """What is to be rendered. text: of the editor, None for the template as it is. talk: BUILT_IN, WITH_TOOLS or a data
    set's name; row: its number, from 1."""

    name: str
    model: ModelChoice
    text: str | None = None
    talk: str = BUILT_IN
    row: int = 1
    generation_prompt: bool = False
    thinking: bool | None = None


@dataclass(frozen=True)
class Shown:
    """What came of it. items: of each training sequence. line: of the mistake, 0 for none."""

    text: str = ""
    sequences: list[list[TokenItem]] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)
    """(tokens, trained) of each sequence."""
    problem: Problem | None = None
    line: int = 0
    findings: list[Problem] = field(default_factory=list)


class TemplatesController:
    """For one project, or none. Tokenizers are kept: reading one takes a moment."""

    def __init__(self, project: Project | None) -> None:
        self.project = project
        self._guard = threading.Lock()
        self._tokenizers: dict[Path, Tokenizer] = {}

    @property
    def folder(self) -> Path | None:
        """The project's folder."""
        return self.project.folder if self.project is not None else None

    def overview(self) -> Overview:
        """Read what there is."""
        if self.project is None:
            return Overview(choices(None), model_choices())
        recipe = draft_recipe(self.project)
        counts = {}
        for name in self.project.dataset_names():
            try:
                with DatasetStore.open(self.project.dataset_path(name), read_only=True) as store:
                    counts[name] = store.count()
            except TunesmithError:  # damaged: its own page says so
                continue
        models = model_choices(recipe.model_name_or_path)
        return Overview(choices(self.folder), models, counts, recipe.template or "model")

    def lacks(self, model: ModelChoice, found: list[Choice]) -> dict[str, list[str]]:
        """Named template -> control tokens that a model's tokenizer does not have, where there are any."""
        tokenizer = self.tokenizer(model)
        lacking = {c.name: lacking_tokens(c.name, tokenizer) for c in found if c.kind == "named"}
        return {name: tokens for name, tokens in lacking.items() if tokens}

    def fits(self, asked: Asked, models: list[ModelChoice]) -> dict[str, list[str]]:
        """Model name -> control tokens of the template that it does not have, [] for one that it fits."""
        found: dict[str, list[str]] = {}
        for model in models:
            try:
                tokenizer = self.tokenizer(model)
                source = asked.text if asked.text is not None else self.source(asked.name, asked.model)
            except TunesmithError:  # a folder without a tokenizer, a template that cannot be read: said elsewhere
                continue
            found[model.name] = [t for t in tokens_of_source(source) if tokenizer.token_id(t) is None]
        return found

    def source(self, name: str, model: ModelChoice) -> str:
        """The Jinja text of a template. Raises TemplateError, TokenizerError."""
        tokenizer = self.tokenizer(model)
        return load_template(name, model.folder, tokenizer=tokenizer, project=self.folder).chat_template()

    def show(self, asked: Asked) -> Shown:
        """Render, within a second whatever the template does."""
        try:
            talk = self.talk(asked)
            template = self.template(asked)
        except RowProblem as error:
            return Shown(problem=error.problem)
        except TemplateError as error:
            problem = problem_of(error, TALK)
            return Shown(problem=problem, line=int(problem.values.get("line") or 0))
        options = EncodeOptions(cutoff_len=_WHOLE, enable_thinking=asked.thinking)
        made = render(
            talk, template, options, generation_prompt=asked.generation_prompt, enable_thinking=asked.thinking
        )
        line = int(made.problem.values.get("line") or 0) if made.problem is not None else 0
        findings = findings_of(template, options) if not line else []
        views = [token_items(s.pieces) for s in made.sequences]
        counts = [(len(s.pieces), s.trained_len) for s in made.sequences]
        return Shown(made.text, views, counts, made.problem, line, findings)

    def template(self, asked: Asked) -> Template:
        """The template as the editor has it, rendered in the preview's own process."""
        tokenizer = self.tokenizer(asked.model)
        template: Template
        if asked.text is not None:
            template = ModelTemplate(asked.text, tokenizer, model_dir=asked.model.folder)
        else:
            template = load_template(asked.name, asked.model.folder, tokenizer=tokenizer, project=self.folder)
        if isinstance(template, ModelTemplate):
            template.renderer, template.time_limit_s = preview(), PREVIEW_LIMIT_S
        return template

    def talk(self, asked: Asked) -> Conversation:
        """The talk that is rendered. Raises RowProblem for a row that gives none."""
        if asked.talk in (BUILT_IN, WITH_TOOLS) or self.project is None:
            return TOOLS_TALK if asked.talk == WITH_TOOLS else TALK
        with DatasetStore.open(self.project.dataset_path(asked.talk), read_only=True) as store:
            rows = store.rows(asked.row - 1, 1)
            talk = store.mapping.conversation(rows[0].values) if rows else TALK
        if talk.chosen is not None:
            return Conversation((*talk.turns, talk.chosen), talk.system, talk.tools)
        return talk

    def tokenizer(self, model: ModelChoice) -> Tokenizer:
        """A model's tokenizer. Raises TokenizerError."""
        with self._guard:
            if model.folder not in self._tokenizers:
                self._tokenizers[model.folder] = Tokenizer.load(model.folder)
            return self._tokenizers[model.folder]

    def warm(self) -> None:
        """Start the preview's process, so that the first template waits for nothing."""
        preview().warm()
