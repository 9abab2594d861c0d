"""Commands of the training page."""

from desktop.commands import Command, add, on_page
from services.i18n import tr

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
