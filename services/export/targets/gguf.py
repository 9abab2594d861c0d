"""A GGUF file that llama.cpp, LM Studio, Ollama and others open."""

from collections.abc import Mapping
from typing import Any

from services.export.made import DeliverContext, Export, Needs
from services.export.targets import targets
from services.i18n import N_


class GgufTarget:
    """The file itself is the delivery: it lies where the person wanted it."""

    needs: Needs = "gguf"
    title = N_("GGUF file")
    order = 20

    def check(self, options: Mapping[str, Any]) -> None:
        """Nothing outside this PC is needed."""

    def deliver(self, context: DeliverContext, made: Export) -> dict[str, Any]:
        """Name the file and its size in bytes."""
        assert made.gguf is not None
        return {"gguf": str(made.gguf), "bytes": made.gguf.stat().st_size, "sha256": made.gguf_sha256}


targets.add("gguf")(GgufTarget())
