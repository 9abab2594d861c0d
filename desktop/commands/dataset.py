"""Commands of the data set's table."""

from collections.abc import Callable

from desktop.commands import Command, add, on_page
from services.i18n import tr


def _add(
    verb: str,
    text: Callable[[], str],
    icon: str,
    shortcut: str,
    menu: str,
    order: int,
    test: str,
    act: Callable[..., None],
    why: Callable[[], str] | None = None,
    text_now: Callable[..., str] | None = None,
) -> None:
    add(
        Command(
            f"dataset.{verb}",
            text,
            run=lambda w: act(w.page),
            icon=icon,
            shortcut=shortcut,
            menu=menu,
            order=order,
            enabled_when=on_page("dataset", test),
            why=why or (lambda: tr("Open a data set's table.")),
            text_now=(lambda w: text_now(w.page)) if text_now is not None else None,
        )
    )


_add("undo", lambda: tr("Undo"), "arrow-u-up-left", "Ctrl+Z", "edit", 10, "can_undo", lambda p: p.undo(),
     lambda: tr("There is nothing to undo."), lambda p: p.undo_words())  # fmt: skip
_add("redo", lambda: tr("Redo"), "arrow-u-up-right", "Ctrl+Y | Ctrl+Shift+Z", "edit", 11, "can_redo",
     lambda p: p.redo(), lambda: tr("There is nothing to redo."), lambda p: p.redo_words())  # fmt: skip
_add("copy", lambda: tr("Copy"), "copy", "", "edit", 100, "can_select", lambda p: p.grid.copy_block())
_add("cut", lambda: tr("Cut"), "scissors", "", "edit", 99, "has_selection", lambda p: p.grid.cut_block())
_add("paste", lambda: tr("Paste"), "clipboard-text", "", "edit", 101, "can_edit", lambda p: p.tool("rows").paste_rows())
_add("clear", lambda: tr("Clear cells"), "eraser", "", "edit", 102, "has_selection", lambda p: p.grid.clear_cells())
_add("fill_down", lambda: tr("Fill down"), "arrow-line-down", "Ctrl+D", "edit", 103, "has_selection",
     lambda p: p.grid.fill_down())  # fmt: skip
_add("edit_long", lambda: tr("Edit in a large field"), "arrows-out", "Shift+F2", "edit", 104, "has_selection",
     lambda p: p.tool("rows").edit_long())  # fmt: skip
_add("find", lambda: tr("Find in the rows"), "magnifying-glass", "Ctrl+F", "edit", 200, "can_select",
     lambda p: p.tool("find").find_words())  # fmt: skip
_add("find_next", lambda: tr("Find the next one"), "caret-down", "F3", "edit", 201, "can_select",
     lambda p: p.tool("find").find_next(1))  # fmt: skip
_add("find_before", lambda: tr("Find the one before"), "caret-up", "Shift+F3", "edit", 202, "can_select",
     lambda p: p.tool("find").find_next(-1))  # fmt: skip
_add("add_row", lambda: tr("Add a row"), "plus", "Ctrl+I", "data", 200, "can_edit", lambda p: p.tool("rows").add_row())
_add("insert_above", lambda: tr("Insert a row above"), "arrow-line-up", "Ctrl+Shift+I", "data", 200, "has_selection",
     lambda p: p.tool("rows").add_row(above=True))  # fmt: skip
_add("duplicate_rows", lambda: tr("Duplicate rows"), "copy-simple", "Ctrl+Shift+D", "data", 201, "has_selection",
     lambda p: p.tool("rows").duplicate_rows())  # fmt: skip
_add("delete_rows", lambda: tr("Delete rows"), "trash", "Ctrl+Delete", "data", 202, "has_selection",
     lambda p: p.tool("rows").delete_rows())  # fmt: skip
_add("move_up", lambda: tr("Move rows up"), "arrow-up", "Alt+Up", "data", 203, "has_selection",
     lambda p: p.tool("rows").move_rows(-1))  # fmt: skip
_add("move_down", lambda: tr("Move rows down"), "arrow-down", "Alt+Down", "data", 204, "has_selection",
     lambda p: p.tool("rows").move_rows(1))  # fmt: skip
_add("save_version", lambda: tr("Save a version"), "bookmark-simple", "Ctrl+S", "data", 300, "can_edit",
     lambda p: p.save_version())  # fmt: skip
