"""The scores of the four letters: one forward pass a question, the logits of its last position only.

What all prompts of a subject begin with (header and worked examples) goes through the model once and is kept as keys
and values. Questions are padded on the right, where causal attention never looks, so that no mask is needed.
"""

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from services.engine import processor
from services.engine.errors import TrainingError
from services.engine.exam_prompts import Asked
from services.i18n import N_

Scores = tuple[float, ...]
_LEAST_PREFIX = 16  # tokens; a shorter one is not worth keeping
_TOLERANCE = 0.05  # relative; rounding in bf16 stays below 0.02


class LetterScorer:
    """Scores letters with a model in memory. reuse: keep what prompts share, where the model can do that."""

    def __init__(self, model: Any, *, reuse: bool = True) -> None:
        self._model = model
        self._reuse = reuse
        self._tried = False
        self._kept: tuple[list[int], Any] | None = None

    def scores(self, batch: Sequence[Asked], prefix_len: int) -> list[Scores]:
        """Logits of A, B, C, D for each question. prefix_len: tokens that all prompts of the batch begin with.

        A batch that does not fit into memory is halved. TrainingError if one question does not fit.
        """
        try:
            with torch.inference_mode():
                return self._scores(batch, prefix_len)
        except (RuntimeError, MemoryError) as error:
            if not processor.is_out_of_memory(error):
                raise
            self._kept = None
            if len(batch) == 1:
                raise TrainingError(
                    N_("There was not enough memory for one question."),
                    way_out=N_("Ask for fewer worked examples, or choose a smaller model."),
                ) from error
        half = len(batch) // 2
        return self.scores(batch[:half], prefix_len) + self.scores(batch[half:], prefix_len)

    def _scores(self, batch: Sequence[Asked], prefix_len: int) -> list[Scores]:
        if not self._reuse or prefix_len < _LEAST_PREFIX:
            return self._forward(batch, 0, None)
        cache = self._cache(batch[0].ids[:prefix_len])
        if cache is None:
            return self._forward(batch, 0, None)
        found = self._forward(batch, prefix_len, cache)
        if not self._tried:
            self._tried = True
            alone = self._forward(batch[:1], 0, None)[0]
            if not _alike(alone, found[0]):
                self._reuse, self._kept = False, None
                return self._forward(batch, 0, None)
        return found

    def _cache(self, prefix: list[int]) -> Any:
        """Keys and values of a prefix for one row; None if this model's cannot be used for several."""
        if self._kept is None or self._kept[0] != prefix:
            self._kept = None
            ids = torch.tensor([prefix], dtype=torch.long, device=self._where)
            made = self._model(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values
            if not hasattr(made, "batch_repeat_interleave"):
                self._reuse = False
                return None
            self._kept = (prefix, made)
        return self._kept[1]

    def _forward(self, batch: Sequence[Asked], start: int, cache: Any) -> list[Scores]:
        rest = [asked.ids[start:] for asked in batch]
        longest = max(map(len, rest))
        ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids in rest], dtype=torch.long, device=self._where)
        ends = sorted({len(ids) - 1 for ids in rest})
        kwargs: dict[str, Any] = {"use_cache": False}
        if cache is not None:
            own = copy.deepcopy(cache)
            own.batch_repeat_interleave(len(batch))
            kwargs = {"use_cache": True, "past_key_values": own}
        keep = torch.tensor(ends, dtype=torch.long, device=self._where)
        with _watched_head(self._model) as seen:
            logits = self._model(input_ids=ids, logits_to_keep=keep, **kwargs).logits
        letters = torch.tensor([asked.letter_ids for asked in batch], device=self._where)
        rows = torch.arange(len(batch), device=self._where)
        last = torch.tensor([ends.index(len(own) - 1) for own in rest], device=self._where)
        found = logits[rows, last].gather(1, letters).float()
        if seen and _same(seen[-1].logits, logits):
            found = seen[-1].exactly(rows, last, letters)
        return [tuple(scores) for scores in found.tolist()]

    @property
    def _where(self) -> torch.device:
        device: torch.device = self._model.get_input_embeddings().weight.device
        return device


@dataclass
class _Head:
    """What the head of a model was given and what it made of it. hidden: (B, N, H), logits: (B, N, V)."""

    head: torch.nn.Linear
    hidden: torch.Tensor
    logits: torch.Tensor

    def exactly(self, rows: torch.Tensor, last: torch.Tensor, letters: torch.Tensor) -> torch.Tensor:
        """(B, 4) logits of the letters in float32: in bf16 a step is 0.125 at 20, and letters would often be equal."""
        weight = self.head.weight[letters].float()
        found = (weight @ self.hidden[rows, last].float()[:, :, None])[:, :, 0]
        return found if self.head.bias is None else found + self.head.bias[letters].float()


@contextlib.contextmanager
def _watched_head(model: Any) -> Iterator[list[_Head]]:
    """For the block, what goes through a model's head, where that is a plain matrix."""
    head = model.get_output_embeddings()
    seen: list[_Head] = []
    if not isinstance(head, torch.nn.Linear) or not head.weight.is_floating_point():
        yield seen
        return
    handle = head.register_forward_hook(lambda _, given, made: seen.append(_Head(head, given[0], made)))
    try:
        yield seen
    finally:
        handle.remove()


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether the model hands out what its head made, neither scaled nor capped."""
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)


def _alike(one: Scores, other: Scores) -> bool:
    size = max(map(abs, one)) or 1.0
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _TOLERANCE * size
