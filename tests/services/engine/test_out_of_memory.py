"""Memory that runs out in the middle of a step: the same step goes on in smaller passes, with the same losses."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from services.engine.objectives import Language, Pass
from services.engine.objectives.pairs import Pairs
from services.engine.plan import Plan
from services.jobs.job import State
from services.projects.project import Project
from tests.helpers.training import add_dataset, curve, failure, messages, new_run, number_rows, work_on
from tests.services.engine.test_preference import PAIRS, pair_rows


@pytest.fixture
def ready(project: Project) -> Project:
    add_dataset(project, "rows", number_rows(22))
    add_dataset(project, "pairs", pair_rows(12), PAIRS)
    return project


def holding(
    monkeypatch: pytest.MonkeyPatch, kind: type, most_tokens: int, *, after_backward: bool = False
) -> list[int]:
    """From now on a pass of more tokens than that finds no memory. Returns the sizes of those that fitted."""
    right, fitted = kind.summed, []

    def summed(self: Any, forward: Any, model: Any, part: Pass) -> torch.Tensor:
        tokens = sum(batch.input_ids.numel() for batch in part.batches)
        if tokens > most_tokens:
            if after_backward:
                right(self, forward, model, part).backward()  # a part of the gradients is there already
            raise torch.OutOfMemoryError("out of memory")
        fitted.append(tokens)
        return right(self, forward, model, part)

    monkeypatch.setattr(kind, "summed", summed)
    return fitted


@pytest.mark.parametrize(("kind", "dataset", "stage"), [(Language, "rows", "sft"), (Pairs, "pairs", "dpo")])
def test_the_losses_are_those_of_a_run_with_room(
    ready: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch, kind: type, dataset: str, stage: str
) -> None:
    recipe = {"stage": stage, "num_train_epochs": 2, "learning_rate": 1e-3, "bf16": False}
    roomy = new_run(ready, tiny, dataset, **recipe)
    assert work_on(roomy) == 0, failure(roomy)
    fitted = holding(monkeypatch, kind, 220, after_backward=True)
    tight = new_run(ready, tiny, dataset, **recipe)
    assert work_on(tight) == 0, failure(tight)
    assert max(fitted) <= 220
    losses, expected = curve(tight), curve(roomy)
    assert losses.keys() == expected.keys()
    assert all(losses[step] == pytest.approx(expected[step], rel=2e-3, abs=1e-4) for step in losses)
    said = [text for text in messages(tight) if "Memory ran out" in text]
    assert said and "step 1" in said[0] and "half as many tokens" in said[0]
    plan = msgspec.json.decode((tight.folder / "plan.json").read_bytes(), type=Plan)
    assert 0 < plan.budget_tokens <= 220, "a resumed run keeps to it"


def test_recomputation_is_the_last_try_and_then_a_sentence(
    ready: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding(monkeypatch, Language, 3)
    job = new_run(ready, tiny, "rows")
    assert work_on(job) == 1 and job.summary().state is State.FAILED
    assert any("gradient checkpointing, which is slower" in text for text in messages(job))
    assert "even for one row at a time" in failure(job)


def test_other_errors_are_not_taken_for_it(ready: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(Language, "summed", broken)
    job = new_run(ready, tiny, "rows")
    assert work_on(job) == 1 and not any("Memory" in text for text in messages(job))
