"""The versions of a set as things of a side list, and what changed as words."""

from desktop.controllers.versions import NOW, Place
from desktop.models.side_list import SideItem
from desktop.times import ago
from services.datasets.difference import Counts
from services.i18n import tr, trn


def version_items(places: list[Place], counts: dict[str, Counts]) -> list[SideItem]:
    """Now, the versions, the import: each with its age and rows, and how much changed in it."""
    return [_item(place, counts.get(place.id)) for place in places]


def _item(place: Place, counts: Counts | None) -> SideItem:
    icon = "pencil-simple" if place.id == NOW else "bookmark-simple" if place.is_version else "file-arrow-up"
    rows = trn("{n} row", "{n} rows", place.rows)
    line = " · ".join(part for part in (ago(place.time) if place.time else "", rows) if part)
    return SideItem(place.id, place.title(), line, short_counts(counts), icon)


def short_counts(counts: Counts | None) -> str:
    """'±3 +1 −2': changed, added, removed rows; '' while not known, '=' where nothing differs."""
    if counts is None:
        return ""
    signs = (("changed", "±"), ("added", "+"), ("removed", "−"))
    said = [f"{sign}{counts.rows[kind]:,}" for kind, sign in signs if counts.rows.get(kind)]
    return " ".join(said) or "="


def long_counts(counts: Counts) -> str:
    """How much differs, as a sentence."""
    rows = counts.rows
    parts = [
        trn("{n} row changed", "{n} rows changed", rows["changed"]) if rows.get("changed") else "",
        trn("{n} added", "{n} added", rows["added"]) if rows.get("added") else "",
        trn("{n} removed", "{n} removed", rows["removed"]) if rows.get("removed") else "",
    ]
    return ", ".join(part for part in parts if part) or tr("No row differs.")
