"""Which Python runs the window and which the engine."""

import platform
import sys

from services import __version__
from services.hardware.checks._check import Machine, Outcome, bad, checks, ok, warn
from services.i18n import N_


@checks.add("python")
class PythonCheck:
    """Python is new enough, 64-bit, and the engine's copy of Tunesmith is the same version."""

    title = N_("Python")
    order = 10

    def run(self, machine: Machine) -> Outcome:
        """Compare versions."""
        if sys.version_info < (3, 11) or sys.maxsize < 2**32:
            return bad(
                N_("Python {version} is too old, or not 64-bit."),
                N_("Install Python 3.11 or later, 64-bit."),
                version=platform.python_version(),
            )
        engine = machine.engine
        if "error" in engine:
            return bad(
                N_("The Python for training does not answer: {executable}"),
                N_("Choose another in Settings, or install the training libraries again."),
                action="settings.worker_python",
                executable=engine["executable"],
            )
        theirs = engine["packages"].get("tunesmith", "")
        if theirs and theirs != __version__:
            return warn(
                N_("Window and training run different versions of Tunesmith: {ours} and {theirs}."),
                N_("Install the training libraries again."),
                action="settings.worker_python",
                ours=__version__,
                theirs=theirs,
            )
        return ok(
            N_("Python {version}; for training {engine}."),
            version=platform.python_version(),
            engine=engine["python"],
        )
