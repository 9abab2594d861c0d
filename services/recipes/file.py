"""Recipes as YAML files that LLaMA-Factory reads too.

What only Tunesmith knows is written as comments (`# tunesmith: {...}`), which LLaMA-Factory skips. A key that a file
leaves out means LLaMA-Factory's default, so both programs read a file as the same run; where ours differs, it is
always written.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.i18n import N_
from services.recipes.errors import FieldProblem, RecipeError
from services.recipes.recipe import FIELDS, OURS, Recipe, read_recipe, validated
from services.recipes.schema.groups import GROUPS
from services.recipes.settings import apply_settings
from services.yaml import dump_yaml, load_yaml

_COMMENT = re.compile(r"^\s*#\s*tunesmith:\s*(\{.*\})\s*$", re.MULTILINE)
_ALWAYS = {"stage", "finetuning_type", "cutoff_len", "num_train_epochs", "seed"}
_ALWAYS_LORA = {"lora_rank", "lora_target"}
_GRPO = "# LLaMA-Factory has no stage grpo; only Tunesmith can run this file."


def load_recipe(text: str) -> Recipe:
    """The recipe of a YAML (or JSON) text. RecipeError with every wrong line; unknown keys are kept."""
    return read_recipe(recipe_data(text))


def read_recipe_file(path: Path, settings: Iterable[str] = ()) -> Recipe:
    """The recipe of a YAML file in any usual encoding, with `--set` changes. RecipeError if it is wrong with them."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RecipeError(
            [
                FieldProblem(
                    "",
                    N_("{file} cannot be read: {reason}"),
                    N_("Check the path."),
                    {"file": str(path), "reason": error.strerror or str(error)},
                )
            ]
        ) from error
    for encoding in ("utf-8-sig", "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            recipe = validated(recipe_data(raw.decode(encoding)))
            return apply_settings(recipe, settings)
        except UnicodeDecodeError:
            continue
    raise RecipeError(
        [
            FieldProblem(
                "",
                N_("{file} is no text file."),
                N_("Choose a recipe YAML."),
                {"file": str(path)},
            )
        ]
    )


def recipe_data(text: str) -> dict[str, Any]:
    """Plain data of a recipe file: its keys, ours from the comments, LLaMA-Factory's defaults where it is silent."""
    try:
        found = load_yaml(text)
    except ValueError as error:
        raise RecipeError(
            [FieldProblem("", N_("This file is no YAML: {reason}"), N_("Mend that line."), {"reason": str(error)})]
        ) from error
    if found is None:
        found = {}
    if not isinstance(found, dict):
        raise RecipeError(
            [
                FieldProblem(
                    "",
                    N_("This file is no recipe: it should hold lines such as `stage: sft`."),
                    N_("Choose a recipe YAML."),
                )
            ]
        )
    data = {p.name: p.peer_default for p in FIELDS.values() if p.peer_default != p.default}
    data |= {str(key): value for key, value in found.items()}
    data |= _ours(text)
    return data


def save_recipe(recipe: Recipe) -> str:
    """A YAML text, grouped as the form is. `load_recipe` gives the same recipe back."""
    parts: list[str] = []
    for group, (title, _) in GROUPS.items():
        lines = {
            p.name: _written(recipe, p.name)
            for p in FIELDS.values()
            if p.group == group and not p.ours and _needed(recipe, p.name) and not _only_ours(recipe, p.name)
        }
        if lines:
            parts.append(f"### {title}\n{dump_yaml(lines)}")
    unknown = {key: value for key, value in (recipe.model_extra or {}).items() if key != OURS}
    if unknown:
        parts.append(f"### Not used by Tunesmith\n{dump_yaml(unknown)}")
    if recipe.stage == "grpo":
        parts.insert(0, f"{_GRPO}\n")
    ours = {
        name: getattr(recipe, name) for name, p in FIELDS.items() if _needed(recipe, name) and _in_comment(recipe, name)
    }
    ours |= dict((recipe.model_extra or {}).get(OURS) or {})
    if ours:
        parts.append("".join(f"# tunesmith: {json.dumps({k: v}, ensure_ascii=False)}\n" for k, v in ours.items()))
    return "\n".join(parts)


def _needed(recipe: Recipe, name: str) -> bool:
    """Whether leaving the key out would mean something else to either program, or puzzle a reader."""
    if name in _ALWAYS or (recipe.finetuning_type == "lora" and name in _ALWAYS_LORA):
        return True
    return bool(getattr(recipe, name) != FIELDS[name].peer_default)


def _in_comment(recipe: Recipe, name: str) -> bool:
    return FIELDS[name].ours or _only_ours(recipe, name)


def _only_ours(recipe: Recipe, name: str) -> bool:
    """A value that LLaMA-Factory does not know for a key that it does."""
    value = getattr(recipe, name)
    return bool(value == "auto" and FIELDS[name].kind == "auto_flag") or (name == "template" and value == "model")


def _written(recipe: Recipe, name: str) -> Any:
    value = getattr(recipe, name)
    if name == "stage" and value in ("orpo", "simpo"):
        return "dpo"
    if name == "resume_from_checkpoint" and value == "true":
        return True
    if FIELDS[name].kind == "real" and isinstance(value, float) and not isinstance(FIELDS[name].default, float):
        return int(value) if value == int(value) else value
    return value


def _ours(text: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for match in _COMMENT.finditer(text):
        try:
            found = json.loads(match.group(1))
        except ValueError:
            try:
                found = load_yaml(match.group(1))
            except ValueError as error:
                raise RecipeError(
                    [
                        FieldProblem(
                            "",
                            N_("This comment of Tunesmith's cannot be read: {comment}"),
                            N_("Mend that line, or delete it."),
                            {"comment": match.group(0).strip()},
                        )
                    ]
                ) from error
        for key, value in dict(found).items():
            (known if key in FIELDS else unknown)[key] = value
    return known | ({OURS: unknown} if unknown else {})
