"""LoRA's inner loop against PEFT's."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from services.engine.loading import LoadOptions, load_model
from services.engine.lora_linear import speed_up

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # PEFT asks by an old name


def adapted(folder: Path, **config: Any) -> Any:
    torch.manual_seed(5)
    model = get_peft_model(load_model(folder, LoadOptions(dtype="fp32")), LoraConfig(r=4, lora_alpha=12, **config))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data = 0.1 * torch.randn_like(parameter)
    return model


def loss_and_grads(model: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    torch.manual_seed(11)  # the same dropout on both sides
    ids = torch.arange(3, 60).reshape(3, 19)
    logits = model(input_ids=ids, use_cache=False).logits
    (logits.square().mean()).backward()
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return logits.detach(), found


@pytest.mark.parametrize(
    "config",
    [
        {"target_modules": "all-linear"},
        {"target_modules": ["q_proj", "down_proj"], "use_rslora": True},
        {"target_modules": "all-linear", "lora_dropout": 0.3},
    ],
)
def test_outputs_and_gradients_are_pefts(tiny: Path, config: dict[str, Any]) -> None:
    model = adapted(tiny, **config).train()
    logits, wanted = loss_and_grads(model)
    assert speed_up(model) > 0
    ours, found = loss_and_grads(model)
    torch.testing.assert_close(ours, logits, atol=1e-4, rtol=1e-4)
    assert found.keys() == wanted.keys()
    for name, grad in wanted.items():
        torch.testing.assert_close(found[name], grad, atol=1e-4, rtol=1e-3)


def test_layers_of_another_kind_keep_pefts_loop(tiny: Path) -> None:
    assert speed_up(adapted(tiny, target_modules="all-linear", use_dora=True)) == 0
    assert speed_up(adapted(tiny, target_modules=["embed_tokens"])) == 0


def test_switched_off_and_merged_adapters_give_what_peft_gives(tiny: Path) -> None:
    model = adapted(tiny, target_modules="all-linear").eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        on = model(input_ids=ids).logits
        with model.disable_adapter():
            off = model(input_ids=ids).logits
        speed_up(model)
        torch.testing.assert_close(model(input_ids=ids).logits, on, atol=1e-4, rtol=1e-4)
        with model.disable_adapter():
            torch.testing.assert_close(model(input_ids=ids).logits, off)
        model.merge_adapter()
        torch.testing.assert_close(model(input_ids=ids).logits, on, atol=1e-3, rtol=1e-3)


def test_a_bf16_base_keeps_float32_adapters_and_their_gradients(tiny: Path) -> None:
    model = adapted(tiny, target_modules="all-linear").train()
    exact, wanted = loss_and_grads(model)
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            parameter.data = parameter.data.bfloat16()
    speed_up(model)
    logits, found = loss_and_grads(model)
    assert all(grad.dtype == torch.float32 for grad in found.values())
    assert (logits.float() - exact).norm() < 0.03 * exact.norm()
    for name, grad in wanted.items():
        assert (found[name] - grad).norm() < 0.1 * grad.norm() + 1e-6
