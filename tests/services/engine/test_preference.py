"""Stages that compare answers: their losses against the published formulas, and whole runs of each."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional
from transformers import AutoModelForCausalLM

from services.datasets.mapping import Mapping
from services.engine.forward import choose_forward
from services.engine.loss import token_losses
from services.engine.objectives import Objective
from services.engine.objectives.pairs import Pairs
from services.engine.objectives.reward import Reward
from services.engine.objectives.unpaired import Unpaired
from services.engine.reference import add_reference
from services.jobs import events as ev
from services.jobs.job import State
from services.projects.project import Project
from services.recipes.recipe import Recipe
from tests.helpers.training import add_dataset, case, curve, failure, new_run, rows_of, work_on

PAIRS = Mapping(format="preference", columns={"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"})
LABELS = Mapping(format="kto", columns={"prompt": "prompt", "response": "answer", "kto_tag": "label"})
BETA = 0.3


def pair_rows(n: int) -> list[dict[str, str]]:
    return [
        {"prompt": f"What is {i} plus {i}?", "chosen": f"It is {2 * i}.", "rejected": "No idea" + "!" * (i % 4)}
        for i in range(n)
    ]


def label_rows(n: int) -> list[dict[str, Any]]:
    return [
        {"prompt": f"What is {i}?", "answer": f"It is {i}." if i % 2 else "Go away", "label": bool(i % 2)}
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def model(tiny: Path) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)


def sequence(prompt: list[int], answer: list[int]) -> dict[str, list[int]]:
    return {"input_ids": [*prompt, *answer], "labels": [-100] * len(prompt) + answer}


def items() -> list[dict[str, Any]]:
    """Encoded pairs of unequal length."""
    out = []
    for i in range(5):
        prompt = [1, 20 + i, 30, 40][: 2 + i % 3]
        good, bad = sequence(prompt, [5 + i, 6, 7]), sequence(prompt, [8, 9 + i] * (1 + i % 2))
        out.append(
            {
                f"{side}_{key}": value
                for side, one in (("chosen", good), ("rejected", bad))
                for key, value in one.items()
            }
        )
    return out


def plain_logps(model: Any, ids: list[int], labels: list[int]) -> tuple[torch.Tensor, int]:
    """Sum of the log-probabilities of the trained tokens, straight from the model's logits; how many they are."""
    logits = model(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)
    at = [(i, label) for i, label in enumerate(labels[1:]) if label != -100]
    return torch.stack([logits[i, label] for i, label in at]).sum(), len(at)


def of(model: Any, item: dict[str, Any], side: str) -> tuple[torch.Tensor, int]:
    return plain_logps(model, item[f"{side}_input_ids"], item[f"{side}_labels"])


def whole_loss(objective: Objective, model: Any, rows: list[Any], budget: int, packs: bool = True) -> torch.Tensor:
    forward = choose_forward(model)
    forward.packs = packs and forward.packs
    if not forward.packs:
        model.set_attn_implementation("sdpa")
    step = objective.step(rows, budget, forward.packs)
    objective.before_step(forward, model, step, torch.device("cpu"))
    total = sum((objective.summed(forward, model, part) for part in step.passes), torch.zeros(()))
    model.set_attn_implementation("sdpa")
    return total / step.weight


def referenced(objective: Any, model: Any, rows: list[Any], folder: Path, beside: Any = None) -> None:
    """Rows with the references of a model that differs from the one that is trained."""
    torch.manual_seed(3)
    other = AutoModelForCausalLM.from_config(copy.deepcopy(model.config))
    extra = beside or (lambda item: [])
    add_reference(
        rows, lambda item: [*objective.sequences(item), *extra(item)], choose_forward(other), other, 64, folder,
        lambda done, total: None,
    )  # fmt: skip


