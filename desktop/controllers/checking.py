"""Have runs checked with a data set that they don't learn from: the recipe in the making names it."""

from typing import TYPE_CHECKING, Any

from desktop.threads import run_in_thread
from services.i18n import tr
from services.recipes import split_names

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


def check_runs_with(window: "MainWindow", learnt: str, name: str) -> None:
    """Let the recipe in the making learn from `learnt` and be checked with `name`; then show it."""
    from desktop.controllers.train import TrainController

    values = {"eval_dataset": name, "val_size": 0, "eval_strategy": "epoch"}
    page: Any = next((p for p in window.frame.tabs.pages() if p.kind == "train"), None)
    if page is not None:
        window.frame.tabs.close_page(page)  # keeps the recipe as it stands
    controller = TrainController(window)

    def work() -> None:
        recipe = controller.load_draft(controller.choices())
        names = split_names(recipe.dataset)
        if learnt not in names:
            values["dataset"] = learnt
        elif name in names:
            values["dataset"] = ",".join(n for n in names if n != name)
        controller.save_draft(recipe.with_values(**values), 1)

    def done(_: None) -> None:
        window.open_page("train")
        window.toast(lambda: tr("Runs are checked with {name} after each round.", name=name))

    run_in_thread(window, work, done)
