"""Presets: named starting points, one YAML a preset in `resources/presets/`.

A preset is a short recipe file whose first line says its name: `# preset: {"order": 1, "en": [title, help], ...}`.
It changes only what it names; model and data stay the person's.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.recipes.recipe import Recipe, validated
from services.resources import resource
from services.yaml import load_yaml

_HEAD = re.compile(r"^#\s*preset:\s*(\{.*\})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Preset:
    """A named starting point. values: what it sets, by parameter name. words: language -> (title, help)."""

    id: str
    order: int
    words: dict[str, tuple[str, str]]
    values: dict[str, Any]

    def title(self, language: str = "en") -> str:
        """Its name in 'en' or 'zh'."""
        return self.words.get(language, self.words["en"])[0]

    def help(self, language: str = "en") -> str:
        """When to choose it."""
        return self.words.get(language, self.words["en"])[1]

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe with this preset's values; what it does not name goes back to the default, save model and data."""
        keep = {name: getattr(recipe, name) for name in _KEPT}
        return validated({**keep, **(recipe.model_extra or {}), **self.values})


_KEPT = (
    "model_name_or_path",
    "adapter_name_or_path",
    "dataset",
    "eval_dataset",
    "dataset_dir",
    "template",
    "enable_thinking",
    "trust_remote_code",
    "output_dir",
)


def presets(folder: Path | None = None) -> list[Preset]:
    """All presets, in their order. ValueError for a file that is none (a fault of ours, not of the person)."""
    found = [_read(path) for path in sorted((folder or resource("presets")).glob("*.yaml"))]
    return sorted(found, key=lambda preset: (preset.order, preset.id))


def _read(path: Path) -> Preset:
    text = path.read_text(encoding="utf-8")
    head = _HEAD.search(text)
    if head is None:
        raise ValueError(f"{path} has no preset line")
    data = json.loads(head.group(1))
    words = {language: (data[language][0], data[language][1]) for language in ("en", "zh")}
    return Preset(path.stem, int(data.get("order", 100)), words, load_yaml(text) or {})
