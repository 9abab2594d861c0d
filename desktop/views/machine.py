"""What this PC can train, explained: the card, the largest model of each method, and why."""

from typing import TYPE_CHECKING

from desktop.controllers.machine import MachineSaid, read_machine
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("machine")
class MachineDialog(Dialog):
    """Reads the machine anew each time."""

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, lambda: tr("What this PC can train"), width=640)
        self.wait = Label(lambda: tr("Looking at this PC…"), "body", "text2")
        self.body.addWidget(self.wait)
        self.footer.addStretch(1)
        close = Button(lambda: tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)
        run_in_thread(self, read_machine, self.show_machine)

    def show_machine(self, said: MachineSaid) -> None:
        """Show what was read."""
        self.wait.hide()
        ability = said.ability
        reason, way_out = said.why()
        if reason:
            self.body.addWidget(ErrorPanel(reason, way_out, warn=True))
            self.body.addSpacing(16)

        def size(billions: float) -> str:
            if billions:
                return tr("models up to {size}B", size=f"{billions:g}")
            return tr("needs an NVIDIA card") if ability.card.kind == "cpu" else tr("too large for this PC")

        self.body.addWidget(
            Facts(
                [
                    FactRow(lambda: tr("Trains on"), said.name),
                    FactRow(lambda: tr("QLoRA"), lambda: size(ability.qlora_b), note=lambda: tr("weights in 4 bits")),
                    FactRow(lambda: tr("LoRA"), lambda: size(ability.lora_b), note=lambda: tr("weights in 16 bits")),
                    FactRow(lambda: tr("Full"), lambda: size(ability.full_b), note=lambda: tr("all weights trained")),
                ]
            )
        )
        self.body.addSpacing(16)
        self.body.addWidget(
            Paragraph(
                lambda: tr(
                    "1B means a billion weights. LoRA trains a small addition and leaves the model as it is; QLoRA "
                    "does the same on a model that was made smaller first. The forecast of each run counts exactly, "
                    "with your rows and settings."
                ),
                width=576,
            )
        )
