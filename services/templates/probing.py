"""What can be chosen as a template, and what a template does: for the templates page and the command line."""

import re
from dataclasses import dataclass
from pathlib import Path

from services.datasets.conversation import Conversation, Problem, Turn
from services.i18n import N_
from services.resources import resource
from services.templates.custom import custom_templates
from services.templates.encode import Encoder
from services.templates.errors import TemplateError
from services.templates.findings import template_findings
from services.templates.layout import EncodeOptions
from services.templates.load import OWN, template_names
from services.templates.named import NamedTemplate, load_slots
from services.templates.stages import problem_of
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer
from services.templates.view import TokenSequence, sequence_view

WEATHER = (
    '[{"type": "function", "function": {"name": "tide", "description": "Height of the tide",'
    ' "parameters": {"type": "object", "properties": {"harbour": {"type": "string"}}}}}]'
)
TALK = Conversation(
    (
        Turn("user", "  What's the tide in Sète? 潮水多高？🌊\n"),
        Turn("assistant", "1.2 m, and falling."),
        Turn("user", "And <b>tomorrow</b>?"),
        Turn("assistant", "High at 05:40:\n\n1. 1.4 m\n2. then low, 0.3 m  "),
    ),
    system="You answer sailors. ",
)
"""A talk with a system text, two exchanges, other alphabets, tags and blank edges."""
_CALL = {"type": "function", "function": {"name": "tide", "arguments": {"harbour": "Sète"}}}
TOOLS_TALK = Conversation(
    (
        Turn("user", "How high is the tide in Sète?"),
        Turn(
            "function",
            "",
            tool_calls=({"type": "function", "function": {"name": "tide", "arguments": {"harbour": "Sète"}}},),
        ),
        Turn("observation", '{"height_m": 1.2}'),
        Turn("assistant", "It is 1.2 m high."),
    ),
    system="You answer sailors.",
    tools=WEATHER,
)
"""The same with a tool that is described, called and answers."""
ASKS_SYSTEM = Conversation((Turn("user", "Hi"), Turn("assistant", "Hello")), system="Be brief.")


@dataclass(frozen=True)
class Choice:
    """A template that can be chosen. kind: 'model', 'project', 'user' or 'named'. title: for people ('' for files)."""

    name: str
    kind: str
    title: str = ""


@dataclass(frozen=True)
class Rendered:
    """What a template makes of a talk. text: as a server writes it. sequences: as training reads it, [] where nothing
    trains. problem: why there is no text, or why nothing trains."""

    text: str = ""
    sequences: tuple[TokenSequence, ...] = ()
    problem: Problem | None = None


def choices(project: Path | None) -> list[Choice]:
    """The model's own, the person's own, then the named ones."""
    own = [Choice(c.name, "project" if c.of_project else "user") for c in custom_templates(project)]
    named = [
        Choice(name, "named", load_slots(resource("templates", f"{name}.yaml")).title) for name in template_names()
    ]
    return [Choice(OWN, "model"), *own, *named]


def lacking_tokens(name: str, tokenizer: Tokenizer) -> list[str]:
    """Control tokens of a named template that a tokenizer does not have: [] where they fit each other."""
    template = NamedTemplate.load(name, tokenizer)
    spelled = [t for t in tokens_of_source(template.chat_template()) if tokenizer.token_id(t) is None]
    return list(dict.fromkeys([*spelled, *template.missing_tokens]))


_SPELLED = re.compile(r"<\|[^<>|\s{}]{1,60}\|>|</?s>|<(?:start|end)_of_turn>|\[/?INST\]|<｜[^<>｜\s]{1,60}｜>")


def tokens_of_source(source: str) -> list[str]:
    """Control tokens that a Jinja text spells, each once."""
    return list(dict.fromkeys(_SPELLED.findall(source)))


def render(
    talk: Conversation,
    template: Template,
    options: EncodeOptions,
    *,
    generation_prompt: bool = False,
    enable_thinking: bool | None = None,
) -> Rendered:
    """A talk as text and as tokens. Never raises TemplateError: it becomes the problem."""
    try:
        text = template.render(talk, generation_prompt, enable_thinking=enable_thinking)
    except TemplateError as error:
        return Rendered(problem=problem_of(error, talk))
    try:
        sequences = Encoder(template, template.tokenizer, options).row(talk)
    except TemplateError as error:
        return Rendered(text, problem=problem_of(error, talk))
    return Rendered(text, tuple(sequence_view(one, one, template.tokenizer) for one in sequences))


def findings_of(template: Template, options: EncodeOptions | None = None) -> list[Problem]:
    """What is doubtful about a template with its tokenizer, and what it refuses."""
    found = template_findings(template, template.tokenizer, options)
    if any(problem.blocks for problem in found):
        return found
    try:
        template.render(ASKS_SYSTEM)
    except TemplateError as error:
        found.append(
            Problem(
                "refuses-system",
                N_("This template takes no system text: {reason}"),
                N_("Rows with one are left out until it is put into the first question."),
                {"reason": str(error.values.get("reason", error.message))},
                blocks=False,
            )
        )
    return found
