"""GPTQModel, which makes 4 and 8 bit GPTQ folders."""

from services.hardware.checks._check import Machine, Outcome, beside_engine, checks, ok
from services.i18n import N_


@checks.add("gptq")
class GptqCheck:
    """GPTQModel lies beside the engine's interpreter. Few need it, so its absence is no fault."""

    title = N_("GPTQ")
    order = 95

    def run(self, machine: Machine) -> Outcome:
        """Look into its folder; it has an environment's prefix or TUNESMITH_GPTQ for a place."""
        if any((place / "gptqmodel").is_dir() for place in beside_engine(machine, "gptq")):
            return ok(N_("GPTQModel is there."))
        return ok(N_("GPTQModel is not installed; only exports as GPTQ need it."))
