"""A folder in 4 or 8 bit GPTQ, as vLLM, transformers and text-generation-webui open it on a card."""

from collections.abc import Mapping
from typing import Any

from services.export.made import Needs
from services.export.targets import targets
from services.export.targets.folder import FolderTarget
from services.export.trained import ExportError
from services.i18n import N_

BITS = (4, 8)


class GptqTarget(FolderTarget):
    """The quantised folder itself is the delivery. options: bits (4 or 8)."""

    needs: Needs = "gptq"
    title = N_("GPTQ folder")
    order = 40

    def check(self, options: Mapping[str, Any]) -> None:
        """The bits must be some that there are."""
        if options.get("bits", 4) not in BITS:
            raise ExportError(
                N_("GPTQ has 4 or 8 bits, not {bits}."), way_out=N_("Choose 4 or 8."), bits=options["bits"]
            )


targets.add("gptq")(GptqTarget())
