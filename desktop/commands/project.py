"""Commands of the road, one for each thing it may ask for: examples in, train, watch, resume, try, deploy.

Pages add their own commands in files beside this one.
"""

from desktop.commands import Command, add, project_open, project_writable
from desktop.main_window import MainWindow
from desktop.threads import run_in_thread
from services.i18n import tr


def _import(window: MainWindow) -> None:
    from desktop.controllers.importing import ask_for_files

    paths = ask_for_files(window)
    if paths:
        window.import_files(paths)


def _may_import(window: MainWindow) -> bool:
    return window.project is None or not window.read_only


def _open_data(window: MainWindow) -> None:
    if window.project is not None and window.project.dataset_names():
        window.open_page("dataset", window.project.dataset_names()[0])


def _has_data(window: MainWindow) -> bool:
    return window.project is not None and bool(window.project.dataset_names())


def _latest_run(window: MainWindow) -> str:
    contents = window.session.contents
    return contents.runs[0].id if contents is not None and contents.runs else ""


def _trained_run(window: MainWindow) -> str:
    from services.jobs.job import State

    contents = window.session.contents
    done = (State.FINISHED, State.STOPPED)
    return next((r.id for r in contents.runs if r.state in done), "") if contents is not None else ""


def _resume(window: MainWindow) -> None:
    run = _latest_run(window)
    if run:
        run_in_thread(window, lambda: window.supervisor.resume(run))
        window.open_page("run", run)


def _may_resume(window: MainWindow) -> bool:
    from services.jobs.job import State

    run = _latest_run(window)
    summary = window.supervisor.summary(run) if run and window.supervisor is not None else None
    able = (State.PAUSED, State.INTERRUPTED, State.FAILED)
    return not window.read_only and summary is not None and summary.state in able


add(
    Command(
        "data.import",
        lambda: tr("Open a file of examples…"),
        _import,
        "file-arrow-up",
        "Ctrl+O",
        "data",
        10,
        _may_import,
    )
)
add(Command("data.open", lambda: tr("Open the table"), _open_data, "table", menu="data", order=20,
            enabled_when=_has_data))  # fmt: skip
add(
    Command(
        "train.new",
        lambda: tr("New run"),
        lambda w: w.open_page("train"),
        "sliders-horizontal",
        "Ctrl+T",
        "train",
        10,
        project_writable,
    )
)
add(
    Command(
        "run.latest",
        lambda: tr("Show the latest run"),
        lambda w: w.open_page("run", _latest_run(w)),
        "chart-line",
        menu="train",
        order=20,
        enabled_when=lambda w: bool(_latest_run(w)),
    )
)
add(
    Command(
        "road.resume",
        lambda: tr("Resume the latest run"),
        _resume,
        "play",
        menu="train",
        order=30,
        enabled_when=_may_resume,
    )
)
add(
    Command(
        "chat.new",
        lambda: tr("New chat"),
        lambda w: w.open_page("chat"),
        "chat-circle",
        "Ctrl+Shift+T",
        "chat",
        10,
        project_open,
    )
)
add(
    Command(
        "export.latest",
        lambda: tr("Export the latest run…"),
        lambda w: w.open_page("export", _trained_run(w)),
        "export",
        "Ctrl+E",
        "export",
        10,
        lambda w: not w.read_only and bool(_trained_run(w)),
    )
)
