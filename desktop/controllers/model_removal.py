"""Taking a model away: a downloaded one is deleted, having said exactly what goes; an added one only leaves the list,
and Undo puts it back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.times import gigabytes
from desktop.widgets.dialog import confirm
from services.catalogue import ModelEntry, added_folder, local_models, remove_model
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.views.page import Page


@dataclass(frozen=True)
class Forgotten:
    """What was taken away. folder: to add again; None: it was deleted from disk. count: models that went with it."""

    entry: ModelEntry
    folder: Path | None
    count: int = 1


def take_away(page: "Page", entry: ModelEntry, used_by: tuple[str, ...], done: Callable[[], None]) -> None:
    """Remove a model. used_by: ids of runs that were trained from it. done: called after it went or came back."""
    if entry.downloaded and not confirm(
        page,
        lambda: tr("Delete {name} from this PC?", name=entry.name),
        lambda: what_goes(entry, used_by),
        lambda: tr("Delete"),
    ):
        return

    def gone(found: Forgotten) -> None:
        done()
        if found.folder is None:
            page.main.toast(lambda: tr("{name} is deleted.", name=entry.name), icon="trash")
        else:
            folder = found.folder
            page.main.toast(
                lambda: trn(
                    "{n} model is off the list; its files stay.",
                    "{n} models are off the list; files stay.",
                    found.count,
                ),
                action=lambda: tr("Undo"),
                run=lambda: page.add_folder(folder),  # type: ignore[attr-defined]
            )

    page.run(lambda: remove(entry), gone)


def remove(entry: ModelEntry) -> Forgotten:
    """Delete a downloaded model; forget an added folder, with all the models that it holds. Slow."""
    folder = added_folder(entry)
    together = [m for m in local_models() if folder is not None and added_folder(m) == folder]
    remove_model(entry.id)
    return Forgotten(entry, folder, max(1, len(together)))


def what_goes(entry: ModelEntry, used_by: tuple[str, ...]) -> str:
    """What deleting a downloaded model takes away, said exactly."""
    words = tr(
        "The folder {folder} is deleted with all that is in it: {size}.",
        folder=str(entry.path),
        size=gigabytes(entry.size_bytes),
    )
    if used_by:
        words += "\n" + trn(
            "Run {runs} of this project stays, but can't be tried or exported until the model is here again.",
            "Runs {runs} of this project stay, but can't be tried or exported until the model is here again.",
            len(used_by),
            runs=", ".join(job_id.lstrip("0") for job_id in used_by),
        )
    return words + "\n" + tr("This can't be undone.")
