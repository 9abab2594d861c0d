"""What a grid asks of its data set at every paint, read once a revision."""

from dataclasses import dataclass, field

from services.datasets.mapping import Mapping


@dataclass(frozen=True)
class Facts:
    """Columns, how many rows the whole set has, and what may be done."""

    columns: tuple[str, ...] = ()
    count: int = 0
    mapping: Mapping = field(default_factory=Mapping)
    can_undo: bool = False
    can_redo: bool = False
    revision: int = 0
    version: str = ""
