"""Commands of chat templates."""

from collections.abc import Callable

from desktop.commands import Command, add, on_page
from services.i18n import tr

add(
    Command(
        "templates.open",
        lambda: tr("Templates"),
        lambda w: w.open_page("templates"),
        "brackets-curly",
        menu="train",
        order=420,
    )
)


def _add(verb: str, text: Callable[[], str], icon: str, order: int, test: str, why: Callable[[], str]) -> None:
    def act(window: object) -> None:
        page = window.page  # type: ignore[attr-defined]
        {"copy": page.copy_template, "save": page.save_template, "use": page.use_in_recipe, "remove": page.remove}[
            verb
        ]()

    add(
        Command(
            f"templates.{verb}", text, act, icon, menu="train", order=order,
            enabled_when=on_page("templates", test), why=why,
        )
    )  # fmt: skip


_add("copy", lambda: tr("Copy and edit the template"), "copy", 421, "can_copy",
     lambda: tr("Open the templates page, with a project."))  # fmt: skip
_add("save", lambda: tr("Save the template"), "check", 422, "can_save",
     lambda: tr("Change a template of this project first."))  # fmt: skip
_add("use", lambda: tr("Use the template in the recipe"), "sliders-horizontal", 423, "can_use",
     lambda: tr("Open the templates page, with a project."))  # fmt: skip
_add("remove", lambda: tr("Remove the template"), "trash", 424, "can_remove",
     lambda: tr("Choose a template of this project first."))  # fmt: skip
