"""Log-probabilities of all answers before training: counted once, kept in the run's folder, read back when it resumes.

The reference is the model as it is before the first step (or the recipe's ref_model), so no second copy of it is held
while training, and no step pays for it.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

from services import files
from services.engine.forward import Forward
from services.engine.objectives.objective import Item, answer_logps
from services.engine.packing import Row, join, length_of

FILE = "reference.json"


class _Kept(msgspec.Struct):
    digest: str
    logps: list[list[float]]


@torch.no_grad()
def add_reference(
    rows: Sequence[Item],
    sequences: Callable[[Item], list[Row]],
    forward: Forward,
    model: Any,
    budget_tokens: int,
    folder: Path,
    progress: Callable[[int, int], None],
) -> None:
    """Set row["reference"] = log-probability of each of its sequences. progress: (sequences done, all of them); what it
    raises stops the work."""
    wanted = [sequence for row in rows for sequence in sequences(row)]
    digest = _digest(wanted)
    kept = _read(folder / FILE)
    if kept is None or kept.digest != digest or len(kept.logps) != len(rows):
        flat = _count(wanted, forward, model, budget_tokens, progress)
        each = iter(flat)
        kept = _Kept(digest, [[next(each) for _ in sequences(row)] for row in rows])
        files.write_bytes(folder / FILE, msgspec.json.encode(kept))
    for row, logps in zip(rows, kept.logps, strict=True):
        row["reference"] = logps


def _count(
    wanted: list[Row], forward: Forward, model: Any, budget_tokens: int, progress: Callable[[int, int], None]
) -> list[float]:
    """Log-probabilities in the order of wanted; read longest first, so that passes are full."""
    where = next(model.parameters()).device
    was_training = model.training
    model.eval()
    out = [0.0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda i: -length_of(wanted[i]))
    try:
        at = 0
        while at < len(order):
            stop, size = at + 1, length_of(wanted[order[at]])
            while forward.packs and stop < len(order) and size + length_of(wanted[order[stop]]) <= budget_tokens:
                size += length_of(wanted[order[stop]])
                stop += 1
            part = order[at:stop]
            logps, _ = answer_logps(forward, model, [join([wanted[i] for i in part]).to(where)])
            for i, value in zip(part, logps.tolist(), strict=True):
                out[i] = value
            at = stop
            progress(at, len(order))
    finally:
        model.train(was_training)
    return out


def _digest(wanted: Sequence[Row]) -> str:
    seen = hashlib.sha256()
    for row in wanted:
        seen.update(msgspec.json.encode((row["input_ids"], row["labels"])))
    return seen.hexdigest()[:32]


def _read(path: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
