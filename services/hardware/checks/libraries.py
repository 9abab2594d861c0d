"""Whether the engine's interpreter has the training libraries."""

from services.hardware.checks._check import Machine, Outcome, bad, checks, ok
from services.i18n import N_

_NEEDED = ("torch", "transformers", "peft", "trl", "datasets")


@checks.add("libraries")
class LibrariesCheck:
    """torch imports, and what trains with it is there."""

    title = N_("Training libraries")
    order = 20

    def run(self, machine: Machine) -> Outcome:
        """Ask the engine's interpreter, without importing anything here."""
        engine = machine.engine
        packages = engine.get("packages", {})
        missing = [name for name in _NEEDED if name not in packages]
        if missing:
            return bad(
                N_("The training libraries are not installed: {missing}."),
                N_("Run Tunesmith's installer again, or choose a Python that has them; all else works meanwhile."),
                action="settings.worker_python",
                missing=", ".join(missing),
            )
        if "torch_error" in engine:
            return bad(
                N_("PyTorch is installed but does not start: {reason}"),
                N_("Install the training libraries again. On Windows also install the Visual C++ runtime."),
                action="settings.worker_python",
                reason=engine["torch_error"],
            )
        return ok(
            N_("PyTorch {torch}, transformers {transformers}, PEFT {peft}."),
            torch=packages["torch"],
            transformers=packages["transformers"],
            peft=packages["peft"],
        )
