"""A folder of safetensors, as Hugging Face tools, vLLM and a later training run open it."""

from collections.abc import Mapping
from typing import Any

from services.export.made import DeliverContext, Export, Needs
from services.export.targets import targets
from services.i18n import N_


class FolderTarget:
    """The merged folder itself is the delivery."""

    needs: Needs = "folder"
    title = N_("Model folder (safetensors)")
    order = 10

    def check(self, options: Mapping[str, Any]) -> None:
        """Nothing outside this PC is needed."""

    def deliver(self, context: DeliverContext, made: Export) -> dict[str, Any]:
        """Name the folder and the bytes of its weights."""
        assert made.folder is not None
        weights = sum(path.stat().st_size for path in made.folder.glob("*.safetensors"))
        return {"folder": str(made.folder), "bytes": weights}


targets.add("folder")(FolderTarget())
