"""The one forward pass: the padded batch's loss without its padding, and rows that never see each other."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from services.engine.forward import choose_forward, decoder
from services.engine.loading import LoadOptions, load_model
from services.engine.packing import ATTENTION, group, join, trained_count
from services.templates.layout import IGNORED

FP32 = LoadOptions(dtype="fp32")


def row(start: int, length: int, trained_from: int) -> dict[str, list[int]]:
    ids = [3 + (start + 7 * i) % 250 for i in range(length)]
    return {"input_ids": ids, "labels": [IGNORED] * trained_from + ids[trained_from:]}


ROWS = [row(0, 19, 8), row(91, 7, 3), row(40, 33, 0), row(5, 12, 11)]


def padded_loss(model: Any, rows: list[dict[str, list[int]]]) -> torch.Tensor:
    """The mean that transformers computes on one padded batch."""
    longest = max(len(r["input_ids"]) for r in rows)
    ids = torch.tensor([r["input_ids"] + [2] * (longest - len(r["input_ids"])) for r in rows])
    labels = torch.tensor([r["labels"] + [IGNORED] * (longest - len(r["labels"])) for r in rows])
    mask = torch.tensor([[1] * len(r["input_ids"]) + [0] * (longest - len(r["input_ids"])) for r in rows])
    return model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss


def grads(model: Any) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("tied", [False, True])
def test_the_loss_and_its_gradients_are_those_of_a_padded_batch(tied: bool, tmp_path: Path) -> None:
    from tests.helpers.tiny_model import make_tiny_model

    folder = make_tiny_model(tmp_path / "m", tied=tied)
    model = load_model(folder, FP32).requires_grad_(True)
    expected = padded_loss(model, ROWS)
    expected.backward()
    expected_grads = grads(model)

    forward = choose_forward(model)
    assert forward.packs and forward.plain_head
    ours = forward.summed_loss(model, join(ROWS)) / trained_count(ROWS)
    ours.backward()

    assert ours.item() == pytest.approx(expected.item(), abs=1e-5)
    our_grads = grads(model)
    assert our_grads.keys() == expected_grads.keys()
    for name, grad in expected_grads.items():
        torch.testing.assert_close(our_grads[name], grad, atol=2e-5, rtol=1e-3)


def test_dividing_a_step_into_passes_changes_neither_loss_nor_gradients(tiny: Path) -> None:
    model = load_model(tiny, FP32).requires_grad_(True)
    forward = choose_forward(model)
    results = []
    for budget in (1000, 40, 1):
        groups = group(ROWS, budget)
        total = 0.0
        for part in groups:
            loss = forward.summed_loss(model, join(part)) / trained_count(ROWS)
            loss.backward()
            total += loss.item()
        results.append((len(groups), total, grads(model)))
    assert [n for n, _, _ in results] == [1, 2, 4]
    for _, loss, found in results[1:]:
        assert loss == pytest.approx(results[0][1], abs=1e-5)
        for name, grad in found.items():
            torch.testing.assert_close(grad, results[0][2][name], atol=2e-5, rtol=1e-3)


def test_no_gradient_flows_from_one_row_into_another(tiny: Path) -> None:
    model = load_model(tiny, FP32)
    model.get_input_embeddings().weight.requires_grad_(True)
    forward = choose_forward(model)
    first = {"input_ids": [10, 11, 12, 13], "labels": [IGNORED] * 4}
    second = {"input_ids": [20, 21, 22], "labels": [20, 21, 22]}
    third = {"input_ids": [30, 31], "labels": [IGNORED] * 2}
    forward.summed_loss(model, join([first, second, third])).backward()
    touched = model.get_input_embeddings().weight.grad.abs().sum(dim=1).nonzero()[:, 0].tolist()
    assert touched == [20, 21]  # the last token predicts nothing


def test_the_library_would_let_rows_see_each_other_without_this(tiny: Path) -> None:
    """The trap that attention by rows avoids: a mask of ones joins packed rows."""
    model = load_model(tiny, FP32)
    a, b = torch.tensor([10, 11, 12]), torch.tensor([20, 21, 22])
    alone = decoder(model)(input_ids=b[None], use_cache=False).last_hidden_state
    ids, places = torch.cat([a, b])[None], torch.tensor([[0, 1, 2, 0, 1, 2]])
    mixed = decoder(model)(
        input_ids=ids, position_ids=places, attention_mask=torch.ones_like(ids), use_cache=False
    ).last_hidden_state[:, 3:]
    assert (mixed - alone).norm() > 0.1 * alone.norm()
    choose_forward(model)
    ours = decoder(model)(input_ids=ids, position_ids=places, row_lengths=[3, 3], use_cache=False).last_hidden_state[
        :, 3:
    ]
    torch.testing.assert_close(ours, alone, atol=1e-5, rtol=1e-4)


def test_attention_by_rows_refuses_to_guess(tiny: Path) -> None:
    model = load_model(tiny, FP32)
    model.set_attn_implementation(ATTENTION)
    with pytest.raises(ValueError, match="row_lengths"):
        model(input_ids=torch.tensor([[5, 6, 7]]), use_cache=False)


def built(kind: str, **config: Any) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(3)
    common = {
        "vocab_size": 97,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 256,
        "pad_token_id": 0,
    }
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**common, **config}))
    for parameter in model.parameters():  # away from the initial values, which hide differences
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model.float().eval()


@pytest.mark.parametrize(
    ("kind", "config", "packs", "plain_head"),
    [
        ("qwen2", {}, True, True),
        ("qwen3", {}, True, True),
        ("mistral", {"sliding_window": 5}, True, True),
        ("gemma2", {"sliding_window": 5, "final_logit_softcapping": 1.0, "query_pre_attn_scalar": 8}, None, False),
        ("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 4}, None, True),
    ],
)
def test_what_a_model_supports_is_found_by_trying(kind: str, config: Any, packs: bool | None, plain_head: bool) -> None:
    model = built(kind, **config)
    rows = [row(i, n, 2) for i, n in enumerate((9, 4, 14))]
    for r in rows:
        r["input_ids"] = [i % 97 for i in r["input_ids"]]
        r["labels"] = [i if i == IGNORED else i % 97 for i in r["labels"]]
    expected = sum(
        cross_entropy(
            model(input_ids=torch.tensor([r["input_ids"]]), use_cache=False).logits[0, :-1],
            torch.tensor(r["labels"][1:]),
            ignore_index=IGNORED,
            reduction="sum",
        ).item()
        for r in rows
    )
    forward = choose_forward(model)
    assert forward.plain_head is plain_head
    if packs is not None:
        assert forward.packs is packs
    parts = [rows] if forward.packs else [[r] for r in rows]
    ours = sum(forward.summed_loss(model, join(part)).item() for part in parts)
    assert ours == pytest.approx(expected, rel=1e-5)


lengths = st.lists(st.integers(1, 60), min_size=1, max_size=24)


@settings(max_examples=150, deadline=None)
@given(lengths, st.integers(1, 120))
def test_groups_hold_every_row_once_within_the_budget(sizes: list[int], budget: int) -> None:
    rows = [row(i, size, 0) for i, size in enumerate(sizes)]
    groups = group(rows, budget)
    assert sorted(id(r) for g in groups for r in g) == sorted(map(id, rows))
    for g in groups:
        assert len(g) == 1 or sum(len(r["input_ids"]) for r in g) <= budget
    assert [[id(r) for r in g] for g in group(rows, budget)] == [[id(r) for r in g] for g in groups]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=8))
def test_targets_are_the_trained_tokens_but_for_the_first_of_each_row(shape: list[tuple[int, int]]) -> None:
    rows = [row(i, length, min(skip, length)) for i, (length, skip) in enumerate(shape)]
    batch = join(rows)
    assert len(batch.targets) == len(batch.at) == trained_count(rows)
    wanted = [label for r in rows for label in r["labels"][1:] if label != IGNORED]
    assert batch.targets.tolist() == wanted
    assert batch.input_ids[0, batch.at + 1].tolist() == wanted
    assert sum(batch.row_lengths) == batch.input_ids.shape[1] == batch.position_ids.shape[1]
