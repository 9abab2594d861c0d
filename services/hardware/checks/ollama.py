"""Ollama: where a tuned model goes to answer."""

from services.hardware.checks._check import Machine, Outcome, checks, ok, warn
from services.i18n import N_
from services.settings import load_settings


@checks.add("ollama")
class OllamaCheck:
    """An Ollama answers, or at least is installed."""

    title = N_("Ollama")
    order = 80

    def run(self, machine: Machine) -> Outcome:
        """Look for one at the address of the settings."""
        from services.ollama.find import find

        found = find(load_settings().ollama_host or None)
        if found.running:
            return ok(N_("Ollama {version} answers at {url}."), version=found.version, url=found.url)
        if found.program is not None:
            return warn(
                N_("Ollama is installed but does not run."),
                N_("Tunesmith starts it when you deploy; or start it yourself."),
                action="ollama.start",
            )
        return warn(
            N_("No Ollama was found on this PC."),
            N_("Training works without it. To deploy, get it from ollama.com."),
            action="ollama.download",
        )
