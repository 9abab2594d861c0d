"""Commands of data in and out: export, conversion, folders of sets, hubs."""

from desktop.commands import Command, add, on_page, project_writable
from desktop.main_window import MainWindow
from services.i18n import tr


def _folder(window: MainWindow) -> None:
    from PySide6.QtWidgets import QFileDialog

    folder = QFileDialog.getExistingDirectory(window, tr("A folder of data"))
    if folder:
        window.open_page("folder_sets", folder)


add(
    Command(
        "data.open_folder",
        lambda: tr("Open a folder of data…"),
        _folder,
        "folder-open",
        menu="data",
        order=11,
        enabled_when=project_writable,
        why=lambda: tr("Open a project first."),
    )
)
add(
    Command(
        "data.fetch",
        lambda: tr("From the hub…"),
        lambda w: w.open_page("fetch_data"),
        "cloud-arrow-down",
        menu="data",
        order=12,
        enabled_when=project_writable,
        why=lambda: tr("Open a project first."),
    )
)
add(
    Command(
        "data.export",
        lambda: tr("Export the rows…"),
        lambda w: w.open_page("export_rows", w.page.key),  # type: ignore[union-attr]
        "file-arrow-down",
        "Ctrl+Shift+X",
        "data",
        430,
        on_page("dataset"),
        lambda: tr("Open a data set's table."),
    )
)
add(
    Command(
        "data.convert",
        lambda: tr("Convert to another format…"),
        lambda w: w.open_page("convert_rows", w.page.key),  # type: ignore[union-attr]
        "arrows-left-right",
        menu="data",
        order=431,
        enabled_when=lambda w: project_writable(w) and on_page("dataset")(w),
        why=lambda: tr("Open a data set's table."),
    )
)