def test_token_losses_and_every_gradient_are_those_of_cross_entropy() -> None:
    torch.manual_seed(1)
    head = torch.nn.Linear(16, 3000, bias=False)
    hidden, targets, scale = torch.randn(40, 16, requires_grad=True), torch.randint(3000, (40,)), torch.rand(40)
    ours = token_losses(head, hidden, targets)
    (ours * scale).sum().backward()
    grads = hidden.grad.clone(), head.weight.grad.clone()  # type: ignore[union-attr]
    hidden.grad = head.weight.grad = None
    theirs = functional.cross_entropy(head(hidden), targets, reduction="none")
    (theirs * scale).sum().backward()
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert torch.allclose(grads[0], hidden.grad, atol=1e-5) and torch.allclose(grads[1], head.weight.grad, atol=1e-5)
    assert token_losses(head, hidden[:0], targets[:0]).shape == (0,)
    biased = torch.nn.Linear(16, 50)
    near = token_losses(biased, hidden, targets % 50)
    assert torch.allclose(near, functional.cross_entropy(biased(hidden), targets % 50, reduction="none"), atol=1e-5)


def expected(kind: str, model: Any, item: dict[str, Any], smooth: float, gamma: float, ftx: float) -> torch.Tensor:
    """One pair's loss by its published formula."""
    (won, n_won), (lost, n_lost) = of(model, item, "chosen"), of(model, item, "rejected")
    ref_won, ref_lost = item.get("reference", (0.0, 0.0))
    gap = (won - ref_won) - (lost - ref_lost)
    sft = -won / n_won
    if kind == "sigmoid":
        loss = -(1 - smooth) * functional.logsigmoid(BETA * gap) - smooth * functional.logsigmoid(-BETA * gap)
    elif kind == "hinge":
        loss = torch.relu(1 - BETA * gap)
    elif kind == "ipo":
        loss = ((won - ref_won) / n_won - (lost - ref_lost) / n_lost - 1 / (2 * BETA)) ** 2
    elif kind == "orpo":
        a, b = won / n_won, lost / n_lost
        odds = (a - b) - (torch.log1p(-torch.exp(a)) - torch.log1p(-torch.exp(b)))
        return sft - BETA * functional.logsigmoid(odds)
    else:
        loss = -functional.logsigmoid(BETA * (won / n_won - lost / n_lost) - gamma)
    return loss + ftx * sft


@pytest.mark.parametrize("kind", ["sigmoid", "hinge", "ipo", "orpo", "simpo"])
def test_pairs_cost_what_the_papers_say(model: Any, tmp_path: Path, kind: str) -> None:
    smooth, ftx = (0.1, 0.5) if kind == "sigmoid" else (0.0, 0.25 if kind == "hinge" else 0.0)
    recipe = Recipe(stage="dpo", pref_loss=kind, pref_beta=BETA, dpo_label_smoothing=smooth, pref_ftx=ftx)
    objective, rows = Pairs(recipe), items()
    if objective.needs_reference:
        referenced(objective, model, rows, tmp_path)
    gamma = float(recipe.simpo_gamma)
    wanted = torch.stack([expected(kind, model, item, smooth, gamma, ftx) for item in rows]).mean()
    for budget, packs in ((1000, True), (16, True), (1000, False)):
        assert whole_loss(objective, model, rows, budget, packs).item() == pytest.approx(wanted.item(), rel=2e-4)
    figures = objective.figures.take()
    assert set(figures) >= {"rewards/chosen", "rewards/margins", "rewards/accuracies", "logps/rejected"}
    assert figures["rewards/margins"] == pytest.approx(
        figures["rewards/chosen"] - figures["rewards/rejected"], abs=1e-4
    )


def test_gradients_do_not_depend_on_the_passes(model: Any, tmp_path: Path) -> None:
    recipe = Recipe(stage="dpo", pref_beta=BETA)
    rows = items()
    referenced(Pairs(recipe), model, rows, tmp_path)
    found = []
    for budget in (1000, 16):
        model.zero_grad()
        whole_loss(Pairs(recipe), model, rows, budget).backward()
        found.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
    assert torch.allclose(found[0], found[1], rtol=1e-3, atol=1e-6) and found[0].abs().max() > 0
    model.zero_grad()


