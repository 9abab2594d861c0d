"""How fast training went on this machine: a small file in the data folder, one line a kind of run.

A forecast of minutes is only made from measurements: of the same model, or scaled by size from another on that card.
"""

from dataclasses import asdict, dataclass

import orjson

from services import files
from services.paths import data_dir

_FILE = "speeds.json"
_KEPT = 200


@dataclass(frozen=True)
class Speed:
    """A measured run. tokens_per_s: tokens read, padding not counted, forward and backward. method: as it is shown."""

    card: str
    model: str
    parameters: int
    method: str
    checkpointing: bool
    tokens_per_s: float

    def same_kind(self, other: "Speed") -> bool:
        """Whether a newer measurement of this kind replaces the other."""
        return (self.card, self.model, self.method, self.checkpointing) == (
            other.card,
            other.model,
            other.method,
            other.checkpointing,
        )


def load_speeds() -> list[Speed]:
    """All measurements, oldest first; none if the file is missing or spoilt."""
    try:
        rows = orjson.loads((data_dir() / _FILE).read_bytes())
        return [Speed(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def record_speed(speed: Speed) -> None:
    """Remember a measurement in place of the earlier one of its kind; one that is not above 0 is no measurement."""
    if speed.tokens_per_s <= 0:
        return
    kept = [old for old in load_speeds() if not speed.same_kind(old)][-_KEPT + 1 :]
    rows = [asdict(s) for s in [*kept, speed]]
    files.write_bytes(data_dir() / _FILE, orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def expected_speed(wanted: Speed, known: list[Speed]) -> tuple[float, bool] | None:
    """Tokens a second for a run like `wanted` (its own figure is not looked at), and whether just that was measured.

    Otherwise scaled from the nearest model in size that was measured on the card with that method: time grows with the
    number of weights. Recomputing costs a third more. None if nothing was measured on the card.
    """
    for old in reversed(known):
        if wanted.same_kind(old):
            return old.tokens_per_s, True
    near = [s for s in known if s.card == wanted.card and s.method == wanted.method and s.parameters > 0]
    if not near or wanted.parameters <= 0:
        return None
    best = min(near, key=lambda s: abs(s.parameters / wanted.parameters - 1))
    guess = best.tokens_per_s * best.parameters / wanted.parameters
    if wanted.checkpointing != best.checkpointing:
        guess *= 0.75 if wanted.checkpointing else 1 / 0.75
    return guess, False
