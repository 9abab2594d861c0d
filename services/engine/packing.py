"""Rows of any length in one forward pass, without padding and without ever seeing each other.

A micro-batch is its rows joined into one line of tokens. Position ids restart at each row, and attention runs row by
row over slices of that line: no (T, T) mask is made and no padded token is computed. Only positions that predict a
trained token reach the head (`services.engine.loss`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface

from services.templates.layout import IGNORED

ATTENTION = "tunesmith_rows"
"""Name under which attention by rows is known to transformers."""

Row = dict[str, list[int]]
"""input_ids and labels of one training sequence, of equal length."""


@dataclass
class MicroBatch:
    """Rows joined for one forward pass.

    input_ids, position_ids: (1, T). row_lengths: tokens of each row, summing to T. at: (N,) positions whose next token
    is trained. targets: (N,) those tokens.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    row_lengths: list[int]
    at: torch.Tensor
    targets: torch.Tensor

    def to(self, where: torch.device) -> "MicroBatch":
        """The same on a device."""
        return MicroBatch(
            self.input_ids.to(where),
            self.position_ids.to(where),
            self.row_lengths,
            self.at.to(where),
            self.targets.to(where),
        )


def join(rows: Sequence[Row]) -> MicroBatch:
    """Join rows into one micro-batch. The first token of a row is never a target: nothing precedes it."""
    lengths = [len(row["input_ids"]) for row in rows]
    ids = torch.tensor([i for row in rows for i in row["input_ids"]], dtype=torch.long)
    following = torch.tensor([i for row in rows for i in (*row["labels"][1:], IGNORED)], dtype=torch.long)
    at = (following != IGNORED).nonzero()[:, 0]
    positions = torch.cat([torch.arange(n) for n in lengths])
    return MicroBatch(ids[None], positions[None], lengths, at, following[at])


def group(rows: Sequence[Row], budget_tokens: int) -> list[list[Row]]:
    """Divide the rows of one step into as few forward passes of about equal size as budget_tokens allows.

    The same rows always give the same groups. A row longer than the budget gets a pass of its own.
    """
    ordered = sorted(rows, key=lambda row: -len(row["input_ids"]))
    groups: list[list[Row]] = []
    sizes: list[int] = []
    wanted = -(-sum(len(row["input_ids"]) for row in ordered) // budget_tokens)
    for row in ordered:
        length = len(row["input_ids"])
        fitting = [i for i, size in enumerate(sizes) if size + length <= budget_tokens]
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
