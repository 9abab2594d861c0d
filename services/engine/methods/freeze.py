"""Freeze: only some layers of the model are trained."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from services.engine.errors import TrainingError
from services.engine.methods import methods
from services.engine.methods.full import load_whole, save_whole, train
from services.i18n import N_
from services.recipes.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@methods.add("freeze")
class Freeze:
    """Trains the last (or, if negative, the first) freeze_trainable_layers layers."""

    def prepare(self, model: "PreTrainedModel", recipe: Recipe, start_from: Path | None) -> "PreTrainedModel":
        """The model with the chosen layers trainable."""
        chosen = trained_names(model, recipe)
        train([parameter for name, parameter in model.named_parameters() if name in chosen], recipe)
        return model

    def save(self, model: Any, folder: Path, dtype: torch.dtype | None = None) -> None:
        """The whole model: config.json and safetensors."""
        save_whole(model, folder, dtype)

    def load(self, model: Any, folder: Path) -> None:
        """Weights of a saved model into the one that is trained."""
        load_whole(model, folder)


def trained_names(model: "PreTrainedModel", recipe: Recipe) -> set[str]:
    """Names of the parameters that freeze trains. TrainingError if the choice names nothing."""
    total = int(model.config.num_hidden_layers)
    wanted = recipe.freeze_trainable_layers
    layers = set(range(max(0, total - wanted), total) if wanted > 0 else range(min(total, -wanted)))
    kinds = _names(recipe.freeze_trainable_modules)
    extra = _names(recipe.freeze_extra_modules)
    chosen = set()
    for name, _ in model.named_parameters():
        layer = re.search(r"\.(\d+)\.", name)
        parts = name.split(".")
        if layer:
            wanted_here = int(layer[1]) in layers and ("all" in kinds or any(kind in parts for kind in kinds))
        else:
            wanted_here = any(kind in parts for kind in extra)
        if wanted_here:
            chosen.add(name)
    if not chosen:
        raise TrainingError(
            N_("No parameter of this model is called {names}."),
            way_out=N_("Set freeze_trainable_modules to all."),
            names=", ".join(sorted(kinds | extra)),
        )
    return chosen


def _names(text: str) -> set[str]:
    return {part.strip() for part in text.split(",") if part.strip()}
