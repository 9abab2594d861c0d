"""The export dialog: choose where the model goes, watch the steps tick, end with a chat."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop.controllers.export import ELSEWHERE, Choice, ExportController, Offer
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.boxes import Box, HairLine, clear_box, row
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
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Paragraph, Text, translated
from services.errors import TunesmithError
from services.i18n import N_, tr
from services.jobs import events as ev
from services.jobs.job import Job, State, Summary

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_ROOMY_PX = 880  # below that, the table makes room for a comparison
_SENTENCES = {
    "ollama": lambda: tr("Puts the model into Ollama on this PC and proves that it is asked as it was trained."),
    "gguf": lambda: tr("Writes one file that LM Studio, llama.cpp, Ollama and others open."),
    "lm-studio": lambda: tr("Writes one file and puts it where LM Studio on this PC looks for models."),
    "folder": lambda: tr("Writes the merged model as safetensors, for training on or for other programs."),
    "gptq": lambda: tr("Writes a folder in 4 or 8 bit for vLLM and other programs that answer on a card."),
}


@pages.add("export")
class ExportDialog(Dialog):
    """key: job id of the run. An export of that run which is at work already is shown in place of the choice."""

    kind = "export"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, lambda: tr("Export run {run}", run=key.lstrip("0")), lambda: "…")
        self.main = window
        self.controller = ExportController(window, key)
        self.offer: Offer | None = None
        self.job_id = ""
        self._checking = False
        self._early: list[ev.AnyEvent] | None = None  # events that came while the journal was read
        self._result: dict[str, Any] = {}
        self._failure: TunesmithError | None = None
        self._stopped = False
        self._folder: Path | None = None
        choices = [(i, (lambda t=title: tr(t))) for i, title in self.controller.target_choices()]
        self.target = Segmented(choices, height=36, name=lambda: tr("Where it goes"))
        self.table = QuantTable()
        self.bits = Segmented([("4", lambda: tr("4 bit")), ("8", lambda: tr("8 bit"))], name=lambda: tr("Bits"))
        self.name = LineEdit(name=lambda: tr("Name"))
        self.name.setFixedWidth(240)
        self.context = SpinBox(256, 1 << 20, 4096, name=lambda: tr("Context"))
        self.replace = Switch(False, self._replaces)
        self.tasks = TaskList()
        self.bar = Bar(height=6)
        self._build()
        self.target.changed.connect(lambda _: self._changed())
        self.table.chosen.connect(lambda _: self._changed())
        self.bits.changed.connect(lambda _: self._changed())
        self.name.textChanged.connect(lambda _: self._changed())
        self.replace.toggled.connect(lambda _: self._say())
        if window.supervisor is not None:
            window.supervisor.events.connect(self._on_events)
            window.supervisor.changed.connect(self._on_changed)
        self.finished.connect(lambda _: self._let_go())
        run_in_thread(self, self.controller.offer, self._show_offer, self._show_error)
        self._expect()
        run_in_thread(self, self.controller.running, self._found_running, self._show_error)
        self._say()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.sentence = Paragraph("", "body", "text2")
        self.body.addWidget(row(self.target, "s"))
        self.body.addSpacing(8)
        self.body.addWidget(self.sentence)
        self.body.addSpacing(12)
        sides = Box("h", gap=32)
        sides.add(self._left_side(), 3)
        sides.add(self._right_side(), 2)
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
        self.footer.addWidget(self._note)
        self.footer.addStretch(1)
        for item in (self.log, self.away, self.halt, self.go):
            self.footer.addWidget(item)

    def _left_side(self) -> Box:
        left = Box("v")
        self._name_label = Label("", "body", "text2")
        self._context_row = row(Label(lambda: tr("Context"), "body", "text2"), 12, self.context)
        self._where = ElidedLabel("", "small", "text2", middle=True)
        self.change = Button(lambda: tr("Another folder…"), "link")
        self.change.clicked.connect(self._choose_folder)
        self._where_row = row(IconLabel("folder", "text2"), 8)
        self._where_row.add(self._where, 1).add(12).add(self.change)
        self._replace_label = Label(self._replaces, "body", "text2")
        self._replace_row = row(self.replace, 8, self._replace_label, "s")
        self._space_icon = IconLabel("hard-drives", "text2")
        self._space = Label("", "small", "text2")
        self._bits_row = row(Label(lambda: tr("Bits"), "body", "text2"), 12, self.bits, "s")
        left.add(self.table).add(self._bits_row).add(12)
        left.add(row(self._name_label, 12, self.name, "s", self._context_row)).add(8)
        left.add(self._replace_row).add(8).add(self._where_row).add(8)
        left.add(row(self._space_icon, 8, self._space, "s")).add("s")
        return left

    def _right_side(self) -> Box:
        right = Box("v")
        self._phase = Label("", "small", "text2")
        right.add(self.tasks).add(8).add(self.bar).add(4).add(self._phase).add("s")
        right.setMinimumWidth(320)
        return right

    def _show_offer(self, offer: Offer) -> None:
        self.offer = offer
        self.subtitle.set_text(offer.subtitle)
        self.table.show_rows(offer.rows)
        if not self.name.text():
            self.name.setText(offer.name)
        self.context.setRange(256, offer.context_len or 1 << 20)
        self.context.setValue(offer.num_ctx)
        self._say()

    # --- doing ----------------------------------------------------------------------------------------------------

    def choice(self) -> Choice:
        """What is chosen now."""
        target = self.target.current()
        return Choice(
            target,
            self.table.current(),
            self.name.text().strip() or "model",
            self.context.value(),
            not self._replace_row.isHidden() and self.replace.isChecked(),
            None if target in ELSEWHERE else self._folder,
            int(self.bits.current()),
        )

    def _go(self) -> None:
        if self._result:
            self._open_result()
            return
        choice = self.choice()
        self.tasks.clear()
        self._failure, self._stopped, self.job_id = None, False, ""
        self._checking = True
        self._show_below(None)
        self._expect()
        self._say()
        run_in_thread(self, lambda: self.controller.start(choice), self._follow, self._show_error)

    def _found_running(self, job: Job | None) -> None:
        if job is not None and not self.busy():
            self._follow(job)

    def _follow(self, job: Job) -> None:
        """Show an export: what it has said, then what it says."""
        self._checking = False
        self.job_id = job.id
        request = job.request
        target = str(getattr(request, "target", self.target.current()))
        if target != self.target.current():
            self.target.set_current(target)
        self.table.choose(str(getattr(request, "quant", "")))
        if getattr(request, "name", ""):
            self.name.setText(request.name)
        self._expect()
        self._early = []
        run_in_thread(self, lambda: self.controller.so_far(job), self._caught_up, self._show_error)
        self._say()

    def _caught_up(self, events: list[ev.AnyEvent]) -> None:
        early, self._early = self._early or [], None
        self._take([*events, *early])
        self._on_changed(self.job_id)
        self._say()

    def _halt(self) -> None:
        if self.main.supervisor is not None and self.job_id:
            self.halt.allow(False, lambda: tr("Stopping…"))
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

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Where to write it"))
        if chosen:
            self._folder = Path(chosen)
            self._changed()

    # --- following ------------------------------------------------------------------------------------------------

    def _on_events(self, job_id: str, events: list[Any]) -> None:
        if job_id != self.job_id:
            return
        if self._early is not None:
            self._early += events
        else:
            self._take(events)

    def _take(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, ev.Started):
                self.bar.set_progress(0, 1)
            elif isinstance(event, ev.Task) and event.id != "deliver":  # that one is the target itself
                self.tasks.take(event)
            elif isinstance(event, ev.Progress):
                self.bar.set_progress(event.step, event.total or 1)
                self._phase.set_text(translated(event.phase) if event.phase else "")

    def _summary(self) -> Summary | None:
        supervisor = self.main.supervisor
        return supervisor.summary(self.job_id) if self.job_id and supervisor is not None else None

    def _on_changed(self, job_id: str) -> None:
        summary = self._summary()
        if job_id != self.job_id or summary is None or self._early is not None:
            return
        if summary.state is State.FINISHED and not self._result:
            self._result = dict(summary.result) or {"target": self.target.current()}
            self.main.look_again()
        elif summary.state is State.STOPPED:
            self._stopped = True
        elif summary.state is State.INTERRUPTED:
            self._show_error(
                TunesmithError(
                    N_("The export ended without a word."),
                    way_out=N_("Nothing that was there before has changed. Try again; the log may say why."),
                )
            )
        elif summary.state is State.FAILED and summary.failure is not None:
            failed = summary.failure
            error = TunesmithError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
            self._show_error(error)
        self._say()

    def busy(self) -> bool:
        """Whether an export is checked, waits or is at work."""
        if self._checking:
            return True
        if not self.job_id or self._result or self._failure is not None or self._stopped:
            return False
        summary = self._summary()
        return summary is None or summary.state in (State.RUNNING, State.WAITING)

    def _show_error(self, error: Exception) -> None:
        plain, action = self.main.explain(error)
        self._checking, self._failure = False, plain
        panel = ErrorPanel.of(plain, action)
        panel.acted.connect(lambda: self.main.run_command(plain.action))
        holder = Box("v", (HairLine(), 12, panel))
        values = plain.values
        if "expected" in values and "found" in values:
            found: Text = lambda: tr("What llama.cpp would read")  # noqa: E731
            if self.target.current() == "ollama" and "upload" in self.tasks.states():
                found = lambda: tr("What Ollama would send")  # noqa: E731
            expected = str(values["expected"])
            self.table.set_compact(self.window().height() < _ROOMY_PX)
            holder.add(8).add(DiffView(lambda: tr("What it was trained on"), expected, found, str(values["found"])))
        self._show_below(holder)
        self._say()

    def _show_below(self, widget: Box | None) -> None:
        if widget is None:
            self.table.set_compact(False)
        clear_box(self._below)
        if widget is not None:
            self._below.add(12).add(widget)

    def _let_go(self) -> None:
        if self.main.supervisor is not None:
            self.main.supervisor.events.disconnect(self._on_events)
            self.main.supervisor.changed.disconnect(self._on_changed)

    # --- saying ---------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Another choice: what was said of the last one is no longer true."""
        if self.busy() or self._result:
            return
        self.replace.setChecked(False)
        self._failure, self._stopped, self.job_id = None, False, ""
        self._show_below(None)
        self.tasks.clear()
        self._expect()
        self._say()

    def _expect(self) -> None:
        """Name what will be proved."""
        if self.target.current() == "ollama":
            self.tasks.expect(lambda: tr("Checked before it counts as deployed"), self.controller.gates())

    def _replaces(self) -> str:
        if self.target.current() in ELSEWHERE:
            return tr("Replace {name}; the old one is gone then", name=self.name.text().strip())
        return tr("Replace what is there; the old one is gone then")

    def _taken(self) -> bool:
        """Whether something stands where the export would go, as far as is known."""
        if self.target.current() not in ELSEWHERE:
            return self.controller.place(self.choice()).exists()
        refused = self._failure is not None and self._failure.action == "export.overwrite"
        return refused or self.replace.isChecked()

    def _say(self) -> None:
        target, busy, done = self.target.current(), self.busy(), bool(self._result)
        self.sentence.set_text(_SENTENCES.get(target, lambda: ""))
        for widget in (self.target, self.table, self.bits, self.name, self.context, self.replace, self.change):
            widget.setEnabled(not busy and not done)
        self.table.setVisible(target not in ("folder", "gptq"))
        self._bits_row.setVisible(target == "gptq")
        self._context_row.setVisible(target == "ollama")
        self._where_row.setVisible(target not in ELSEWHERE)
        taken = not busy and not done and self._taken()
        self._replace_row.setVisible(taken)
        for part in (self.replace, self._replace_label):
            part.retranslate()
        self._name_label.set_text((lambda: tr("Name in Ollama")) if target == "ollama" else (lambda: tr("Name")))
        self.bar.setVisible(busy and not self._checking)
        self._phase.setVisible(busy)
        if self._checking:
            self._phase.set_text(lambda: tr("Checking what is needed…"))
        self.log.setVisible(bool(self.job_id))
        self.halt.setVisible(busy and not self._checking)
        if not busy:
            self.halt.allow(True)
        self.away.set_text((lambda: tr("Close")) if busy or done or self.job_id else (lambda: tr("Cancel")))
        self._say_go(busy=busy, done=done, taken=taken)
        self._say_note(busy=busy, done=done)

    def _say_go(self, *, busy: bool, done: bool, taken: bool) -> None:
        self.go.setVisible(not busy)
        if done and "model" in self._result:
            self.go.set_text(lambda: tr("Chat with it now"))
            self.go.set_icon("chat-circle")
        elif done:
            self.go.set_text(lambda: tr("Show in folder"))
            self.go.set_icon("folder-open")
        else:
            again = self._failure is not None or self._stopped
            self.go.set_text((lambda: tr("Try again")) if again else (lambda: tr("Export")))
            self.go.set_icon("arrow-clockwise" if again else "export")
        room = self._say_space()
        why: Text = lambda: tr("Looking at the run…")  # noqa: E731
        if not room:
            why = lambda: tr("There is not enough room on the drive.")  # noqa: E731
        elif taken and not self.replace.isChecked():
            why = lambda: tr("Choose another name, or allow it to be replaced.")  # noqa: E731
        ready = self.offer is not None and room and (not taken or self.replace.isChecked())
        self.go.allow(ready or done, why)

    def _say_space(self) -> bool:
        """Say where it goes, what it needs and what is free; whether that is enough."""
        offer, choice = self.offer, self.choice()
        if offer is None:
            return True
        place = self.controller.place(choice)
        self._where.set_text(str(place))
        needs, free = self.controller.needs_bytes(choice, offer), self.controller.free_bytes(choice)
        enough = free > needs
        self._space_icon.set_icon("hard-drives" if enough else "warning-circle", "text2" if enough else "err")
        self._space.set_colour("text2" if enough else "err")
        self._space.set_text(lambda: tr("Needs {needs}; {free} free", needs=size_text(needs), free=size_text(free)))
        return enough

    def _say_note(self, *, busy: bool, done: bool) -> None:
        names = self.offer.deployed if self.offer is not None else []
        if done:
            model = str(self._result.get("model", ""))
            self._note.set_text(lambda: tr("{name} is deployed and proved.", name=model) if model else tr("Done."))
        elif self._checking:
            self._note.set_text("")
        elif busy:
            self._note.set_text(lambda: tr("You may close this; the job goes on."))
        elif self._stopped:
            self._note.set_text(lambda: tr("Stopped; nothing that was there has changed."))
        elif self._failure is not None and names and self.target.current() == "ollama":
            self._note.set_text(lambda: tr("{name} is untouched and still answers.", name=names[-1]))
        else:
            self._note.set_text("")
