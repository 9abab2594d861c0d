"""Preference: the model learns to prefer the better of two answers, held near to what it was (DPO and its kin)."""

from typing import Any

from services.engine.comparing import compared
from services.engine.objectives.pairs import Pairs
from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import run_stage


@stages.add("dpo")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, count the answers' reference, train, ask once more, save. Returns the run's figures."""
    return run_stage(run, lambda prepared: compared(run, prepared, Pairs(run.recipe)))
