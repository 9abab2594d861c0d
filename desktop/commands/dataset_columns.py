"""Commands for the columns of a data set's table."""

from desktop.commands import Command, add, on_tool
from services.i18n import tr

for _verb, _text, _icon, _shortcut, _order, _test, _run in (
    ("column_menu", lambda: tr("Menu of the column"), "list", "F4", 130, "has_column",
     lambda w: w.page.tool("columns").open_menu()),
    ("column_left", lambda: tr("Move column left"), "arrow-left", "Alt+Left", 131, "has_column",
     lambda w: w.page.tool("columns").move(-1)),
    ("column_right", lambda: tr("Move column right"), "arrow-right", "Alt+Right", 132, "has_column",
     lambda w: w.page.tool("columns").move(1)),
    ("hide_column", lambda: tr("Hide column"), "eye-slash", "Ctrl+0", 133, "has_column",
     lambda w: w.page.tool("columns").hide()),
    ("show_columns", lambda: tr("Show hidden columns"), "eye", "Ctrl+Shift+0", 134, "has_hidden",
     lambda w: w.page.tool("columns").show_all()),
    ("freeze_columns", lambda: tr("Freeze or unfreeze columns"), "push-pin", "Ctrl+Shift+K", 135, "has_column",
     lambda w: w.page.tool("columns").freeze()),
):  # fmt: skip
    add(
        Command(
            f"dataset.{_verb}",
            _text,
            run=_run,
            icon=_icon,
            shortcut=_shortcut,
            menu="data",
            order=_order,
            enabled_when=on_tool("columns", _test),
            why=lambda: tr("Open a data set's table."),
        )
    )
