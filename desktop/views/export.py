"""The export dialog: choose where the model goes, watch the steps tick, end with a chat."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop.controllers.export import ExportController, Offer
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.diff_view import DiffView
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.inputs import LineEdit, SpinBox
from desktop.widgets.progress import Bar
from desktop.widgets.quant_table import QuantTable, size_text
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch
from desktop.widgets.task_list import TaskList
from desktop.widgets.text import IconLabel, Label, Paragraph
from services.errors import TunesmithError
from services.i18n import tr
from services.jobs import events as ev
from services.jobs.job import State

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_SENTENCES = {
    "ollama": lambda: tr("Puts the model into Ollama on this PC and proves that it is asked as it was trained."),
    "gguf": lambda: tr("Writes one file that LM Studio, llama.cpp, Ollama and others open."),
    "folder": lambda: tr("Writes the merged model as safetensors, for training on or for other programs."),
}


@pages.add("export")
class ExportDialog(Dialog):
    """key: job id of the run."""

    kind = "export"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, lambda: tr("Export run {run}", run=key.lstrip("0")), lambda: "…")
        self.main = window
        self.controller = ExportController(window, key)
        self.offer: Offer | None = None
        self.job_id = ""
        self._result: dict[str, Any] = {}
        self._failure: TunesmithError | None = None
        choices = [(i, (lambda t=title: tr(t))) for i, title in self.controller.target_choices()]
        self.target = Segmented(choices, height=36, name=lambda: tr("Where it goes"))
        self.target.changed.connect(lambda _: self._say())
        self.table = QuantTable()
        self.table.chosen.connect(lambda _: self._say())
        self.name = LineEdit(name=lambda: tr("Name"))
        self.name.setFixedWidth(240)
        self.context = SpinBox(256, 1 << 20, 4096, name=lambda: tr("Context"))
        self.replace = Switch(False, lambda: tr("Replace a model of that name"))
        self.tasks = TaskList()
        self.bar = Bar(height=6)
        self._build()
        if window.supervisor is not None:
            window.supervisor.events.connect(self._on_events)
            window.supervisor.changed.connect(self._on_changed)
        self.finished.connect(lambda _: self._let_go())
        run_in_thread(self, self.controller.offer, self._show_offer, self._show_error)
        self._say()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.sentence = Paragraph("", "body", "text2")
        self.body.addWidget(row(self.target, "s"))
        self.body.addSpacing(8)
        self.body.addWidget(self.sentence)
        self.body.addSpacing(16)
        left = Box("v")
        left.add(self.table).add(16)
        self._name_label = Label("", "body", "text2")
        self._context_row = row(Label(lambda: tr("Context"), "body", "text2"), 12, self.context)
        left.add(row(self._name_label, 12, self.name, "s", self._context_row)).add(12)
        self._replace_row = row(
            self.replace, 8, Label(lambda: tr("Replace a model of that name"), "body", "text2"), "s"
        )
        left.add(self._replace_row).add(12)
        self._space = Label("", "small", "text2")
        left.add(row(IconLabel("hard-drives", "text2"), 8, self._space, "s")).add("s")
        right = Box("v")
        self._phase = Label("", "small", "text2")
        right.add(self.tasks).add(8).add(self.bar).add(4).add(self._phase).add("s")
        right.setMinimumWidth(320)
        sides = Box("h", gap=32)
        sides.add(left, 3)
        sides.add(right, 2)
        self.body.addWidget(sides, 1)
        self._below = Box("v")
        self.body.addWidget(self._below)
        self._note = Label("", "body", "text2")
        self.log = Button(lambda: tr("Show the log"), "ghost")
        self.log.clicked.connect(self._show_log)
        self.away = Button(lambda: tr("Cancel"))
        self.away.clicked.connect(self.reject)
        self.halt = Button(lambda: tr("Stop"), icon="stop")
        self.halt.clicked.connect(self._halt)
        self.go = Button(lambda: tr("Export"), "primary", "export")
        self.go.clicked.connect(self._go)
        for item in (self.log, self.away, self.halt, self.go):
            if item is self.log:
                self.footer.addWidget(self._note)
                self.footer.addStretch(1)
            self.footer.addWidget(item)

    def _show_offer(self, offer: Offer) -> None:
        self.offer = offer
        self.subtitle.set_text(offer.subtitle)
        self.table.show_rows(offer.rows)
        self.name.setText(offer.name)
        self.context.setRange(256, offer.context_len or 1 << 20)
        self.context.setValue(offer.num_ctx)
        self._say()

    # --- doing ----------------------------------------------------------------------------------------------------

    def _go(self) -> None:
        if self._result:
            self._open_result()
            return
        target = self.target.current()
        options: dict[str, Any] = {}
        if target == "ollama":
            options = {
                "name": self.name.text().strip(),
                "num_ctx": self.context.value(),
                "overwrite": self.replace.isChecked() or None,
            }
        self.tasks.clear()
        self._failure = None
        self._show_below(None)
        try:
            self.job_id = self.controller.start(target, self.table.current(), self.name.text().strip(), options).id
        except TunesmithError as error:
            self._show_error(error)
        self._say()

    def _halt(self) -> None:
        if self.main.supervisor is not None and self.job_id:
            self.main.supervisor.ask(self.job_id, "stop")

    def _open_result(self) -> None:
        result = self._result
        self.accept()
        if "model" in result:
            self.main.open_page("chat", f"ask:ollama:{result['model']}")
        else:
            path = Path(str(result.get("gguf") or result.get("folder") or self.controller.project.exports_dir))
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))

    def _show_log(self) -> None:
        if self.job_id:
            job = self.controller.project.job(self.job_id)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(job.log_path)))

    def choose_folder(self) -> str:
        """Ask where to write; '' if the person thought better of it."""
        return QFileDialog.getExistingDirectory(self, tr("Where to write it"))

    # --- following ------------------------------------------------------------------------------------------------

    def _on_events(self, job_id: str, events: list[Any]) -> None:
        if job_id != self.job_id:
            return
        for event in events:
            if isinstance(event, ev.Task):
                self.tasks.take(event)
            elif isinstance(event, ev.Progress):
                self.bar.set_progress(event.step, event.total or 1)
                self._say_phase(event.phase)

    def _say_phase(self, phase: str) -> None:
        self._phase.set_text((lambda: tr(phase)) if phase else "")

    def _on_changed(self, job_id: str) -> None:
        if job_id != self.job_id or self.main.supervisor is None:
            return
        summary = self.main.supervisor.summary(job_id)
        if summary is None:
            return
        if summary.state is State.FINISHED:
            self._result = dict(summary.result)
            self.main.look_again()
        elif summary.state is State.FAILED and summary.failure is not None:
            failed = summary.failure
            error = TunesmithError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
            self._show_error(error)
        self._say()

    def _busy(self) -> bool:
        summary = self.main.supervisor.summary(self.job_id) if self.job_id and self.main.supervisor else None
        if not self.job_id or self._result or self._failure is not None:
            return False
        return summary is None or summary.state in (State.RUNNING, State.WAITING)

    def _show_error(self, error: Exception) -> None:
        plain, action = self.main.explain(error)
        self._failure = plain
        panel = ErrorPanel.of(plain, action)
        panel.acted.connect(lambda: self.main.run_command(plain.action))
        holder = Box("v", (HairLine(), 12, panel))
        values = plain.values
        if "expected" in values and "found" in values:
            holder.add(12).add(
                DiffView(
                    lambda: tr("What it was trained on"),
                    str(values["expected"]),
                    lambda: tr("What Ollama would send"),
                    str(values["found"]),
                )
            )
        if plain.action == "export.overwrite":
            self.replace.setChecked(True)
        self._show_below(holder)
        self._say()

    def _show_below(self, widget: Box | None) -> None:
        layout = self._below.box
        while layout.count():
            entry = layout.takeAt(0)
            old = entry.widget() if entry is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        if widget is not None:
            self._below.add(12).add(widget)

    def _let_go(self) -> None:
        if self.main.supervisor is not None:
            self.main.supervisor.events.disconnect(self._on_events)
            self.main.supervisor.changed.disconnect(self._on_changed)

    # --- saying ---------------------------------------------------------------------------------------------------

    def _say(self) -> None:
        target, busy, done = self.target.current(), self._busy(), bool(self._result)
        self.sentence.set_text(_SENTENCES.get(target, lambda: ""))
        for widget in (self.target, self.table, self.name, self.context, self.replace):
            widget.setEnabled(not busy and not done)
        self.table.setVisible(target != "folder")
        self._context_row.setVisible(target == "ollama")
        self._replace_row.setVisible(target == "ollama")
        self._name_label.set_text(lambda: tr("Name in Ollama") if target == "ollama" else tr("Name"))
        self.bar.setVisible(busy)
        self._phase.setVisible(busy)
        self.log.setVisible(bool(self.job_id))
        self.halt.setVisible(busy)
        self.away.set_text((lambda: tr("Close")) if busy or done else (lambda: tr("Cancel")))
        self.go.setVisible(not busy)
        if done and "model" in self._result:
            self.go.set_text(lambda: tr("Chat with it now"))
            self.go.set_icon("chat-circle")
        elif done:
            self.go.set_text(lambda: tr("Show in folder"))
            self.go.set_icon("folder-open")
        else:
            again = self._failure is not None
            self.go.set_text((lambda: tr("Try again")) if again else (lambda: tr("Export")))
        self.go.setEnabled(self.offer is not None or done)
        self._say_note(target, busy=busy, done=done)

    def _say_note(self, target: str, *, busy: bool, done: bool) -> None:
        offer = self.offer
        if offer is not None:
            chosen = next((r.gib for r in offer.rows if r.quant == self.table.current()), 0.0)
            needs = offer.merged_gib if target == "folder" else chosen * (3 if target == "ollama" else 1)
            free = offer.free_gib
            self._space.set_text(
                lambda: tr("Needs {needs}; {free} GiB free", needs=size_text(needs), free=f"{free:,.0f}")
            )
        names = self.controller.deployed_names()
        if done:
            model = str(self._result.get("model", ""))
            self._note.set_text(lambda: tr("{name} is deployed and proved.", name=model) if model else tr("Done."))
        elif busy:
            self._note.set_text(lambda: tr("You may close this; the job goes on."))
        elif self._failure is not None and names:
            self._note.set_text(lambda: tr("{name} is untouched and still answers.", name=names[-1]))
        else:
            self._note.set_text("")
