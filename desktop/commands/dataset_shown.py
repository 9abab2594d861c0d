"""Commands for which rows of a data set are shown, and in which order."""

from collections.abc import Callable
from typing import Any

from desktop.commands import Command, add, on_page, on_tool
from services.i18n import tr


def _add(verb: str, text: Callable[[], str], icon: str, shortcut: str, menu: str, order: int, tool: str, test: str,
         act: Callable[[Any], object]) -> None:  # fmt: skip
    add(
        Command(
            f"dataset.{verb}",
            text,
            run=lambda w: act(w.page),
            icon=icon,
            shortcut=shortcut,
            menu=menu,
            order=order,
            enabled_when=on_tool(tool, test) if tool else on_page("dataset", test),
            why=lambda: tr("Open a data set's table."),
        )
    )


_add("filter", lambda: tr("Filter rows"), "funnel", "Ctrl+Shift+F", "data", 100, "", "has_rows",
     lambda p: p.tool("shown").begin())  # fmt: skip
_add("show_all", lambda: tr("Show all rows"), "x", "", "data", 101, "shown", "can_refresh",
     lambda p: p.tool("shown").show_all())  # fmt: skip
_add("look_again", lambda: tr("Filter and sort again"), "arrow-clockwise", "F5", "data", 102, "shown", "can_refresh",
     lambda p: p.tool("shown").refresh())  # fmt: skip
_add("sort_up", lambda: tr("Sort A to Z"), "sort-ascending", "", "data", 110, "sort", "can_sort",
     lambda p: p.tool("sort").sort_current("text"))  # fmt: skip
_add("sort_down", lambda: tr("Sort Z to A"), "sort-descending", "", "data", 111, "sort", "can_sort",
     lambda p: p.tool("sort").sort_current("text", reverse=True))  # fmt: skip
_add("sort_short", lambda: tr("Sort: shortest first"), "sort-ascending", "", "data", 112, "sort", "can_sort",
     lambda p: p.tool("sort").sort_current("length"))  # fmt: skip
_add("sort_long", lambda: tr("Sort: longest first"), "sort-descending", "", "data", 113, "sort", "can_sort",
     lambda p: p.tool("sort").sort_current("length", reverse=True))  # fmt: skip
_add("sort_tokens", lambda: tr("Sort: most tokens first"), "sort-descending", "", "data", 114, "sort", "can_sort",
     lambda p: p.tool("sort").sort_current("tokens", reverse=True))  # fmt: skip
_add("replace", lambda: tr("Find and replace"), "swap", "Ctrl+H", "edit", 203, "", "has_rows",
     lambda p: p.tool("replace").begin())  # fmt: skip
_add("history", lambda: tr("History of edits"), "clock-counter-clockwise", "Ctrl+Alt+Z", "edit", 12,
     "history", "has_history", lambda p: p.tool("history").open())  # fmt: skip
_add("star", lambda: tr("Star rows"), "star", "Ctrl+Shift+S", "data", 210, "", "has_selection",
     lambda p: p.tool("marks").star_rows())  # fmt: skip
_add("tags", lambda: tr("Tags of rows"), "tag", "Ctrl+Shift+G", "data", 211, "", "has_selection",
     lambda p: p.tool("marks").edit_tags())  # fmt: skip
_add("keep_order", lambda: tr("Keep this order"), "list-numbers", "", "data", 115, "shown", "can_keep",
     lambda p: p.tool("shown").keep_order())  # fmt: skip
