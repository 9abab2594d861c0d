"""Commands of models: the page, and what can be done with the model that it shows."""

from desktop.commands import Command, add, on_page
from services.i18n import tr

add(
    Command(
        "models.open",
        lambda: tr("Models on this PC"),
        lambda w: w.open_page("models"),
        "cube",
        "Ctrl+M",
        "train",
        400,
    )
)
add(
    Command(
        "models.train",
        lambda: tr("Train with this model"),
        lambda w: w.page.train(),  # type: ignore[union-attr]
        "play",
        menu="train",
        order=401,
        enabled_when=on_page("models", "can_train"),
        why=lambda: tr("Choose a model that can be trained on the models page, with a project open."),
    )
)
add(
    Command(
        "models.add_folder",
        lambda: tr("Add a folder of models…"),
        lambda w: w.page.ask_folder(),  # type: ignore[union-attr]
        "folder-open",
        menu="train",
        order=402,
        enabled_when=on_page("models"),
        why=lambda: tr("Open the models page first."),
    )
)
add(
    Command(
        "models.download",
        lambda: tr("Download a model by name…"),
        lambda w: w.page.ask_hub(),  # type: ignore[union-attr]
        "cloud-arrow-down",
        menu="train",
        order=403,
        enabled_when=on_page("models"),
        why=lambda: tr("Open the models page first."),
    )
)
add(
    Command(
        "models.remove",
        lambda: tr("Remove this model…"),
        lambda w: w.page.remove(),  # type: ignore[union-attr]
        "trash",
        menu="train",
        order=404,
        enabled_when=on_page("models", "can_remove"),
        why=lambda: tr("Choose a model on the models page first."),
    )
)
