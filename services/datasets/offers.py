"""The data sets that a folder offers: those of its dataset_info.json, and files that it does not name. Sidecars are
not offered, and nothing is fetched from a network."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.datasets.conversation import Problem
from services.datasets.errors import DatasetError
from services.datasets.importing import preview_file
from services.datasets.mapping import Mapping
from services.datasets.readers._many import SIDECARS, is_junk, kind_of, natural
from services.datasets.registry_entry import mapping_of_entry
from services.datasets.registry_file import FILE_NAME, read_registry
from services.i18n import N_

_HUBS = ("hf_hub_url", "ms_hub_url", "om_hub_url")


@dataclass
class Offer:
    """A data set that could be imported. path: file or folder, None where there is nothing on this disk.

    listed: whether dataset_info.json names it. mapping: what the columns mean, None to find out. sample: rows to draw,
    0 for all. hub: its id on a hub, "" if none. whole: it is all files of the folder together. problems: what is to be
    said; one that blocks makes it unusable.
    """

    name: str
    path: Path | None
    listed: bool = True
    mapping: Mapping | None = None
    sample: int = 0
    hub: str = ""
    whole: bool = False
    columns: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether it can be imported."""
        return self.path is not None and not any(problem.blocks for problem in self.problems)


@dataclass
class Offers:
    """What a folder offers. problems: of its dataset_info.json itself. left: files that are no data sets."""

    folder: Path
    sets: list[Offer]
    problems: list[Problem]
    left: list[str]

    def named(self, name: str) -> Offer:
        """The offer of a name. DatasetError if there is none, or with the reason why it cannot be imported."""
        for offer in self.sets:
            if offer.name == name:
                for problem in offer.problems:
                    if problem.blocks:
                        raise DatasetError(problem.sentence, way_out=problem.way_out, **problem.values)
                return offer
        raise DatasetError(
            N_("{folder} offers no data set {name}."), way_out=N_("It has: {names}."), folder=self.folder.name,
            name=name, names=", ".join(offer.name for offer in self.sets) or "-",
        )  # fmt: skip


def has_registry(folder: Path) -> bool:
    """Whether a folder has a dataset_info.json."""
    return (folder / FILE_NAME).is_file()


def listed_folder(path: Path) -> Path | None:
    """The folder whose dataset_info.json a person means by a path: the folder, or that file itself; else None."""
    folder = path.parent if path.name == FILE_NAME and path.is_file() else path
    return folder if folder.is_dir() and has_registry(folder) else None


def read_offers(folder: Path) -> Offers:
    """What a folder (or the one of a dataset_info.json) offers. A few rows of each file are read.

    DatasetError if the folder cannot be looked into.
    """
    folder = listed_folder(folder) or folder
    try:
        names = sorted((p.name for p in folder.iterdir() if p.is_file() and not is_junk(p.name)), key=natural)
    except OSError as error:
        raise DatasetError(
            N_("{file} cannot be read: {reason}."),
            way_out=N_("Check that it is there and that you may read it."),
            file=str(folder),
            reason=error.strerror or str(error),
        ) from error
    offers = Offers(folder, [], [], [])
    if has_registry(folder):
        try:
            registry = read_registry(folder / FILE_NAME)
            offers.problems += registry.problems()
            offers.sets = [_listed(folder, name, entry) for name, entry in registry.entries.items()]
        except DatasetError as error:
            offers.problems.append(Problem("registry", error.message, error.way_out_message, error.values))
    taken = {offer.path for offer in offers.sets if offer.usable and not offer.hub}
    known = {offer.name for offer in offers.sets}
    for name in names:
        if name == FILE_NAME or folder / name in taken:
            continue
        offer = _unlisted(folder / name)
        if offer is None:
            offers.left.append(name)
        else:
            offer.name = offer.name if offer.name not in known else name
            offers.sets.append(offer)
    if not has_registry(folder):
        offers.sets[:0] = _whole(folder, offers.sets)
    return offers


def _whole(folder: Path, sets: list[Offer]) -> list[Offer]:
    """The folder as one set, where several files of one kind in it have the same columns (parts of one thing)."""
    fit = [offer for offer in sets if offer.usable and offer.path is not None and kind_of(offer.path.name)]
    kinds = {kind_of(offer.path.name) for offer in fit if offer.path is not None}
    if len(fit) < 2 or len(kinds) > 1 or any(offer.columns != fit[0].columns for offer in fit):
        return []
    sentence = N_("All {n} files as one data set")
    said = Problem("whole", sentence, values={"n": len(fit)}, blocks=False)
    return [Offer(folder.resolve().name, folder, listed=False, columns=fit[0].columns, problems=[said], whole=True)]


