"""What all objectives share, and the simplest one: the mean loss over trained tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from services.engine.forward import Forward
from services.engine.packing import MicroBatch, Row, group, join, length_of, trained_count

Item = dict[str, Any]
"""A row as its stage encodes it: one sequence, or several that must be seen together."""


@dataclass
class Pass:
    """Items of one forward pass. batches: their sequences in order, joined; one each where a model does not pack."""

    items: list[Item]
    batches: list[MicroBatch]

    def to(self, where: torch.device) -> "Pass":
        """The same on a device."""
        return Pass(self.items, [batch.to(where) for batch in self.batches])


@dataclass
class Step:
    """One optimiser step. weight: what its loss is a mean over. tokens: all of them. beside: further forward passes
    without gradients."""

    passes: list[Pass]
    weight: int
    tokens: int
    beside: list[MicroBatch] = field(default_factory=list)


class Figures:
    """Means of what an objective measures, gathered between two logged steps."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, **values: torch.Tensor) -> None:
        """Take in values, any number each. Names with __ for /."""
        for name, value in values.items():
            key = name.replace("__", "/")
            self._sums[key] = self._sums.get(key, 0.0) + float(value.detach().float().sum())
            self._counts[key] = self._counts.get(key, 0) + value.numel()

    def take(self) -> dict[str, float]:
        """The means so far; begins anew."""
        means = {name: total / self._counts[name] for name, total in self._sums.items() if self._counts[name]}
        self._sums, self._counts = {}, {}
        return means

    def kept(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"sums": dict(self._sums), "counts": dict(self._counts)}

    def restore(self, kept: dict[str, Any]) -> None:
        """The inverse of `kept`."""
        self._sums, self._counts = dict(kept.get("sums", {})), dict(kept.get("counts", {}))


class Objective:
    """The base: one sequence an item, weighed by its trained tokens; subclasses say what else there is."""

    def __init__(self) -> None:
        self.figures = Figures()

    def sequences(self, item: Item) -> list[Row]:
        """The sequences that the model sees of an item, with gradients."""
        return [item]

    def size(self, item: Item) -> int:
        """Tokens of an item in a forward pass."""
        return sum(map(length_of, self.sequences(item)))

    def weight(self, item: Item) -> int:
        """How much an item counts in the mean."""
        return 1

    def step(self, rows: Sequence[Item], budget_tokens: int, packs: bool) -> Step:
        """Divide the rows of one step into forward passes."""
        items = [part for row in rows for part in row.get("parts", [row])]
        groups = group(items, budget_tokens, self.size) if packs else [[item] for item in items]
        passes = []
        for part in groups:
            found = [sequence for item in part for sequence in self.sequences(item)]
            passes.append(Pass(part, [join(found)] if packs else [join([sequence]) for sequence in found]))
        return Step(passes, sum(map(self.weight, items)), sum(map(self.size, items)))

    def before_step(self, forward: Forward, model: Any, step: Step, where: torch.device) -> None:
        """Called before the passes of a step."""

    def summed(self, forward: Forward, model: Any, part: Pass) -> torch.Tensor:
        """Sum of the weighed losses of a pass, float32 scalar."""
        raise NotImplementedError

    # ---- parameters of its own, beside the model's

    def parameters(self) -> Iterable[torch.nn.Parameter]:
        """What the objective trains beside the model."""
        return ()

    def save(self, folder: Path) -> None:
        """Write those."""

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote."""


class Language(Objective):
    """Cross-entropy, the mean over all trained tokens of a step."""

    def weight(self, item: Item) -> int:
        """Trained tokens."""
        return trained_count([item])

    def summed(self, forward: Forward, model: Any, part: Pass) -> torch.Tensor:
        """Sum over trained tokens."""
        losses = [forward.summed_loss(model, batch) for batch in part.batches]
        return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


def answer_logps(forward: Forward, model: Any, batches: Sequence[MicroBatch]) -> tuple[torch.Tensor, torch.Tensor]:
    """(S,) log-probability of each sequence's trained tokens, and (S,) how many those are, in order."""
    sums, counts = [], []
    for batch in batches:
        losses = forward.token_losses(model, batch)
        rows = len(batch.row_lengths)
        sums.append(losses.new_zeros(rows).index_add(0, batch.of_row, -losses))
        counts.append(torch.bincount(batch.of_row, minlength=rows))
    return torch.cat(sums), torch.cat(counts)
