"""Rows from documents: files at the left, their chunks in the middle, who is asked and how at the right; then the rows
as they come."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.controllers.documents import Choice, DocumentsController, ReadFiles
from desktop.controllers.who_answers import who_answers
from desktop.models.ticked import Ticked
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.documents_side import AskingSide
from desktop.widgets.empty_state import EmptyState, scroll_page
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Label, Paragraph
from desktop.widgets.ticked_list import TickedList
from desktop.words import job_progress
from services.documents.chunks import Chunk
from services.documents.document import Document, DocumentError
from services.documents.readers import suffixes
from services.i18n import tr, trn
from services.jobs import events as ev
from services.jobs.job import State

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_CUT_MS = 250
_LIVE = (State.RUNNING, State.WAITING)


@pages.add("documents")
class DocumentsPage(Page):
    """One for a project."""

    kind = "documents"
    icon = "files"
    one_tab = True
    fills_primary = True
    road_step = "examples"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, "")
        self.controller = DocumentsController(window)
        self.documents: dict[Path, Document] = {}
        self.failures: dict[Path, DocumentError] = {}
        self.chunks: list[Chunk] = []
        self.job_id = ""
        self._named = self._prompted = False  # by the person
        self._cut_timer = QTimer(self)
        self._cut_timer.setSingleShot(True)
        self._cut_timer.setInterval(_CUT_MS)
        self._cut_timer.timeout.connect(self._cut)
        self._build()
        self.run(lambda: who_answers(self.controller.project), self.side.show_models)
        if window.supervisor is not None:
            window.supervisor.events.connect(self._on_events)
        self._say()

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("Documents")

    def drop_files(self, paths: list[str]) -> bool:
        known = [Path(p) for p in paths if Path(p).suffix.lower() in suffixes()]
        if known and not self.busy():
            self.add(known)
        return bool(known)

    def show_as_command(self) -> tuple[str, str]:
        files = " ".join(f'"{path}"' for path in self.documents) or "FILE"
        choice = self.choice()
        return (
            f'tunesmith data from-documents "{self.controller.project.folder}" {files} --name "{choice.dataset}" '
            f'--model "{choice.model}" --per-chunk {choice.per_chunk} --chunk-tokens {choice.chunk_tokens}',
            "",
        )

    def job_changed(self, job_id: str) -> None:
        if job_id == self.job_id:
            self._say()

    def closing(self) -> None:
        self._cut_timer.stop()
        self.controller.leave()

    def busy(self) -> bool:
        """Whether the job is at work or waits."""
        summary = self._summary()
        return summary is not None and summary.state in _LIVE

    # --- doing ----------------------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """Let the person choose documents."""
        kinds = f"{tr('Documents')} ({' '.join('*' + s for s in suffixes())})"
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add documents"), "", kinds)
        if paths:
            self.add([Path(path) for path in paths])

    def add(self, paths: list[Path]) -> None:
        """Read files and show their chunks."""
        fresh = [path for path in paths if path not in self.documents]
        self.side.note.set_text(lambda: tr("Reading…"))
        self.run(lambda: self.controller.read(fresh), self._read)

    def remove_file(self) -> None:
        """Take the current file out."""
        index = self.files.currentIndex().row()
        every = [*self.documents, *self.failures]
        if 0 <= index < len(every):
            self.documents.pop(every[index], None)
            self.failures.pop(every[index], None)
            self._show_files()
            self._cut()

    def choice(self) -> Choice:
        """What is chosen now."""
        side = self.side
        return Choice(
            tuple(self.documents),
            side.name.text().strip(),
            side.model.current_id(),
            side.prompt.toPlainText(),
            side.per_chunk.value(),
            self.tokens.value(),
            self.overlap.value(),
            tuple(self.list.ticked.unticked()),
        )

    def try_one(self) -> None:
        """Ask about the chunk that the person is at."""
        current = self.list.current()
        number = current.id if current is not None and self.tab.current() == "chunks" else 1
        chunk = next((c for c in self.chunks if c.number == number), None)
        if chunk is None:
            return
        choice = self.choice()
        self.banner.clear()
        self.side.trying(True)
        self.run(lambda: self.controller.try_on(chunk, choice), self._tried, self._not_tried)

    def start(self) -> None:
        """Ask about every ticked chunk."""
        from services.errors import TunesmithError

        self.banner.clear()
        try:
            self.job_id = self.controller.start(self.choice())
        except TunesmithError as error:
            self.show_error(error)
            return
        self.rows.ticked.set_items([])
        self._look("rows")
        self._say()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.empty = EmptyState(
            "files",
            lambda: tr("Make examples of your documents"),
            lambda: tr(
                "Add PDF, Word, Markdown, HTML or text files. A model of yours reads them piece by piece and writes "
                "questions with their answers, which you then look through."
            ),
            [self._adder("primary")],
            lambda: tr("Or drop the files here."),
        )
        self.work = Box("h")
        self.work.add(self._left()).add(self._middle(), 1)
        self.side = AskingSide()
        self.work.add(self.side)
        self.content.addWidget(self.empty, 1)
        self.content.addWidget(self.work, 1)
        self.side.try_.clicked.connect(self.try_one)
        self.side.go.clicked.connect(self.start)
        self.side.pause.clicked.connect(lambda: self._ask("pause"))
        self.side.stop.clicked.connect(lambda: self._ask("stop"))
        self.side.again.clicked.connect(self._resume)
        self.side.open.clicked.connect(lambda: self.main.open_page("dataset", self._dataset()))
        self.side.name.textEdited.connect(self._name_typed)
        self.side.prompt.textChanged.connect(self._prompt_typed)
        self.side.model.currentIndexChanged.connect(lambda _: self._say())

    def _adder(self, kind: str) -> Button:
        button = Button(lambda: tr("Add documents…"), kind, "plus")
        button.clicked.connect(self.choose_files)
        return button

    def _left(self) -> Box:
        self.files = TickedList(lambda: tr("Documents"))
        self.take_out = IconButton("trash", lambda: tr("Take the file out"), height=28)
        self.take_out.clicked.connect(self.remove_file)
        self.more = self._adder("secondary")
        left = Box("v", margins=(0, 16, 0, 16), line="hair", sides="r")
        left.setFixedWidth(256)
        head = row(Label(lambda: tr("1  Documents"), "heading"), "s", self.take_out, margins=(20, 0, 12, 0))
        left.add(head).add(8).add(self.files, 1).add(8).add(row(self.more, "s", margins=(20, 0, 20, 0)))
        return left

    def _middle(self) -> Box:
        from desktop.widgets.inputs import SpinBox

        self.tokens = SpinBox(50, 8000, 400, name=lambda: tr("Tokens a chunk"))
        self.overlap = SpinBox(0, 4000, 0, name=lambda: tr("Overlap in tokens"))
        self.list = TickedList(lambda: tr("Chunks"))
        self.rows = TickedList(lambda: tr("Rows"))
        self.tab = Segmented([("chunks", lambda: tr("Chunks")), ("rows", lambda: tr("Rows"))], name=lambda: tr("Show"))
        self.tab.changed.connect(self._look)
        self.reading = Paragraph("", "body", "text")
        self.counts = Label("", "small", "text2")
        self._cutting = row(
            Label(lambda: tr("Tokens a chunk"), "small", "text2"), 8, self.tokens, 16,
            Label(lambda: tr("Overlap"), "small", "text2"), 8, self.overlap,
        )  # fmt: skip
        for spin in (self.tokens, self.overlap):
            spin.valueChanged.connect(lambda _: self._cut_timer.start())
        self.list.ticked.ticks_changed.connect(self._say)
        for view in (self.list, self.rows):
            view.selectionModel().currentChanged.connect(lambda *_: self._show_text())
        middle = Box("v", margins=(0, 16, 0, 16))
        head = row(Label(lambda: tr("2  Chunks"), "heading"), 16, self.tab, "s", self._cutting, margins=(20, 0, 20, 0))
        middle.add(head).add(8).add(row(self.counts, "s", margins=(20, 0, 20, 0))).add(8)
        middle.add(self.list, 3).add(self.rows, 3).add(HairLine()).add(self._reader(), 2)
        return middle

    def _reader(self) -> QWidget:
        area = scroll_page(Box("v", (self.reading, "s"), margins=(20, 12, 20, 12)))
        area.setAccessibleName(tr("The whole text"))
        return area

    # --- showing --------------------------------------------------------------------------------------------------

    def _read(self, found: ReadFiles) -> None:
        self.documents.update(found.documents)
        self.failures.update(found.failures)
        if not self._named and self.documents:
            self.side.name.setText(self.controller.free_name(list(self.documents)))
        self._show_files()
        self._cut()

    def _show_files(self) -> None:
        good = [
            Ticked(i, path.name, trn("{n} character", "{n} characters", document.characters))
            for i, (path, document) in enumerate(self.documents.items())
        ]
        bad = [
            Ticked(len(good) + i, path.name, tr(error.message, **error.values))
            for i, (path, error) in enumerate(self.failures.items())
        ]
        self.files.ticked.set_items([*good, *bad])
        if self.failures:
            self.show_error(list(self.failures.values())[-1])

    def _cut(self) -> None:
        left_out = set(self.list.ticked.unticked())
        self.chunks = self.controller.cut(list(self.documents.values()), self.tokens.value(), self.overlap.value())
        same = len(self.chunks) == len(self.list.ticked.items())
        self.list.ticked.set_items(
            [
                Ticked(c.number, c.source, c.text, trn("{n} token", "{n} tokens", c.tokens),
                       not (same and c.number in left_out))
                for c in self.chunks
            ]
        )  # fmt: skip
        if self.chunks:
            self.list.setCurrentIndex(self.list.ticked.index(0))
        if not self._prompted and self.chunks:
            self.side.prompt.blockSignals(True)
            self.side.prompt.setPlainText(self.controller.default_prompt(self.chunks))
            self.side.prompt.blockSignals(False)
        self._say()

    def _look(self, tab: str) -> None:
        self.tab.set_current(tab)
        self.list.setVisible(tab == "chunks")
        self.rows.setVisible(tab == "rows")
        self._cutting.setVisible(tab == "chunks")
        self._show_text()
        self._say()

    def _show_text(self) -> None:
        current = (self.list if self.tab.current() == "chunks" else self.rows).current()
        text = (
            ""
            if current is None
            else current.text
            if current.ticked is not None
            else f"{current.title}\n\n{current.text}"
        )
        self.reading.set_text(text)

    def _tried(self, found: tuple[list[Any], str]) -> None:
        pairs, reply = found
        self.side.trying(False)
        items = [Ticked(i, pair.question, pair.answer) for i, pair in enumerate(pairs)]
        self.rows.ticked.set_items(
            items or [Ticked(0, tr("No question with its answer was found in the reply"), reply)]
        )
        self._look("rows")
        self.rows.setCurrentIndex(self.rows.ticked.index(0))

    def _not_tried(self, error: Exception) -> None:
        self.side.trying(False)
        self.show_error(error)

    def _on_events(self, job_id: str, events: list[object]) -> None:
        if job_id != self.job_id:
            return
        start = len(self.rows.ticked.items())
        new = [e for e in events if isinstance(e, ev.Sample)]
        self.rows.ticked.append([Ticked(start + i, e.prompt, e.text) for i, e in enumerate(new)])
        if start == 0 and new:
            self.rows.setCurrentIndex(self.rows.ticked.index(0))
        self._say()

    def _summary(self) -> Any:
        supervisor = self.main.supervisor
        return supervisor.summary(self.job_id) if self.job_id and supervisor is not None else None

    def _dataset(self) -> str:
        assert self.main.supervisor is not None
        return str(getattr(self.main.supervisor.job(self.job_id).request, "dataset", ""))

    def _say(self) -> None:
        some = bool(self.documents or self.failures)
        self.empty.setVisible(not some)
        self.work.setVisible(some)
        self.fills_primary = True
        busy, summary = self.busy(), self._summary()
        taken = len(self.chunks) - len(self.list.ticked.unticked())
        rows = len(self.rows.ticked.items())
        if self.tab.current() == "chunks":
            total = len(self.chunks)
            self.counts.set_text(
                lambda: tr("{n} of {total} chunks are asked about", n=f"{taken:,}", total=f"{total:,}")
            )
        else:
            self.counts.set_text(lambda: trn("{n} question with its answer", "{n} questions with their answers", rows))
        self.rows.setVisible(self.tab.current() == "rows")
        self.list.setVisible(self.tab.current() == "chunks")
        for widget in (self.more, self.take_out, self.tokens, self.overlap, self.list):
            widget.setEnabled(not busy)
        choice = self.choice()
        ready = bool(choice.model and choice.dataset and taken and choice.prompt.strip())
        self.side.say(summary, ready=ready, busy=busy, progress=job_progress(summary) if busy else "")
        if summary is not None and summary.failure is not None and summary.state is State.FAILED:
            failed = summary.failure
            self.show_error(
                DocumentError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
            )
        self.changed.emit()

    def _ask(self, what: str) -> None:
        if self.main.supervisor is not None:
            self.main.supervisor.ask(self.job_id, what)

    def _resume(self) -> None:
        self.banner.clear()
        self.rows.ticked.set_items([])
        if self.main.supervisor is not None:
            self.main.supervisor.resume(self.job_id)

    def _name_typed(self) -> None:
        self._named = True
        self._say()

    def _prompt_typed(self) -> None:
        self._prompted = True
        self._say()
