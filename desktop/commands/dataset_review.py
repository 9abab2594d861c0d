"""Commands of reviewing rows that a model wrote."""

from desktop.commands import Command, add, on_tool
from services.i18n import tr

add(
    Command(
        "dataset.accept",
        lambda: tr("Accept the row"),
        lambda w: w.page.tool("review").accept(),  # type: ignore[union-attr]
        "check",
        "Alt+A",
        "data",
        425,
        on_tool("review", "can_review"),
        why=lambda: tr("Rows from documents have a column review; open their table."),
    )
)
add(
    Command(
        "dataset.reject",
        lambda: tr("Reject the row"),
        lambda w: w.page.tool("review").reject(),  # type: ignore[union-attr]
        "x",
        "Alt+R",
        "data",
        426,
        on_tool("review", "can_review"),
        why=lambda: tr("Rows from documents have a column review; open their table."),
    )
)
