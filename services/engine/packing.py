"""Rows of any length in one forward pass, without padding and without ever seeing each other.

A micro-batch is its rows joined into one line of tokens. Position ids restart at each row, and attention runs row by
row over slices of that line: no (T, T) mask is made and no padded token is computed. Only positions that predict a
trained token reach the head (`services.engine.loss`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface

from services.templates.layout import IGNORED

ATTENTION = "tunesmith_rows"
"""Name under which attention by rows is known to transformers."""

T = TypeVar("T")

Row = dict[str, list[int]]
"""input_ids and labels of one training sequence, of equal length."""


@dataclass
class MicroBatch:
    """Rows joined for one forward pass.

    input_ids, position_ids: (1, T). row_lengths: tokens of each row, summing to T. at: (N,) positions whose next token
    is trained. targets: (N,) those tokens. of_row: (N,) which row each of them belongs to.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    row_lengths: list[int]
    at: torch.Tensor
    targets: torch.Tensor
    of_row: torch.Tensor

    def to(self, where: torch.device) -> "MicroBatch":
        """The same on a device."""
        return MicroBatch(
            self.input_ids.to(where),
            self.position_ids.to(where),
            self.row_lengths,
            self.at.to(where),
            self.targets.to(where),
            self.of_row.to(where),
        )

    @property
    def last(self) -> torch.Tensor:
        """(rows,) position of each row's last token."""
        return torch.tensor(self.row_lengths, device=self.input_ids.device).cumsum(0) - 1


def join(rows: Sequence[Row]) -> MicroBatch:
    """Join rows into one micro-batch. The first token of a row is never a target: nothing precedes it."""
    lengths = [len(row["input_ids"]) for row in rows]
    ids = torch.tensor([i for row in rows for i in row["input_ids"]], dtype=torch.long)
    following = torch.tensor([i for row in rows for i in (*row["labels"][1:], IGNORED)], dtype=torch.long)
    at = (following != IGNORED).nonzero()[:, 0]
    positions = torch.cat([torch.arange(n) for n in lengths])
    of_row = torch.arange(len(rows)).repeat_interleave(torch.tensor(lengths))
    return MicroBatch(ids[None], positions[None], lengths, at, following[at], of_row[at])


def length_of(row: Row) -> int:
    """Tokens of a row."""
    return len(row["input_ids"])


def group(rows: Sequence[T], budget_tokens: int, size: Callable[[T], int] = length_of) -> list[list[T]]:  # type: ignore[assignment]
    """Divide the rows of one step into as few forward passes of about equal size as budget_tokens allows.

    size: tokens of a row. The same rows always give the same groups. A row longer than the budget gets a pass of its
    own.
    """
    ordered = sorted(rows, key=lambda row: -size(row))
    groups: list[list[T]] = []
    sizes: list[int] = []
    wanted = -(-sum(map(size, ordered)) // budget_tokens)
    for row in ordered:
        length = size(row)
        fitting = [i for i, filled in enumerate(sizes) if filled + length <= budget_tokens]
        if len(groups) < wanted or not fitting:
            groups.append([row])
            sizes.append(length)
        else:
            smallest = min(fitting, key=lambda i: sizes[i])
            groups[smallest].append(row)
            sizes[smallest] += length
    return groups


def trained_count(rows: Iterable[Row]) -> int:
    """Trained tokens of rows: labels but for the first of each row."""
    return sum(label != IGNORED for row in rows for label in row["labels"][1:])


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    row_lengths: list[int] | None = None,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention within each row. query: (1, heads, T, d); returns (1, T, heads, d).

    A model that leaves row_lengths on the way is refused here rather than let rows mix.
    """
    if row_lengths is None or attention_mask is not None:
        raise ValueError("attention by rows needs row_lengths and no mask")
    outputs = []
    for q, k, v in zip(*(x.split(row_lengths, dim=2) for x in (query, key, value)), strict=True):
        length = q.shape[2]
        mask = _window(length, sliding_window, q.device) if sliding_window and length > sliding_window else None
        outputs.append(
            functional.scaled_dot_product_attention(
                q,
                k,
                v,
                attn_mask=mask,
                dropout_p=dropout,
                scale=scaling,
                is_causal=mask is None,
                enable_gqa=q.shape[1] != k.shape[1],
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2).contiguous(), None


def _window(length: int, width: int, where: torch.device) -> torch.Tensor:
    """(length, length) bool: each token sees itself and the width - 1 before it."""
    places = torch.arange(length, device=where)
    distance = places[:, None] - places[None, :]
    return (distance >= 0) & (distance < width)


def _no_mask(*_: Any, **__: Any) -> None:
    """Attention by rows needs no mask; transformers would build a (T, T) one."""


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, _no_mask)
