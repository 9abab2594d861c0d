"""Split a data set: some rows go into a set of their own, mostly to check a training with."""

import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from desktop.controllers.checking import check_runs_with
from desktop.controllers.dataset_parts import PartsController
from desktop.threads import Task, run_in_thread
from desktop.views import pages
from desktop.widgets.split_form import SplitForm
from services.datasets.choosing import Chosen
from services.datasets.splitting import Split
from services.errors import TunesmithError
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_AFTER_MS = 200


@pages.add("split")
class SplitDialog(SplitForm):
    """key: the data set's name."""

    sample_mode = False

    def __init__(self, window: "MainWindow", key: str) -> None:
        if self.sample_mode:
            super().__init__(
                window, lambda: tr("Sample of {name}", name=key),
                lambda: tr("Rows drawn by chance become a set of their own; they stay here too."),
                lambda: tr("Draw them"),
            )  # fmt: skip
        else:
            super().__init__(
                window, lambda: tr("Split {name}", name=key),
                lambda: tr("Rows that a run never learns from tell whether it has understood or learnt by heart."),
                lambda: tr("Split"),
            )  # fmt: skip
        self._main, self.key = window, key
        self.parts = PartsController(window, key)
        self.parts.stop = self.stop
        self._looking = threading.Event()
        self._task: Task | None = None
        self._rows: Chosen | None = None
        page: Any = window.frame.tabs.page_of(f"dataset:{key}")
        selected = selected_ids(page) if page is not None and not self.sample_mode else ()
        base = f"{key}-sample" if self.sample_mode else f"{key}-validation"
        self.build(sample=self.sample_mode, selected=selected, into=self.parts.free(base))
        self._after = QTimer(self)
        self._after.setSingleShot(True)
        self._after.setInterval(_AFTER_MS)
        self._after.timeout.connect(self._look)
        self.chosen.connect(self._wait)
        self.column_wanted.connect(self._read_values)
        self.finished.connect(lambda _: self._looking.set())
        self.preview(lambda: tr("Looking at the rows…"), able=False)
        self.mark.set_icon("info", "text2")
        run_in_thread(self, self.parts.facts, self._read, self.say_error)

    # --- the preview ----------------------------------------------------------------------------------------------

    def _read(self, facts: tuple[int, list[str], dict[str, int]]) -> None:
        count, columns, tags = facts
        self.offer(columns, tags)
        if self.sample_mode:
            self.amount.setValue(min(100, max(1, count)))
        self._wait()

    def _read_values(self, column: str) -> None:
        def done(values: list[tuple[str, int]]) -> None:
            if column == self.column.current_id():
                self.offer_values(values)
                self._wait()

        run_in_thread(self, lambda: self.parts.values(column), done, self.say_error)

    def _wait(self) -> None:
        self._rows = None
        self.go.allow(False)
        self._after.start()

    def _look(self) -> None:
        """Choose the rows, in a thread, and say what would come of it."""
        self._looking.set()
        if self.over or self.busy:
            return
        how, together = self.how(), self.together.isChecked()
        if how is None:
            self.preview(lambda: tr("Choose which rows."), able=False)
            return
        stop = self._looking = threading.Event()

        def done(chosen: Chosen) -> None:
            if not stop.is_set():
                self._rows = chosen
                self._say(chosen)

        def failed(error: Exception) -> None:
            if not stop.is_set():
                self.say_error(error)

        run_in_thread(self, lambda: self.parts.choose(how, stop, together=together), done, failed)

    def _say(self, chosen: Chosen) -> None:
        into, moves = self.into.text().strip(), self.moves()
        able = bool(len(chosen.ids)) and (not moves or chosen.stay > 0)
        try:
            self.parts.check_name(into)
        except TunesmithError as error:
            self.say_error(error)
            return
        warning: Any = ""
        if chosen.shared and not self.sample_mode:
            warning = lambda: _shared(chosen)  # noqa: E731
        self.preview(lambda: _outcome(chosen, self.key, into, moves=moves), warning, able=able)

    # --- the work -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        if self._rows is None or self.busy:
            return
        self.stop.clear()
        self.set_busy(True)
        self.parts.split(
            self._rows, self.into.text().strip(), self.note(), move=self.moves(), progress=self.tell,
            done=self._made, failed=self.say_error,
        )  # fmt: skip

    def _made(self, made: Split) -> None:
        main, name, into = self._main, self.key, made.path.stem
        main.look_again()
        self.finish(
            lambda: _done(made, name, moved=made.revision is not None),
            [
                (lambda: tr("Undo"), "secondary", lambda: _undo(main, self.parts, made)),
                (lambda: tr("Open {name}", name=into), "secondary", lambda: main.open_page("dataset", into)),
                *([] if self.sample_mode else [
                    (lambda: tr("Check runs with it"), "primary", lambda: check_runs_with(main, name, into))
                ]),
            ],
        )  # fmt: skip


def selected_ids(page: Any) -> tuple[int, ...]:
    """Ids of the rows that are selected in a table, also where only some rows are shown."""
    return tuple(page.model.row_ids(page.grid.spans()))


def _outcome(chosen: Chosen, name: str, into: str, *, moves: bool) -> str:
    count = len(chosen.ids)
    if not count:
        return tr("No row is chosen.")
    if not moves:
        return trn("{n} of {rows} rows goes to {into}, and stays in {name} too.",
                   "{n} of {rows} rows go to {into}, and stay in {name} too.", count, rows=f"{chosen.rows:,}",
                   into=into, name=name)  # fmt: skip
    if not chosen.stay:
        return tr("No row would be left.")
    stay = trn("{n} row stays in {name}", "{n} rows stay in {name}", chosen.stay, name=name)
    return tr("{first}, {then}", first=stay, then=trn("{n} goes to {into}.", "{n} go to {into}.", count, into=into))


def _shared(chosen: Chosen) -> str:
    words = trn(
        "{n} of them asks what a row that stays asks too: training would have seen the question.",
        "{n} of them ask what rows that stay ask too: training would have seen the questions.",
        chosen.shared,
    )
    return f"{words} {tr('Such as: {question}', question=chosen.example)}" if chosen.example else words


def _done(made: Split, name: str, *, moved: bool) -> str:
    into = made.path.stem
    went = trn("{into} has {n} row", "{into} has {n} rows", made.rows, into=into)
    if not moved:
        return went + "."
    left = trn("{n} is left in {name}.", "{n} are left in {name}.", made.stay, name=name)
    return tr("{first}, {then}", first=went, then=left)


def _undo(main: "MainWindow", parts: PartsController, made: Split) -> None:
    open_page = main.frame.tabs.page_of(f"dataset:{made.path.stem}")
    if open_page is not None:
        main.frame.tabs.close_page(open_page)

    def done(_: Any) -> None:
        main.look_again()
        into = made.path.stem
        main.toast(lambda: tr("As before; {name} lies in the project's trash.", name=into), icon="arrow-u-up-left")

    parts.undo(made, done, main.show_error)