def test_kto_costs_what_the_paper_says(model: Any, tmp_path: Path) -> None:
    from services.engine.objectives.unpaired import mismatched

    rows = []
    for i in range(6):
        own, other = sequence([1, 20 + i], [5 + i, 6]), sequence([1, 20 + i], [9, 8 - i, 7])
        rows.append({**own, "kl_input_ids": other["input_ids"], "kl_labels": other["labels"], "kto_tags": i % 3 == 0})
    recipe = Recipe(stage="kto", pref_beta=BETA, kto_chosen_weight=2.0, kto_rejected_weight=0.5, pref_ftx=0.1)
    objective = Unpaired(recipe)
    referenced(objective, model, rows, tmp_path, beside=lambda item: [mismatched(item)])
    with torch.no_grad():
        drifts = [plain_logps(model, r["kl_input_ids"], r["kl_labels"])[0] - r["reference"][1] for r in rows]
        drift = torch.stack(drifts).mean().clamp(min=0)
        losses = []
        for row in rows:
            logp, count = plain_logps(model, row["input_ids"], row["labels"])
            ratio = logp - row["reference"][0]
            good = row["kto_tags"]
            gain = BETA * (ratio - drift if good else drift - ratio)
            losses.append((2.0 if good else 0.5) * (1 - torch.sigmoid(gain)) - (0.1 * logp / count if good else 0))
    assert whole_loss(objective, model, rows, 16).item() == pytest.approx(torch.stack(losses).mean().item(), rel=2e-4)
    assert objective.figures.take()["kl"] == pytest.approx(drift.item(), rel=1e-3, abs=1e-5)


def test_a_reward_is_read_at_the_last_token(model: Any, tmp_path: Path) -> None:
    objective, rows = Reward(int(model.config.hidden_size), torch.device("cpu")), items()
    marks = []
    for item in rows:
        for side in ("chosen", "rejected"):
            ids = torch.tensor([item[f"{side}_input_ids"]])
            marks.append(objective.head(model.model(input_ids=ids).last_hidden_state[0, -1])[0])
    wanted = -functional.logsigmoid(torch.stack(marks[0::2]) - torch.stack(marks[1::2])).mean()
    assert whole_loss(objective, model, rows, 16).item() == pytest.approx(wanted.item(), rel=2e-4)
    objective.save(tmp_path)
    assert set(load_file(tmp_path / "value_head.safetensors")) == {"v_head.summary.weight", "v_head.summary.bias"}
    again = Reward(int(model.config.hidden_size), torch.device("cpu"))
    again.load(tmp_path)
    assert torch.equal(again.head.weight, objective.head.weight)


# ---- whole runs


@pytest.fixture
def ready(project: Project) -> Project:
    add_dataset(project, "pairs", pair_rows(12), PAIRS)
    add_dataset(project, "labels", label_rows(12), LABELS)
    return project


