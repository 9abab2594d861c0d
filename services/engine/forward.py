"""One forward pass of a micro-batch through any causal language model, to the loss of its trained tokens.

What a model supports is tried out on it, not looked up: rows packed into one line must give the hidden states that
they give alone, and the head applied to hidden states must give the model's own logits.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from services.engine.loss import summed_loss, token_losses
from services.engine.packing import ATTENTION, MicroBatch

_TOLERANCE = 0.05  # relative; rounding in bf16 stays below 0.02, a row that sees another is above 0.3


@dataclass
class Forward:
    """How a model computes.

    packs: several rows fit in one pass without seeing each other; else rows go one by one. plain_head: logits are the
    head applied to the last hidden states. autocast: dtype that float32 weights are computed in, or None.
    """

    packs: bool
    plain_head: bool
    autocast: torch.dtype | None = None

    def summed_loss(self, model: Any, batch: MicroBatch) -> torch.Tensor:
        """Sum of the losses of the trained tokens of a micro-batch, float32 scalar."""
        inner = unwrapped(model)
        with self._dtype(batch):
            if self.plain_head:
                return summed_loss(_head(inner), self.hidden(model, batch)[batch.at], batch.targets)
            logits = inner(**self._inputs(batch), logits_to_keep=batch.at).logits[0]
            return functional.cross_entropy(logits.float(), batch.targets, reduction="sum")

    def token_losses(self, model: Any, batch: MicroBatch) -> torch.Tensor:
        """(N,) loss of each trained token of a micro-batch, float32, in the order of batch.targets."""
        inner = unwrapped(model)
        with self._dtype(batch):
            if self.plain_head:
                return token_losses(_head(inner), self.hidden(model, batch)[batch.at], batch.targets)
            logits = inner(**self._inputs(batch), logits_to_keep=batch.at).logits[0]
            return functional.cross_entropy(logits.float(), batch.targets, reduction="none")

    def hidden(self, model: Any, batch: MicroBatch) -> torch.Tensor:
        """(T, H) last hidden states of a micro-batch."""
        with self._dtype(batch):
            states: torch.Tensor = decoder(unwrapped(model))(**self._inputs(batch)).last_hidden_state[0]
            return states

    def _inputs(self, batch: MicroBatch) -> dict[str, Any]:
        kwargs: dict[str, Any] = {"input_ids": batch.input_ids, "use_cache": False}
        if self.packs:
            kwargs |= {"position_ids": batch.position_ids, "row_lengths": batch.row_lengths}
        return kwargs

    def _dtype(self, batch: MicroBatch) -> torch.autocast:
        return torch.autocast(batch.input_ids.device.type, self.autocast, enabled=self.autocast is not None)


def choose_forward(model: Any, autocast: torch.dtype | None = None) -> Forward:
    """Try a loaded model out and switch it to attention by rows where that is right for it."""
    inner = unwrapped(model)
    was_training, own = inner.training, inner.config._attn_implementation
    inner.eval()
    try:
        with torch.no_grad(), torch.autocast(_device(inner).type, autocast, enabled=autocast is not None):
            rows = _two_rows(inner)
            alone = [decoder(inner)(input_ids=row[None], use_cache=False).last_hidden_state[0] for row in rows]
            logits = inner(input_ids=rows[0][None], use_cache=False).logits[0]
            plain_head = _same(inner.get_output_embeddings()(alone[0]), logits)
            packs = own == "sdpa" and _packs(inner, rows, alone)
    finally:
        inner.train(was_training)
    inner.set_attn_implementation(ATTENTION if packs else own)
    return Forward(packs, plain_head, autocast)


def unwrapped(model: Any) -> Any:
    """The transformers model inside a PEFT model, or the model itself."""
    return model.get_base_model() if hasattr(model, "peft_config") else model


def decoder(inner: Any) -> Any:
    """The part of a causal language model below its head."""
    return getattr(inner, inner.base_model_prefix)


def _head(inner: Any) -> torch.nn.Module:
    """The head; where PEFT trains a copy of it, that copy."""
    head = inner.get_output_embeddings()
    if isinstance(copies := getattr(head, "modules_to_save", None), torch.nn.ModuleDict) and not head.disable_adapters:
        copy: torch.nn.Module = copies[head.active_adapters[0]]
        return copy
    found: torch.nn.Module = head
    return found


def _packs(inner: Any, rows: list[torch.Tensor], alone: list[torch.Tensor]) -> bool:
    inner.set_attn_implementation(ATTENTION)
    lengths = [len(row) for row in rows]
    positions = torch.cat([torch.arange(n, device=rows[0].device) for n in lengths])
    try:
        together = decoder(inner)(
            input_ids=torch.cat(rows)[None], position_ids=positions[None], row_lengths=lengths, use_cache=False
        ).last_hidden_state[0]
    except (TypeError, ValueError):  # the model does not hand row_lengths on to its attention
        return False
    return all(_same(a, b) for a, b in zip(together.split(lengths), alone, strict=True))


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    one, other = one.float(), other.float()
    return bool((one - other).norm() <= _TOLERANCE * other.norm())


def _two_rows(inner: Any) -> list[torch.Tensor]:
    rows = int(inner.get_input_embeddings().weight.shape[0])
    spread = torch.arange(12, device=_device(inner)) * 7919 % rows  # any ids that differ
    return [spread[:7], spread[7:]]


def _device(inner: Any) -> torch.device:
    device: torch.device = inner.get_input_embeddings().weight.device
    return device
