"""Commands of the lengths of rows."""

from desktop.commands import Command, add, on_page, on_tool
from services.i18n import tr

add(
    Command(
        "lengths.open",
        lambda: tr("Lengths and cutoff"),
        lambda w: w.page.tool("lengths").open_page(),  # type: ignore[union-attr]
        "chart-bar",
        menu="data",
        order=420,
        enabled_when=on_tool("lengths", "can_open"),
        why=lambda: tr("Open a data set's table."),
    )
)
add(
    Command(
        "lengths.use",
        lambda: tr("Use this cutoff in the recipe"),
        lambda w: w.page.use_cutoff(),  # type: ignore[union-attr]
        "check",
        menu="data",
        order=421,
        enabled_when=on_page("lengths", "can_use"),
        why=lambda: tr("Open the page of lengths first."),
    )
)
