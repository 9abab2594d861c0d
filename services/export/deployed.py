"""A model that stands in Ollama under a name for trial, what gates may know of it, and how a gate fails."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from services.errors import TunesmithError
from services.export.made import Export
from services.export.probes import Difference
from services.i18n import N_
from services.ollama.client import OllamaClient
from services.templates.load import OWN, load_template
from services.templates.template import Template


@dataclass(frozen=True)
class Deployed:
    """A model on trial. name: in Ollama. made: the export that it was made of."""

    client: OllamaClient
    name: str
    made: Export

    @cached_property
    def template(self) -> Template:
        """The template that training rendered with: the same object as there. TemplateError if it cannot be read."""
        folder = self.made.run_dir if (self.made.run_dir / "tokenizer.json").is_file() else self.made.model_dir
        return load_template(self._template_name(), folder)

    def _template_name(self) -> str:
        try:
            facts = json.loads((self.made.run_dir / "run.json").read_text(encoding="utf-8"))
            name = str(facts.get("template") or "")
            return OWN if name.endswith(".jinja") else name  # the run keeps the text that it was trained with
        except (OSError, ValueError, AttributeError):
            return ""  # a model as it was downloaded: its own


class Gate(Protocol):
    """One proof. title: N_-marked. order: place among the gates."""

    title: str
    order: int

    def check(self, deployed: Deployed) -> int:
        """How many comparisons agreed. GateFailedError if one does not; OllamaError if Ollama does not answer."""
        ...


class GateFailedError(TunesmithError):
    """A deployed model that would be asked in another way than it was trained.

    values: expected and found are whole texts, line and column (from 1) where they part, expected_part and found_part
    the words from there on. difference: the same, for code.
    """

    def __init__(self, message: str, difference: Difference, **values: str) -> None:
        line, column = place(difference.expected, difference.at)
        super().__init__(
            message,
            way_out=N_("It was not deployed; what was deployed before is untouched. Export it again, or as a file."),
            expected=difference.expected,
            found=difference.found,
            expected_part=difference.expected_part,
            found_part=difference.found_part,
            line=line,
            column=column,
            **values,
        )
        self.difference = difference


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a character of a text."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
