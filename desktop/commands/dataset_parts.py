"""Commands that make other sets of a set: split, sample, merge."""

from functools import partial

from desktop.commands import Command, add
from desktop.commands.versions import data_set
from desktop.main_window import MainWindow
from services.i18n import tr


def _may(window: MainWindow) -> bool:
    return bool(data_set(window)) and not window.read_only


def _may_merge(window: MainWindow) -> bool:
    return window.project is not None and not window.read_only and len(window.project.dataset_names()) > 1


def _open(kind: str, window: MainWindow) -> None:
    window.open_page(kind, data_set(window))


def _merge(window: MainWindow) -> None:
    assert window.project is not None
    window.open_page("merge", data_set(window) or window.project.dataset_names()[0])


for _kind, _text, _icon, _order in (
    ("split", lambda: tr("Split off rows…"), "arrows-out-line-horizontal", 400),
    ("sample", lambda: tr("Draw a sample…"), "dice-five", 401),
):
    add(
        Command(
            f"dataset.{_kind}",
            _text,
            partial(_open, _kind),
            _icon,
            "",
            "data",
            _order,
            _may,
            lambda: tr("Open a data set's table."),
        )
    )
add(
    Command(
        "dataset.merge",
        lambda: tr("Merge data sets…"),
        _merge,
        "arrows-in-line-horizontal",
        "",
        "data",
        402,
        _may_merge,
        lambda: tr("This project needs two data sets for that."),
    )
)


def _files(act: str, window: MainWindow) -> None:
    from desktop.controllers import dataset_files

    getattr(dataset_files, act)(window, data_set(window))


def _empty_trash(window: MainWindow) -> None:
    from desktop.controllers.dataset_files import empty_the_trash

    empty_the_trash(window)


for _verb, _act, _text, _icon in (
    ("rename_set", "rename_set", lambda: tr("Rename the data set…"), "text-t"),
    ("duplicate_set", "duplicate_set", lambda: tr("Duplicate the data set"), "copy"),
    ("delete_set", "delete_set", lambda: tr("Move the data set to the trash"), "trash"),
):
    add(
        Command(
            f"dataset.{_verb}",
            _text,
            partial(_files, _act),
            _icon,
            "",
            "data",
            500,
            _may,
            lambda: tr("Open a data set's table."),
        )
    )
add(
    Command(
        "dataset.empty_trash",
        lambda: tr("Empty the trash of the project…"),
        _empty_trash,
        "trash-simple",
        "",
        "data",
        510,
        lambda w: w.project is not None and not w.read_only,
    )
)
