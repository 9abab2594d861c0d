"""Main memory."""

from services.hardware.checks._check import Machine, Outcome, bad, checks, ok, warn
from services.hardware.processor import memory_gib
from services.i18n import N_


@checks.add("memory")
class MemoryCheck:
    """Enough to load a model through."""

    title = N_("Memory")
    order = 50

    def run(self, machine: Machine) -> Outcome:
        """Look at all of it and at what is free."""
        total, free = memory_gib()
        values = {"total": f"{total:.0f}", "free": f"{free:.1f}"}
        if total < 3.5:
            return bad(N_("{total} GB of memory is too little to train in."), N_("At least 8 GB is needed."), **values)
        if free < 2:
            return warn(
                N_("Only {free} of {total} GB memory is free."), N_("Close other programs before you train."), **values
            )
        return ok(N_("{free} of {total} GB memory is free."), **values)
