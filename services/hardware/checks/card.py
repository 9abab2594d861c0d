"""The card, and whether PyTorch sees it."""

from services.hardware.checks._check import Machine, Outcome, bad, checks, ok, warn
from services.hardware.machine import what_can_train
from services.hardware.nvidia import NoCards, nvidia_cards
from services.i18n import N_


@checks.add("card")
class CardCheck:
    """An NVIDIA card that can train, seen by the engine's PyTorch."""

    title = N_("Graphics card")
    order = 30

    def run(self, machine: Machine) -> Outcome:
        """Ask the driver, then PyTorch."""
        try:
            card = nvidia_cards(machine.run)[0]
        except NoCards as none:
            return warn(none.sentence, none.way_out, action="help.machine")
        ability = what_can_train(machine.run)
        if ability.reason:
            return warn(ability.reason, ability.way_out, action="help.machine")
        engine = machine.engine
        if "torch" in engine.get("packages", {}) and "torch_error" not in engine and not engine.get("cuda_available"):
            if not engine.get("cuda"):
                return bad(
                    N_("The card is there, but the installed PyTorch is the build for processors."),
                    N_("Install the training libraries again and choose the build for your card."),
                )
            return bad(
                N_("The card is there, but PyTorch for CUDA {cuda} cannot use it with driver {driver}."),
                N_("Install the newest driver from nvidia.com and restart the PC."),
                action="health.driver",
                cuda=engine["cuda"],
                driver=card.driver,
            )
        return ok(ability.sentence, **ability.values)
