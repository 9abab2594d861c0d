"""About Tunesmith: version, where things lie, licence."""

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import qVersion

from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.facts import FactRow, Facts
from services import __version__
from services.i18n import tr
from services.paths import data_dir

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("about")
class AboutDialog(Dialog):
    """Facts that a question for help needs."""

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(
            window,
            "Tunesmith",
            lambda: tr("From a spreadsheet of examples to your own model, on your own PC."),
            width=560,
        )
        python = ".".join(str(n) for n in sys.version_info[:3])
        self.body.addWidget(
            Facts(
                [
                    FactRow(lambda: tr("Version"), __version__),
                    FactRow("Python", python),
                    FactRow("Qt", qVersion()),
                    FactRow(lambda: tr("Data folder"), str(data_dir())),
                    FactRow(lambda: tr("Licence"), "Apache-2.0"),
                ]
            )
        )
        self.footer.addStretch(1)
        close = Button(lambda: tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)
