"""Cross-entropy of the trained positions only, without ever holding all logits.

The head is applied to a few hundred hidden states at a time. For a plain head the gradient is made in the same pass
(softmax minus one-hot), so that no logits are kept for the backward pass either: memory is one chunk, whatever the
number of tokens.
"""

from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

_CHUNK_BYTES = 64 << 20  # of float32 logits


def chunk_rows(vocabulary: int) -> int:
    """Hidden states whose logits are held at a time."""
    return max(16, _CHUNK_BYTES // (4 * vocabulary))


def summed_loss(head: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Sum of the negative log-likelihoods of targets, float32 scalar.

    head: the output embedding. hidden: (N, H). targets: (N,) token ids. N may be 0.
    """
    if isinstance(head, torch.nn.Linear) and type(head).forward is torch.nn.Linear.forward and head.bias is None:
        total: torch.Tensor = _PlainHead.apply(hidden, head.weight, targets)
        return total
    return _any_head(head, hidden, targets)


def token_losses(head: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(N,) negative log-likelihood of each target, float32. Arguments as `summed_loss`.

    For a plain head only the hidden states' gradients are kept; the logits are made again for a trained head's own.
    """
    if isinstance(head, torch.nn.Linear) and type(head).forward is torch.nn.Linear.forward and head.bias is None:
        each: torch.Tensor = _PlainTokens.apply(hidden, head.weight, targets)
        return each

    def part(states: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(head(states).float(), wanted, reduction="none")

    parts = [
        checkpoint(part, states, wanted, use_reentrant=False) if torch.is_grad_enabled() else part(states, wanted)
        for states, wanted in zip(hidden.split(256), targets.split(256), strict=True)
    ]
    return torch.cat(parts) if parts else hidden.new_zeros(0, dtype=torch.float32)


def _any_head(head: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The same for a head that is a module of its own kind (an adapter on it, a bias): its logits are made twice."""

    def part(states: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(head(states).float(), wanted, reduction="sum")

    total = hidden.new_zeros((), dtype=torch.float32)
    for states, wanted in zip(hidden.split(256), targets.split(256), strict=True):
        total = total + (
            checkpoint(part, states, wanted, use_reentrant=False) if torch.is_grad_enabled() else part(states, wanted)
        )
    return total


class _PlainHead(torch.autograd.Function):
    """sum(logsumexp(hidden @ weight.T) - logit of target); gradients for hidden and, if wanted, weight."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Loss and its gradients, chunk by chunk."""
        with torch.autocast(hidden.device.type, enabled=False):
            matrix = weight.detach().to(hidden.dtype)
            hidden_grad = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
            weight_grad = torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
            total = hidden.new_zeros((), dtype=torch.float32)
            for part, logits, norm, wanted in _chunks(hidden, matrix, targets):
                total += (norm - logits.gather(1, wanted)).sum()
                if hidden_grad is None and weight_grad is None:
                    continue
                slope = _slope(logits, norm, wanted).to(hidden.dtype)
                if hidden_grad is not None:
                    torch.mm(slope, matrix, out=hidden_grad[part])
                if weight_grad is not None:
                    weight_grad += slope.T @ hidden[part]
        ctx.save_for_backward(hidden_grad, None if weight_grad is None else weight_grad.to(weight.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """Scale what the forward pass made."""
        hidden_grad, weight_grad = ctx.saved_tensors
        scale = grads[0]
        return (
            None if hidden_grad is None else hidden_grad * scale.to(hidden_grad.dtype),
            None if weight_grad is None else weight_grad * scale.to(weight_grad.dtype),
            None,
        )


class _PlainTokens(torch.autograd.Function):
    """(N,) logsumexp(hidden @ weight.T) - logit of target; each with a gradient of its own scale."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Losses, and the hidden states' gradients for a scale of one, chunk by chunk."""
        with torch.autocast(hidden.device.type, enabled=False):
            matrix = weight.detach().to(hidden.dtype)
            hidden_grad = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
            out = hidden.new_zeros(len(hidden), dtype=torch.float32)
            for part, logits, norm, wanted in _chunks(hidden, matrix, targets):
                out[part] = (norm - logits.gather(1, wanted))[:, 0]
                if hidden_grad is not None:
                    torch.mm(_slope(logits, norm, wanted).to(hidden.dtype), matrix, out=hidden_grad[part])
        ctx.save_for_backward(hidden_grad, *((hidden, weight, targets) if ctx.needs_input_grad[1] else ()))
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """Scale each token's part."""
        hidden_grad, *rest = ctx.saved_tensors
        scale = grads[0]
        weight_grad = None
        if rest:
            hidden, weight, targets = rest
            weight_grad = torch.zeros_like(weight, dtype=torch.float32)
            with torch.autocast(hidden.device.type, enabled=False):
                matrix = weight.detach().to(hidden.dtype)
                for part, logits, norm, wanted in _chunks(hidden, matrix, targets):
                    slope = _slope(logits, norm, wanted) * scale[part, None]
                    weight_grad += slope.to(hidden.dtype).T @ hidden[part]
            weight_grad = weight_grad.to(weight.dtype)
        if hidden_grad is not None:
            hidden_grad = hidden_grad * scale[:, None].to(hidden_grad.dtype)
        return hidden_grad, weight_grad, None


def _chunks(hidden: torch.Tensor, matrix: torch.Tensor, targets: torch.Tensor) -> Any:
    """(slice, logits, logsumexp, targets) of a few hundred hidden states at a time; logits may be overwritten."""
    size = chunk_rows(matrix.shape[0])
    for start in range(0, len(hidden), size):
        part = slice(start, start + size)
        logits = functional.linear(hidden[part], matrix).float()
        yield part, logits, logits.logsumexp(dim=1, keepdim=True), targets[part, None]


def _slope(logits: torch.Tensor, norm: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Softmax minus one-hot, in the place of the logits."""
    logits.sub_(norm).exp_()
    return logits.scatter_add_(1, wanted, torch.full_like(norm, -1.0))