def _listed(folder: Path, name: str, entry: Any) -> Offer:
    offer = Offer(name, None)
    if not isinstance(entry, dict):
        offer.problems.append(Problem("entry", N_("The entry {name} is no object."), values={"name": name}))
        return offer
    try:
        offer.mapping = mapping_of_entry(entry)
    except ValueError as error:
        sentence = N_("The entry {name} cannot be understood: {reason}.")
        offer.problems.append(Problem("entry", sentence, values={"name": name, "reason": str(error)}))
    offer.hub = next((str(entry[key]) for key in _HUBS if entry.get(key)), "")
    offer.problems += _place(folder, entry, offer)
    count = entry.get("num_samples")
    if count is not None:
        if isinstance(count, int) and not isinstance(count, bool) and count > 0:
            offer.sample = count
        else:
            offer.problems.append(Problem("entry", N_("num_samples of {name} is {value}, which is no number of rows."),
                                          values={"name": name, "value": str(count)[:40]}))  # fmt: skip
    if offer.usable:
        _look(offer)
    return offer


def _place(folder: Path, entry: dict[str, Any], offer: Offer) -> Iterator[Problem]:
    """Where the rows are, and what stands in the way."""
    file_name = entry.get("file_name")
    if entry.get("script_url"):
        yield Problem("script", N_("{name} is made by a script, which is not run: it could do anything to this PC."),
                      N_("Export its rows to a file where you trust it, and import that."),
                      {"name": offer.name})  # fmt: skip
    elif entry.get("cloud_file_name"):
        yield Problem("cloud", N_("{name} lies in a cloud store, which is not read."),
                      N_("Download the file and import it."), {"name": offer.name})  # fmt: skip
    elif file_name is None and offer.hub:
        yield Problem("hub", N_("{name} is on a hub ({hub}); nothing is fetched unasked."),
                      N_("Fetch it with From the hub, or `tunesmith data fetch`."),
                      {"name": offer.name, "hub": offer.hub})  # fmt: skip
    elif not isinstance(file_name, str) or not file_name:
        yield Problem("entry", N_("The entry {name} names no file."), values={"name": offer.name})
    else:
        path = folder / file_name
        if not path.resolve().is_relative_to(folder.resolve()):
            yield Problem("outside", N_("{file} lies outside of the folder and is not read."),
                          N_("Choose that file itself."), {"file": file_name})  # fmt: skip
        elif not path.exists():
            yield Problem("missing", N_("{file} is not there."), N_("Put it there, or take the entry out."),
                          {"file": file_name})  # fmt: skip
        else:
            offer.path = path
            if offer.hub:
                sentence = N_("The entry names a hub ({hub}) and a file; the file is read, and nothing is fetched.")
                yield Problem("hub", sentence, values={"hub": offer.hub}, blocks=False)


def _look(offer: Offer) -> None:
    """The columns of a file, and whether those that the entry names are among them."""
    assert offer.path is not None
    try:
        offer.columns = preview_file(offer.path).columns
    except DatasetError as error:
        offer.problems.append(Problem("unreadable", error.message, error.way_out_message, error.values))
        return
    needed = list(offer.mapping.columns.values()) if offer.mapping else []
    missing = [column for column in needed if column not in offer.columns]
    optional = {"query", "system", "history", "tools", "images", "videos", "audios"}
    roles = {role for role, column in (offer.mapping.columns.items() if offer.mapping else ()) if column in missing}
    if roles - optional and offer.columns:
        column = next(c for r, c in offer.mapping.columns.items() if c in missing and r not in optional)  # type: ignore[union-attr]
        offer.problems.append(
            Problem("columns", N_("{file} has no column {column}; it has {columns}."),
                    N_("Mend the entry, or import the file by itself."),
                    {"file": offer.path.name, "column": column, "columns": ", ".join(offer.columns)})
        )  # fmt: skip
    elif roles and offer.mapping is not None:
        left = {role: column for role, column in offer.mapping.columns.items() if role not in roles}
        offer.mapping = offer.mapping.model_copy(update={"columns": left})


def _unlisted(path: Path) -> Offer | None:
    """A file that nothing names, if it holds rows."""
    kind = kind_of(path.name)
    if not (kind or path.suffix.lower() == ".zip") or SIDECARS.fullmatch(path.name.split(".")[0]):
        return None
    offer = Offer(path.name.split(".")[0], path, listed=False)
    try:
        found = preview_file(path)
    except DatasetError as error:
        offer.problems.append(Problem("unreadable", error.message, error.way_out_message, error.values))
        return offer
    offer.columns = found.columns
    if kind == "json" and len(found.rows) < 2 and found.guess is None:
        return None  # one object that means nothing here: settings, a report
    return offer
