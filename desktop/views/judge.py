"""The judge: a model scores the rows of a data set by a rubric."""

from typing import TYPE_CHECKING

from desktop.controllers.who_answers import who_answers
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.boxes import row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.error_panel import Banner
from desktop.widgets.inputs import ComboBox, LineEdit, TextArea
from desktop.widgets.switch import Switch
from desktop.widgets.text import Label, Paragraph, Text
from services.documents.prompts import RUBRIC, filled, language_of
from services.errors import TunesmithError
from services.i18n import tr
from services.jobs.kinds.judge import JudgeRequest

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_WIDTH = 720


@pages.add("judge")
class JudgeDialog(Dialog):
    """key: the data set. Starts the job and closes; the scores come into the table."""

    kind = "judge"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(
            window,
            lambda: tr("Have a model score the rows"),
            lambda: tr("From 1 to 5, with a reason, in columns of their own. One undo takes them back."),
            width=_WIDTH,
        )
        self.main, self.key = window, key
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.model = ComboBox(name=lambda: tr("Model"))
        self.column = LineEdit("score", name=lambda: tr("Column"))
        self.again = Switch(False, lambda: tr("Score rows again that have a score"))
        self.rubric = TextArea(self._default(), name=lambda: tr("Rubric"))
        self.rubric.setMinimumHeight(220)
        self.note = Paragraph("", "small", "text2")
        self._field(lambda: tr("Model"), self.model)
        self._field(lambda: tr("Column"), self.column)
        self._field(lambda: tr("Rubric"), self.rubric)
        again = Label(lambda: tr("Score rows again that have a score"), "body", "text2")
        self.body.addWidget(row(self.again, 8, again, "s"))
        self.body.addSpacing(8)
        self.body.addWidget(self.note)
        self.footer.addStretch(1)
        away = Button(lambda: tr("Cancel"))
        away.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Start"), "primary", "play")
        self.go.setEnabled(False)
        self.go.clicked.connect(self.start)
        self.footer.addWidget(away)
        self.footer.addWidget(self.go)
        assert window.project is not None
        project = window.project
        run_in_thread(self, lambda: who_answers(project), self._show_models)

    def start(self) -> None:
        """Queue the job."""
        try:
            filled(self.rubric.toPlainText(), ("question", "answer"), question="", answer="")
        except TunesmithError as error:
            plain, action = self.main.explain(error)
            self.banner.show_error(plain, action)
            return
        request = JudgeRequest(
            name=tr("Scores of {name}", name=self.key),
            dataset=self.key,
            model=self.model.current_id(),
            rubric=self.rubric.toPlainText(),
            column=self.column.text().strip() or "score",
            again=self.again.isChecked(),
        )
        assert self.main.supervisor is not None
        self.main.supervisor.submit(request)
        self.main.toast(lambda: tr("Scoring {name}; the scores come into the table", name=self.key), icon="star-half")
        self.accept()

    def _default(self) -> str:
        page = self.main.page
        model = getattr(page, "model", None)
        rows = [model.row_at(i) for i in range(min(20, model.rowCount()))] if model is not None else []
        words = " ".join(str(value) for item in rows if item is not None for value in item.values.values())
        return RUBRIC[language_of(words)]

    def _field(self, name: Text, widget: ComboBox | LineEdit | TextArea) -> None:
        self.body.addWidget(Label(name, "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(widget)
        self.body.addSpacing(12)

    def _show_models(self, found: list[tuple[str, Text]]) -> None:
        self.model.fill(found)
        self.go.setEnabled(bool(found))
        if not found:
            self.note.set_text(
                lambda: tr("Nobody answers yet. Start Ollama, connect a server, or train a model of your own first.")
            )
