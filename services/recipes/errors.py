"""What is wrong with a recipe, as sentences beside their fields."""

import dataclasses
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.errors import TunesmithError, joined
from services.i18n import N_, tr
from services.recipes.schema.param import Parameter


@dataclass(frozen=True)
class FieldProblem:
    """One wrong value. field: its parameter ('' for the whole file). sentence, way_out: N_-marked English."""

    field: str
    sentence: str
    way_out: str = ""
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    def text(self) -> str:
        """Sentence and way out in English."""
        return joined(self.sentence.format(**self.values), self.way_out.format(**self.values))

    def localized(self) -> tuple[str, str]:
        """Sentence and way out in the person's language."""
        return tr(self.sentence, **self.values), tr(self.way_out, **self.values)


class RecipeError(TunesmithError):
    """A recipe that cannot be used. problems: all of them, one a field at least; the sentence is the first's."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        first = problems[0]
        self.problems = list(problems)
        super().__init__(first.sentence, way_out=first.way_out, **first.values)

    @property
    def field(self) -> str:
        """The first wrong parameter."""
        return self.problems[0].field

    def __str__(self) -> str:
        return "\n".join(problem.text() for problem in self.problems)


def problems_of(error: ValidationError, parameters: dict[str, Parameter]) -> list[FieldProblem]:
    """Our sentences for pydantic's findings, one a field, in the form's order."""
    wrong: dict[str, Any] = {}
    for item in error.errors(include_url=False, include_context=False):
        wrong.setdefault(str(item["loc"][0]) if item["loc"] else "", item["input"])
    names = [name for name in parameters if name in wrong]
    return [wrong_value(parameters[name], wrong[name]) for name in names] or [
        FieldProblem("", N_("This is not a recipe: it must be a list of `name: value` lines."))
    ]


def wrong_value(parameter: Parameter, value: Any) -> FieldProblem:
    """What the parameter takes, and that the value is none of it."""
    values: dict[str, Any] = {"field": parameter.name, "value": _shown(value)}
    if parameter.choices and parameter.kind not in ("flag", "auto_flag"):
        known = [str(choice) for choice in parameter.choices if choice is not None]
        values["choices"] = ", ".join(known)
        near = difflib.get_close_matches(str(value).lower(), known, n=1)
        if near:
            return FieldProblem(
                parameter.name,
                N_("{field} is one of {choices}, not {value}."),
                N_("Did you mean {near}?"),
                {**values, "near": near[0]},
            )
        return FieldProblem(
            parameter.name, N_("{field} is one of {choices}, not {value}."), N_("Choose one of these."), values
        )
    if parameter.kind == "flag":
        return FieldProblem(
            parameter.name, N_("{field} is on or off, not {value}."), N_("Write true or false."), values
        )
    if parameter.kind == "auto_flag":
        return FieldProblem(
            parameter.name, N_("{field} is auto, on or off, not {value}."), N_("Write auto, true or false."), values
        )
    if parameter.kind in ("whole", "real"):
        return _wrong_number(parameter, values)
    return FieldProblem(parameter.name, N_("{field} is a text, not {value}."), N_("Write it as plain text."), values)


def unknown_name(name: str, known: Iterable[str]) -> FieldProblem:
    """A parameter that does not exist, with the nearest that does."""
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return FieldProblem(
            name,
            N_("There is no parameter {field}."),
            N_("Did you mean {near}?"),
            {"field": name, "near": near[0]},
        )
    return FieldProblem(
        name,
        N_("There is no parameter {field}."),
        N_("`tunesmith recipe fields` lists them all."),
        {"field": name},
    )


def _wrong_number(parameter: Parameter, values: dict[str, Any]) -> FieldProblem:
    low, high = parameter.minimum, parameter.maximum
    values |= {"low": _number(low), "high": _number(high)}
    way_out = N_("Choose a number in that range.")
    if parameter.kind == "whole":
        return FieldProblem(
            parameter.name, N_("{field} is a whole number from {low} to {high}, not {value}."), way_out, values
        )
    if parameter.minimum_open and parameter.maximum_open:
        sentence = N_("{field} is a number above {low} and below {high}, not {value}.")
    elif parameter.minimum_open:
        sentence = N_("{field} is a number above {low} and at most {high}, not {value}.")
    elif parameter.maximum_open:
        sentence = N_("{field} is a number from {low} to just below {high}, not {value}.")
    else:
        sentence = N_("{field} is a number from {low} to {high}, not {value}.")
    return FieldProblem(parameter.name, sentence, way_out, values)


def _number(bound: float | None) -> str:
    return "" if bound is None else f"{bound:,.0f}" if bound == int(bound) else f"{bound:g}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f'"{text}"' if isinstance(value, str) else text
