"""Room on the drive of models and projects."""

from services.hardware.checks._check import Machine, Outcome, bad, checks, ok, warn
from services.hardware.processor import disk_free_gib
from services.i18n import N_
from services.paths import data_dir


@checks.add("disk")
class DiskCheck:
    """Enough for a model, its checkpoints and a GGUF."""

    title = N_("Disk")
    order = 60

    def run(self, machine: Machine) -> Outcome:
        """Look at the drive of the data folder."""
        folder = data_dir()
        free = disk_free_gib(folder)
        values = {"free": f"{free:.0f}", "folder": str(folder)}
        if free < 2:
            return bad(
                N_("Only {free} GB is free on the drive of {folder}."),
                N_("Free some space, or move the data folder to another drive in Settings."),
                action="models.open",
                **values,
            )
        if free < 20:
            return warn(
                N_("{free} GB is free on the drive of {folder}: enough for small models only."),
                N_("A model of 8B with its exports wants 40 GB."),
                action="models.open",
                **values,
            )
        return ok(N_("{free} GB is free on the drive of {folder}."), **values)
