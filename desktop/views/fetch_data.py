"""A data set from a hub: its name there, which hub, which part. It comes as a job."""

from typing import TYPE_CHECKING

from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.download_dialog import model_name
from desktop.widgets.inputs import LineEdit, mark_error
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("fetch_data")
class FetchDataDialog(Dialog):
    """Three fields; only the name is needed."""

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, lambda: tr("A data set from the hub"), width=560)
        self.main = window
        self.hub = Segmented(
            [("hf", "Hugging Face"), ("mirror", "hf-mirror"), ("modelscope", "ModelScope")], "hf",
            name=lambda: tr("Hub"),
        )  # fmt: skip
        self.dataset = LineEdit(key, placeholder="tatsu-lab/alpaca", name=lambda: tr("Name of the data set on the hub"))
        self.wrong = Label("", "small", "err")
        self.subset = LineEdit(name=lambda: tr("Subset (may stay empty)"))
        self.split = LineEdit(placeholder="train", name=lambda: tr("Split (may stay empty)"))
        self.body.addWidget(self.hub)
        self.body.addSpacing(16)
        self.body.addWidget(Label(lambda: tr("Name of the data set on the hub"), "medium"))
        self.body.addSpacing(6)
        self.body.addWidget(self.dataset)
        self.body.addSpacing(4)
        self.body.addWidget(self.wrong)
        self.body.addSpacing(8)
        for title, field in (
            (lambda: tr("Subset (may stay empty)"), self.subset),
            (lambda: tr("Split (may stay empty)"), self.split),
        ):
            self.body.addWidget(Label(title, "medium"))
            self.body.addSpacing(6)
            self.body.addWidget(field)
            self.body.addSpacing(12)
        self.body.addWidget(
            Paragraph(
                lambda: tr("Only rows are fetched, never code that could run. It goes on in the background."),
                "small", width=496,
            )
        )  # fmt: skip
        self.footer.addStretch(1)
        away = Button(lambda: tr("Cancel"))
        away.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Fetch"), "primary", "cloud-arrow-down")
        self.go.clicked.connect(self._fetch)
        for line in (self.dataset, self.subset, self.split):
            line.returnPressed.connect(self._fetch)
        self.dataset.textEdited.connect(lambda _: self._forgive())
        self.footer.addWidget(away)
        self.footer.addWidget(self.go)

    def _forgive(self) -> None:
        mark_error(self.dataset, False)
        self.wrong.set_text("")

    def _fetch(self) -> None:
        from services.jobs.kinds.fetch_data import FetchDataRequest

        name = model_name(self.dataset.text().replace("/datasets/", "/"))
        if not name:
            mark_error(self.dataset, True)
            self.wrong.set_text(lambda: tr("Write it as maker/name, as its page on the hub shows it."))
            self.dataset.setFocus()
            return
        assert self.main.supervisor is not None
        request = FetchDataRequest.model_validate(
            {"dataset": name, "hub": self.hub.current(), "subset": self.subset.text().strip(),
             "split": self.split.text().strip()}
        )  # fmt: skip
        self.main.supervisor.submit(request)
        self.main.toast(lambda: tr("Fetching {name}; it will stand under Data", name=name), icon="cloud-arrow-down")
        self.accept()
