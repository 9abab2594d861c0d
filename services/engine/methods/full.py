"""Full fine-tuning: every parameter is trained."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from services import files
from services.engine.methods import methods
from services.recipes.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@methods.add("full")
class Full:
    """Trains the model itself. Weights are float32 and computed in the model's dtype, unless pure_bf16."""

    def prepare(self, model: "PreTrainedModel", recipe: Recipe, start_from: Path | None) -> "PreTrainedModel":
        """The model with all its parameters trainable."""
        train(list(model.parameters()), recipe)
        return model

    def save(self, model: Any, folder: Path, dtype: torch.dtype | None = None) -> None:
        """The whole model: config.json and safetensors."""
        save_whole(model, folder, dtype)

    def load(self, model: Any, folder: Path) -> None:
        """Weights of a saved model into the one that is trained."""
        load_whole(model, folder)


def train(parameters: list[torch.nn.Parameter], recipe: Recipe) -> None:
    """Make parameters trainable, in float32 unless pure_bf16 asks for less."""
    for parameter in parameters:
        if not recipe.pure_bf16:
            parameter.data = parameter.data.float()
        parameter.requires_grad_(True)


def save_whole(model: Any, folder: Path, dtype: torch.dtype | None) -> None:
    """Write a whole model: in one dtype, or (for checkpoints) each weight as it is, to go on exactly."""
    folder.mkdir(parents=True, exist_ok=True)
    if dtype is None:
        model.save_pretrained(folder)
        return
    weights = {name: w.to(dtype) if w.is_floating_point() else w for name, w in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=weights)
    config = folder / "config.json"
    data = json.loads(config.read_text(encoding="utf-8"))
    files.write_text(config, json.dumps(data | {"dtype": str(dtype).removeprefix("torch.")}, indent=2))


def load_whole(model: Any, folder: Path) -> None:
    """Read a whole model's weights into model; tied weights that a file leaves out stay tied."""
    from safetensors.torch import load_file

    for path in sorted(folder.glob("*.safetensors")):
        model.load_state_dict(load_file(path), strict=False)
