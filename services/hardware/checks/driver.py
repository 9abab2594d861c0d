"""The NVIDIA driver's age."""

from services.hardware.checks._check import Machine, Outcome, checks, ok, warn
from services.hardware.nvidia import NoCards, nvidia_cards
from services.i18n import N_

_CUDA_13_SINCE = 580


@checks.add("driver")
class DriverCheck:
    """New enough for present builds of PyTorch (CUDA 13)."""

    title = N_("Card driver")
    order = 40

    def run(self, machine: Machine) -> Outcome:
        """Compare the driver's first number."""
        try:
            driver = nvidia_cards(machine.run)[0].driver
        except NoCards:
            return ok(N_("No NVIDIA driver, and none needed to train on the processor."))
        major = driver.split(".")[0]
        if major.isdigit() and int(major) < _CUDA_13_SINCE:
            return warn(
                N_("Driver {driver} is older than present PyTorch builds want."),
                N_("Install driver {least} or later from nvidia.com."),
                action="health.driver",
                driver=driver,
                least=_CUDA_13_SINCE,
            )
        return ok(N_("Driver {driver}."), driver=driver)
