"""Supervised fine-tuning: the model learns to give the rows' answers."""

from typing import Any

from services.engine.objectives import Language
from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import run_stage


@stages.add("sft")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, train, ask once more, save. Returns the run's figures."""
    return run_stage(run, lambda prepared: Language())