def test_dpo_learns_and_leaves_its_curves(ready: Project, tiny: Path) -> None:
    job = new_run(
        ready, tiny, "pairs", stage="dpo", num_train_epochs=5, learning_rate=5e-3, val_size=2, eval_steps=5,
        plot_loss=True,
    )  # fmt: skip
    assert work_on(job) == 0, failure(job)
    margins, accuracies = curve(job, "rewards/margins"), curve(job, "rewards/accuracies")
    assert curve(job)[1] == pytest.approx(0.6931, abs=1e-3), "nothing differs from the reference before the first step"
    assert margins[1] == pytest.approx(0, abs=1e-4) and margins[max(margins)] > 0.05
    assert accuracies[max(accuracies)] == 1.0
    assert set(curve(job, "eval_rewards/accuracies")) == {5, 10, 15}
    assert (job.folder / "training_rewards_accuracies.png").read_bytes().startswith(b"\x89PNG")
    line = json.loads((job.folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()[-2])
    assert line["accuracy"] == 1.0
    phases = {e.phase for e in job.events() if isinstance(e, ev.Progress)}
    assert "counting the reference" in phases


@pytest.mark.parametrize(
    ("stage", "dataset"), [("dpo", "pairs"), ("kto", "labels"), ("orpo", "pairs"), ("simpo", "pairs"), ("rm", "pairs")]
)
def test_a_paused_run_goes_on_as_if_it_had_not_stopped(ready: Project, tiny: Path, stage: str, dataset: str) -> None:
    recipe = {"stage": stage, "num_train_epochs": 2, "learning_rate": 1e-3, "save_steps": 100}
    whole = new_run(ready, tiny, dataset, **recipe)
    assert work_on(whole) == 0, failure(whole)
    parts = new_run(ready, tiny, dataset, **recipe)
    assert work_on(parts, lambda step: {"pause"} if step == 3 and parts.last_checkpoint() is None else set()) == 0
    assert parts.summary().state is State.PAUSED
    assert work_on(parts) == 0 and parts.summary().state is State.FINISHED, failure(parts)
    assert curve(parts) == curve(whole)
    for name in ("rewards/chosen", "rewards/rejected") if stage in ("kto", "rm") else ("rewards/margins",):
        assert curve(parts, name) == curve(whole, name)
    assert (whole.folder / "value_head.safetensors").exists() == (stage == "rm")
    if stage == "rm":
        heads = [load_file(job.folder / "value_head.safetensors") for job in (whole, parts)]
        assert all(torch.equal(heads[0][key], heads[1][key]) for key in heads[0])


@pytest.mark.parametrize("method", ["full", "freeze"])
def test_whole_models_are_compared_with_what_they_were(ready: Project, tiny: Path, method: str) -> None:
    job = new_run(ready, tiny, "pairs", stage="dpo", finetuning_type=method, learning_rate=1e-3, num_train_epochs=3)
    assert work_on(job) == 0, failure(job)
    assert curve(job)[1] == pytest.approx(0.6931, abs=2e-3)
    assert curve(job, "rewards/margins")[9] > 0
    assert len(json.loads((job.folder / "reference.json").read_text(encoding="utf-8"))["logps"]) == 12


def test_another_reference_model(ready: Project, tiny: Path, tmp_path: Path) -> None:
    from tests.helpers.tiny_model import make_tiny_model

    other = make_tiny_model(tmp_path / "other", seed=5)
    job = new_run(ready, tiny, "pairs", stage="dpo", max_steps=1, ref_model=str(other))
    assert work_on(job) == 0, failure(job)
    assert abs(curve(job, "rewards/margins")[1]) > 1e-3, "the reference differs from the start"


def test_pairs_that_are_none_have_a_margin_of_zero(project: Project, tiny: Path) -> None:
    """C10: identical answers are named by the checks; trained all the same, they move nothing."""
    row = rows_of(case("C10.prefs_doubtful.jsonl"))[1]
    same = {"prompt": "Which city?", "chosen": "Turku.", "rejected": "Turku."}
    assert row["chosen"] == row["rejected"]
    add_dataset(project, "same", [same, same], PAIRS)
    job = new_run(project, tiny, "same", stage="dpo", max_steps=2, learning_rate=1e-2)
    assert work_on(job) == 0, failure(job)
    assert curve(job, "rewards/margins") == {1: 0.0, 2: 0.0}


def test_rows_of_another_kind_are_refused_in_a_sentence(ready: Project, tiny: Path) -> None:
    job = new_run(ready, tiny, "labels", stage="dpo")
    assert work_on(job) == 1 and "no pair of answers" in failure(job)
    job = new_run(ready, tiny, "pairs", stage="kto")
    assert work_on(job) == 1 and "label" in failure(job)
