"""Commands of a run: steer it, try it, bring it out."""

from typing import TYPE_CHECKING

from desktop.commands import Command, add, on_page
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


def _ask(command: str) -> None:
    def run(window: "MainWindow") -> None:
        window.page.ask(command)  # type: ignore[union-attr]

    texts = {
        "pause": lambda: tr("Pause this run"),
        "stop": lambda: tr("Stop this run and save"),
        "save": lambda: tr("Save a checkpoint now"),
    }
    icons = {"pause": "pause", "stop": "stop", "save": "bookmark-simple"}
    add(
        Command(
            f"run.{command}",
            texts[command],
            run=run,
            icon=icons[command],
            menu="train",
            order=200,
            enabled_when=on_page("run", "can_be_asked"),
            why=lambda: tr("Open a run that is at work."),
        )
    )


for _command in ("pause", "stop", "save"):
    _ask(_command)

add(
    Command(
        "run.resume",
        lambda: tr("Resume this run"),
        run=lambda w: w.page.resume_run(),  # type: ignore[union-attr]
        icon="play",
        menu="train",
        order=201,
        enabled_when=on_page("run", "can_resume"),
        why=lambda: tr("Open a run that was paused or interrupted."),
    )
)
add(
    Command(
        "run.recipe",
        lambda: tr("Change this run's recipe"),
        run=lambda w: w.page.change_recipe(),  # type: ignore[union-attr]
        icon="sliders-horizontal",
        menu="train",
        order=202,
        enabled_when=on_page("run"),
        why=lambda: tr("Open a run first."),
    )
)
add(
    Command(
        "run.continue",
        lambda: tr("Continue on other rows"),
        run=lambda w: w.page.continue_run(),  # type: ignore[union-attr]
        icon="arrow-bend-down-right",
        menu="train",
        order=203,
        enabled_when=on_page("run", "can_continue"),
        why=lambda: tr("Open a run that left an adapter."),
    )
)
add(
    Command(
        "run.try",
        lambda: tr("Try this run in a chat"),
        run=lambda w: w.open_page("chat", f"run:{w.page.key}"),  # type: ignore[union-attr]
        icon="chat-circle",
        menu="chat",
        order=200,
        enabled_when=on_page("run", "has_model"),
        why=lambda: tr("Open a run that has been trained."),
    )
)
add(
    Command(
        "run.export",
        lambda: tr("Export this run…"),
        run=lambda w: w.page.open_export(),  # type: ignore[union-attr]
        icon="export",
        menu="export",
        order=100,
        enabled_when=on_page("run", "has_model"),
        why=lambda: tr("Open a run that has been trained."),
    )
)
add(
    Command(
        "run.folder",
        lambda: tr("Open the run's folder"),
        run=lambda w: w.page.open_folder(),  # type: ignore[union-attr]
        icon="folder-open",
        menu="train",
        order=300,
        enabled_when=on_page("run"),
        why=lambda: tr("Open a run first."),
    )
)
add(
    Command(
        "run.log",
        lambda: tr("Show the run's log"),
        run=lambda w: w.page.show_log(),  # type: ignore[union-attr]
        icon="article",
        menu="train",
        order=301,
        enabled_when=on_page("run"),
        why=lambda: tr("Open a run first."),
    )
)
