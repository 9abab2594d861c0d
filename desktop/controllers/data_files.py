"""Data in and out off the window's thread: exports and conversions that can be stopped, sets of a folder."""

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from desktop.threads import run_in_thread
from desktop.widgets.buttons import Button
from desktop.widgets.working import Working
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.datasets.convert import Loss
    from services.datasets.offers import Offer

KINDS = ("jsonl", "json", "csv", "tsv", "xlsx", "parquet", "arrow", "txt")


def kind_title(kind: str) -> str:
    """A kind of file, as a person says it."""
    return {
        "jsonl": tr("JSON Lines: one example a line (.jsonl)"),
        "json": tr("JSON: one list (.json)"),
        "csv": tr("Table with commas (.csv)"),
        "tsv": tr("Table with tabs (.tsv)"),
        "xlsx": tr("Excel (.xlsx)"),
        "parquet": tr("Parquet (.parquet)"),
        "arrow": tr("Arrow (.arrow)"),
        "txt": tr("Plain text (.txt)"),
    }[kind]


def kind_note(kind: str) -> str:
    """What a kind of file keeps and what not."""
    if kind in ("csv", "tsv"):
        return tr("Every cell becomes text; lists and objects are written as JSON, null as nothing.")
    return {
        "jsonl": tr("Everything is kept as it is. Every training program reads it."),
        "json": tr("Everything is kept as it is."),
        "xlsx": tr("Lists and objects become text, and a cell holds at most 32,767 characters; what is cut is said."),
        "parquet": tr("Small and fast to read. Values of mixed kinds are written as JSON text."),
        "arrow": tr("Fast to read. Values of mixed kinds are written as JSON text."),
        "txt": tr("Only the first column, a row a line."),
    }[kind]


def loss_lines(lost: list[str], losses: "list[Loss]") -> list[str]:
    """What was lost, in the person's language, with the first rows that it happened to."""
    lines = [tr(sentence) for sentence in lost]
    for loss in losses:
        said = tr(loss.sentence, **loss.values) if loss.values else tr(loss.sentence)
        rows = ", ".join(f"{row:,}" for row in loss.rows[:8]) + (" …" if loss.count > 8 else "")
        lines.append(f"{said} " + trn("({n} row: {rows})", "({n} rows: {rows})", loss.count, rows=rows))
    return lines


def export_set(
    window: "MainWindow", name: str, path: Path, *, kind: str, to: str, revision: int | None, register: bool
) -> None:
    """Write a set's rows to a file, with Stop; then say what was written and what was lost. A job if there are many."""
    project = window.project
    assert project is not None
    stop = Event()
    if _left_to_a_job(window, name, revision, path.name, file=str(path), file_kind=kind, to=to, register_file=register):
        return

    def work() -> Any:
        from services.datasets.exporting import export_rows
        from services.datasets.store import DatasetStore

        with DatasetStore.open(project.dataset_path(name), read_only=True) as store:
            return export_rows(store, path, kind=kind, revision=revision, to=to, register=register, stop=stop)

    def done(made: Any) -> None:
        lines = loss_lines(made.lost, made.losses)
        if lines:
            _say_losses(window, tr("{file} is written", file=path.name), lines)
        window.toast(
            lambda: trn("{n} row written to {file}", "{n} rows written to {file}", made.rows, file=path.name),
            icon="file-arrow-down", action=lambda: tr("Show the folder"), run=lambda: _show(path),
        )  # fmt: skip

    _under_way(window, lambda: tr("Writing {name}", name=path.name), work, done, stop)


def convert_set(window: "MainWindow", name: str, to: str, new_name: str) -> None:
    """Make a new set of a set's rows in another format, with Stop; then open its table. A job if there are many."""
    project = window.project
    assert project is not None
    stop = Event()
    if _left_to_a_job(window, name, None, new_name, to=to, new_name=new_name):
        return

    def work() -> Any:
        from services.datasets.convert import Conversion, convert_to_set
        from services.datasets.store import DatasetStore

        with DatasetStore.open(project.dataset_path(name), read_only=True) as store:
            conversion = Conversion(store, to, stop=stop)
            convert_to_set(conversion, project.dataset_path(new_name), f"{name} as {to}")
        return list(conversion.losses.values())

    def done(losses: "list[Loss]") -> None:
        window.look_again()
        window.open_page("dataset", new_name)
        if losses:
            _say_losses(window, tr("{name} is made", name=new_name), loss_lines([], losses))

    _under_way(window, lambda: tr("Converting {name}", name=name), work, done, stop)


def _left_to_a_job(window: "MainWindow", name: str, revision: int | None, shown: str, **request: Any) -> bool:
    """Whether the set of the page in front is so large that a job was started for it."""
    from services.jobs.kinds.export_data import LARGE_ROWS, ExportDataRequest

    page = window.page
    model = getattr(page, "model", None)
    if model is None or page is None or page.key != name or window.read_only or window.supervisor is None:
        return False
    store = model.store
    if store.count() < LARGE_ROWS:
        return False
    revision = store.revision if revision is None else revision
    window.supervisor.submit(ExportDataRequest(dataset=name, revision=revision, **request))
    window.toast(lambda: tr("{name} is being made; it goes on in the background", name=shown), icon="hourglass")
    return True


def first_losses(project_path: Path, to: str, rows: int = 200) -> "list[Loss]":
    """What the first rows of a set would lose. Off the window's thread. DatasetError as converting has."""
    from itertools import islice

    from services.datasets.convert import Conversion
    from services.datasets.store import DatasetStore

    with DatasetStore.open(project_path, read_only=True) as store:
        conversion = Conversion(store, to)
        for _ in islice(conversion, rows):
            pass
        return list(conversion.losses.values())


def import_offers(window: "MainWindow", offers: "list[Offer]") -> None:
    """Make sets of what a folder offers, one after the other; then open the first one's table."""
    project = window.project
    assert project is not None

    def work() -> Any:
        from services.datasets.import_offer import import_offer

        return [import_offer(project, offer) for offer in offers]

    def done(reports: list[Any]) -> None:
        window.look_again()
        window.open_page("dataset", reports[0].name)
        window.toast(lambda: trn("{n} data set opened", "{n} data sets opened", len(reports)), icon="table")

    _under_way(window, lambda: tr("Reading {name}", name=offers[0].name), work, done, None)


def _under_way(window: "MainWindow", words: Any, work: Any, done: Any, stop: Event | None) -> None:
    working = Working(window, words)
    if stop is not None:
        button = Button(lambda: tr("Stop"), height=28)
        button.clicked.connect(stop.set)
        working.add(button)

    def over(outcome: Any) -> None:
        working.done()
        done(outcome)

    def failed(error: Exception) -> None:
        working.done()
        if stop is not None and stop.is_set():
            window.toast(lambda: tr("Stopped; nothing was written."), icon="stop-circle", icon_role="text2")
        else:
            window.show_error(error)

    run_in_thread(window, work, over, failed)


def _say_losses(window: "MainWindow", title: str, lines: list[str]) -> None:
    from desktop.widgets.losses_dialog import LossesDialog

    LossesDialog(window, title, lines).open()


def _show(path: Path) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
