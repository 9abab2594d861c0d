"""Cross-entropy in chunks: the same numbers as the library's, in bounded memory."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from services.engine import loss
from services.engine.loss import summed_loss


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 17, 50])
def test_value_and_gradients_are_the_librarys(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "chunk_rows", lambda vocabulary: 16)
    torch.manual_seed(1)
    head = torch.nn.Linear(12, 83, bias=False)
    hidden = torch.randn(rows, 12, requires_grad=True)
    targets = torch.randint(0, 83, (rows,))
    expected = cross_entropy(head(hidden), targets, reduction="sum")
    wanted = torch.autograd.grad(3 * expected, [hidden, head.weight])
    ours = summed_loss(head, hidden, targets)
    found = torch.autograd.grad(3 * ours, [hidden, head.weight])
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-5)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_a_frozen_head_gets_no_gradient_and_costs_none() -> None:
    head = torch.nn.Linear(8, 40, bias=False).requires_grad_(False)
    hidden = torch.randn(5, 8, requires_grad=True)
    summed_loss(head, hidden, torch.arange(5)).backward()
    assert head.weight.grad is None
    assert hidden.grad is not None and hidden.grad.abs().sum() > 0


def test_a_head_with_a_bias_or_an_adapter_takes_the_other_way() -> None:
    torch.manual_seed(2)
    head = torch.nn.Linear(8, 40)
    hidden = torch.randn(300, 8, requires_grad=True)
    targets = torch.randint(0, 40, (300,))
    expected = cross_entropy(head(hidden), targets, reduction="sum")
    wanted = torch.autograd.grad(expected, [hidden, head.bias])
    ours = summed_loss(head, hidden, targets)
    found = torch.autograd.grad(ours, [hidden, head.bias])
    assert ours.item() == pytest.approx(expected.item(), rel=1e-5)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_a_bf16_head_loses_little() -> None:
    torch.manual_seed(3)
    head = torch.nn.Linear(64, 1000, bias=False)
    hidden, targets = torch.randn(200, 64), torch.randint(0, 1000, (200,))
    exact = summed_loss(head, hidden, targets).item()
    assert summed_loss(head.bfloat16(), hidden.bfloat16(), targets).item() == pytest.approx(exact, rel=5e-3)


def test_the_chunk_is_bounded_whatever_the_vocabulary() -> None:
    for vocabulary in (259, 49_152, 262_144):
        assert loss.chunk_rows(vocabulary) * vocabulary * 4 <= (64 << 20) or loss.chunk_rows(vocabulary) == 16
