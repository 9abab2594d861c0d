"""Gate 1: Ollama kept the template that lies in the GGUF, comment included, byte for byte."""

from services.export.deployed import Deployed, GateFailedError
from services.export.gates import gates
from services.export.probes import first_difference
from services.i18n import N_


class TemplateKept:
    """Compares `show.template` with what was written into the file."""

    title = N_("Ollama uses the trained template")
    order = 10

    def check(self, deployed: Deployed) -> int:
        """1 if it is the same. GateFailedError if not."""
        shown = str(deployed.client.show(deployed.name).get("template", ""))
        difference = first_difference(deployed.made.gguf_template, shown)
        if difference:
            raise GateFailedError(
                N_(
                    "Ollama has another template than the file, from line {line}, column {column}: "
                    "{found_part} instead of {expected_part}."
                ),
                difference,
            )
        return 1


gates.add("template")(TemplateKept())
