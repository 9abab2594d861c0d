"""A reward model: a head of one number on the last token, trained so that better answers score higher (Ouyang et al.,
2022). The head is kept as `value_head.safetensors`, under the names that TRL and LLaMA-Factory use."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from services.engine.forward import Forward
from services.engine.objectives.objective import Item, Objective, Pass
from services.engine.objectives.pairs import pair_of
from services.engine.packing import MicroBatch, Row

FILE = "value_head.safetensors"
_WEIGHT, _BIAS = "v_head.summary.weight", "v_head.summary.bias"


class ValueHead(torch.nn.Linear):
    """(H,) to a number, in float32."""

    def __init__(self, hidden: int) -> None:
        super().__init__(hidden, 1)
        torch.nn.init.normal_(self.weight, std=1 / (hidden + 1) ** 0.5)
        torch.nn.init.zeros_(self.bias)

    def save(self, folder: Path) -> None:
        """Write value_head.safetensors."""
        from safetensors.torch import save_file

        weights = {_WEIGHT: self.weight.detach().cpu().contiguous(), _BIAS: self.bias.detach().cpu().contiguous()}
        save_file(weights, folder / FILE)

    def read(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        from safetensors.torch import load_file

        kept = load_file(folder / FILE)
        with torch.no_grad():
            self.weight.copy_(kept[_WEIGHT])
            self.bias.copy_(kept[_BIAS])


class Reward(Objective):
    """One loss a pair: minus the log-probability that the better answer scores higher."""

    def __init__(self, hidden: int, where: torch.device) -> None:
        super().__init__()
        self.head = ValueHead(hidden).to(where)

    def sequences(self, item: Item) -> list[Row]:
        """The better answer, then the worse one."""
        return pair_of(item)

    def summed(self, forward: Forward, model: Any, part: Pass) -> torch.Tensor:
        """Sum over the pairs."""
        marks = torch.cat([scores(forward, model, self.head, batch) for batch in part.batches])
        chosen, rejected = marks[0::2], marks[1::2]
        self.figures.add(
            rewards__chosen=chosen,
            rewards__rejected=rejected,
            rewards__accuracies=(chosen > rejected).float(),
            rewards__margins=chosen - rejected,
        )
        return -functional.logsigmoid(chosen - rejected).sum()

    def parameters(self) -> Iterable[torch.nn.Parameter]:
        """The head's."""
        return self.head.parameters()

    def save(self, folder: Path) -> None:
        """Write the head."""
        self.head.save(folder)

    def load(self, folder: Path) -> None:
        """Read the head."""
        self.head.read(folder)


def scores(forward: Forward, model: Any, head: ValueHead, batch: MicroBatch) -> torch.Tensor:
    """(rows,) mark of each sequence, read at its last token, float32."""
    with torch.autocast(batch.input_ids.device.type, enabled=False):
        last = forward.hidden(model, batch)[batch.last].float()
        marks: torch.Tensor = head(last)[:, 0]
        return marks
