"""Commands of the training page, and the way to the newest run."""

from typing import TYPE_CHECKING

from desktop.commands import Command, add, on_page, project_open, project_writable
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


def _runs(window: "MainWindow") -> list[str]:
    supervisor = window.supervisor
    return [s.id for s in supervisor.summaries() if s.kind == "train"] if supervisor is not None else []


def _open_latest(window: "MainWindow") -> None:
    window.open_page("run", _runs(window)[-1])


add(
    Command(
        "train.new",
        lambda: tr("Train a model"),
        run=lambda w: w.open_page("train"),  # type: ignore[func-returns-value]
        icon="sliders-horizontal",
        shortcut="Ctrl+T",
        menu="train",
        order=100,
        enabled_when=project_writable,
        why=lambda: tr("Open a project first."),
    )
)
add(
    Command(
        "train.start",
        lambda: tr("Start training"),
        run=lambda w: w.page.start(),  # type: ignore[union-attr]
        icon="play",
        shortcut="Ctrl+Return",
        menu="train",
        order=101,
        enabled_when=on_page("train", "can_start"),
        why=lambda: tr("Choose a model and a data set on the training page first."),
    )
)
add(
    Command(
        "train.open_yaml",
        lambda: tr("Open a recipe (YAML)…"),
        run=lambda w: w.page.open_yaml(),  # type: ignore[union-attr]
        icon="file-arrow-up",
        menu="train",
        order=102,
        enabled_when=on_page("train"),
    )
)
add(
    Command(
        "train.save_yaml",
        lambda: tr("Save the recipe (YAML)…"),
        run=lambda w: w.page.save_yaml(),  # type: ignore[union-attr]
        icon="download-simple",
        menu="train",
        order=103,
        enabled_when=on_page("train"),
    )
)
add(
    Command(
        "run.latest",
        lambda: tr("Open the newest run"),
        run=_open_latest,
        icon="chart-line",
        menu="train",
        order=104,
        enabled_when=lambda w: project_open(w) and bool(_runs(w)),
        why=lambda: tr("There is no run yet."),
    )
)
