"""Methods: which parameters a run trains. One file each; a file registers with `@methods.add(finetuning_type)`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from services.recipes.recipe import Recipe
from services.registry import Registry, load_siblings

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class Method(Protocol):
    """What a method does. `prepare` comes first; the others get the model that it returned."""

    def prepare(self, model: "PreTrainedModel", recipe: Recipe, start_from: Path | None) -> Any:
        """Make the chosen parameters trainable. start_from: folder of an adapter to go on from, or None."""

    def save(self, model: Any, folder: Path, dtype: "torch.dtype | None" = None) -> None:
        """Write the trained weights as other programs read them. dtype: of a whole model; None: exactly as they are."""

    def load(self, model: Any, folder: Path) -> None:
        """Read back what `save` wrote, into the prepared model."""


methods: Registry[type[Method]] = Registry("method")

load_siblings(__name__, __path__)
