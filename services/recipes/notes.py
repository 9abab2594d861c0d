"""What is worth knowing of a sound recipe: keys without effect, and values that rarely do what is hoped for."""

from services.i18n import N_
from services.recipes.errors import FieldProblem, unknown_name
from services.recipes.recipe import FIELDS, Recipe

_HIGH_RATE = {"full": 5e-5, "freeze": 1e-4, "lora": 1e-3, "qlora": 1e-3}


def notes(recipe: Recipe) -> list[FieldProblem]:
    """One note a field at most, unknown keys first. None of them keeps a recipe from being used."""
    found = [*_unknown(recipe), *_without_effect(recipe), *_unusual(recipe)]
    first: dict[str, FieldProblem] = {}
    for note in found:
        first.setdefault(note.field, note)
    return list(first.values())


def not_applied(recipe: Recipe) -> list[str]:
    """Parameters that the recipe sets, that matter to its stage and method, and that this version does not act on."""
    return [
        name
        for name, parameter in FIELDS.items()
        if parameter.status == "later"
        and getattr(recipe, name) not in (parameter.default, parameter.peer_default)
        and parameter.applies_to(recipe.stage, recipe.method)
    ]


def _unknown(recipe: Recipe) -> list[FieldProblem]:
    out = []
    for key in recipe.unknown_keys:
        guess = unknown_name(key, FIELDS)
        if "near" in guess.values:
            out.append(
                FieldProblem(
                    key,
                    N_("{field} is not known here. It is kept in the file and has no effect."),
                    N_("Did you mean {near}?"),
                    guess.values,
                )
            )
        else:
            out.append(
                FieldProblem(
                    key, N_("{field} is not known here. It is kept in the file and has no effect."), "", {"field": key}
                )
            )
    return out


def _without_effect(recipe: Recipe) -> list[FieldProblem]:
    out = [
        FieldProblem(
            name,
            N_("{field} is read and kept, but this version does not act on it yet."),
            "",
            {"field": name},
        )
        for name in not_applied(recipe)
    ]
    kept = []
    for name, parameter in FIELDS.items():
        value = getattr(recipe, name)
        if value in (parameter.default, parameter.peer_default) or name == "pref_loss":
            continue
        if parameter.status == "kept":
            kept.append(name)
        elif not parameter.applies_to(recipe.stage, recipe.method):
            out.append(
                FieldProblem(
                    name,
                    N_("{field} has no effect in stage {stage} with method {method}."),
                    "",
                    {"field": name, "stage": recipe.stage, "method": recipe.method},
                )
            )
    if kept:
        out.append(
            FieldProblem(
                "", N_("Kept for LLaMA-Factory, of no use to Tunesmith: {fields}."), "", {"fields": ", ".join(kept)}
            )
        )
    return out


def _unusual(recipe: Recipe) -> list[FieldProblem]:
    out = []
    high = _HIGH_RATE[recipe.method]
    if recipe.learning_rate > high:
        out.append(
            FieldProblem(
                "learning_rate",
                N_("{value} is a high learning rate for {method}; the model may forget how to speak."),
                N_("Up to {high} is usual."),
                {"value": f"{recipe.learning_rate:g}", "method": recipe.method, "high": f"{high:g}"},
            )
        )
    if recipe.load_best_model_at_end and recipe.save_only_model:
        out.append(
            FieldProblem(
                "save_only_model",
                N_("Without the optimiser in its checkpoints this run cannot resume exactly."),
                N_("Turn it off unless the disk is full."),
            )
        )
    return out
