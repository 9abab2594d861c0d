"""Commands of rows from documents and of the judge."""

from desktop.commands import Command, add, on_page, project_writable
from services.i18n import tr

add(
    Command(
        "data.documents",
        lambda: tr("Rows from documents…"),
        lambda w: w.open_page("documents"),
        "files",
        menu="data",
        order=110,
        enabled_when=project_writable,
        why=lambda: tr("Open a project first."),
    )
)
add(
    Command(
        "dataset.judge",
        lambda: tr("Have a model score the rows…"),
        lambda w: w.open_page("judge", w.page.key),  # type: ignore[union-attr]
        "star-half",
        menu="data",
        order=420,
        enabled_when=on_page("dataset", "can_edit"),
        why=lambda: tr("Open a data set's table."),
    )
)
