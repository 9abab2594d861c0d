"""What a grid asks of its data set at every paint, read once a revision."""

from dataclasses import dataclass, field

from services.datasets.mapping import Mapping
from services.i18n import tr


@dataclass(frozen=True)
class Facts:
    """Columns, how many rows the whole set has, and what may be done."""

    columns: tuple[str, ...] = ()
    count: int = 0
    mapping: Mapping = field(default_factory=Mapping)
    can_undo: bool = False
    can_redo: bool = False
    undo_label: str = ""
    redo_label: str = ""
    revision: int = 0
    version: str = ""


def undo_words(facts: Facts) -> str:
    """What undo takes back."""
    return tr("Undo: {edit}", edit=tr(facts.undo_label)) if facts.undo_label else tr("Undo")


def redo_words(facts: Facts) -> str:
    """What redo does again."""
    return tr("Redo: {edit}", edit=tr(facts.redo_label)) if facts.redo_label else tr("Redo")
