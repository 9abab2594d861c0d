"""Commands of the versions page, and the way to it."""

from desktop.commands import Command, add, on_page
from desktop.main_window import MainWindow
from services.i18n import tr


def data_set(window: MainWindow) -> str:
    """The data set that the page in front shows, '' if it shows none."""
    page = window.page
    return page.key.split("|")[0] if page is not None and page.kind in ("dataset", "versions", "version_rows") else ""


def _open(window: MainWindow) -> None:
    window.open_page("versions", data_set(window))


def _why() -> str:
    return tr("Open a data set's table.")


def _why_page() -> str:
    return tr("Open the versions of a data set.")


add(
    Command(
        "dataset.versions",
        lambda: tr("Versions and what changed"),
        _open,
        "clock-counter-clockwise",
        "Ctrl+Shift+H",
        "data",
        301,
        lambda w: bool(data_set(w)),
        _why,
    )
)
for _verb, _text, _icon, _keys, _test, _act in (
    ("next", lambda: tr("Next difference"), "caret-down", "F7", "can_step", lambda w: w.page.step(1)),
    ("before", lambda: tr("Difference before"), "caret-up", "Shift+F7", "can_step", lambda w: w.page.step(-1)),
    ("save", lambda: tr("Save a version…"), "bookmark-simple", "", "can_edit", lambda w: w.page.edits.save()),
    ("go_back", lambda: tr("Go back to this version"), "arrow-counter-clockwise", "", "can_go_back",
     lambda w: w.page.edits.back()),
    ("rename", lambda: tr("Rename the version…"), "pencil-simple", "", "on_version",
     lambda w: w.page.edits.rename()),
    ("note", lambda: tr("Write a note on it…"), "note-pencil", "", "on_version", lambda w: w.page.edits.note()),
    ("write", lambda: tr("Write it to a file…"), "export", "", "place", lambda w: w.page.edits.write()),
    ("delete", lambda: tr("Take the name away"), "trash", "", "on_version", lambda w: w.page.edits.delete()),
):  # fmt: skip
    add(Command(f"versions.{_verb}", _text, _act, _icon, _keys, "", 100, on_page("versions", _test), _why_page))
