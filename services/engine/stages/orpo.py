"""ORPO: the better answer is learned while the worse one grows less likely; needs no reference."""

from typing import Any

from services.engine.comparing import compared
from services.engine.objectives.pairs import Pairs
from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import run_stage


@stages.add("orpo")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, train, ask once more, save. Returns the run's figures."""
    return run_stage(run, lambda prepared: compared(run, prepared, Pairs(run.recipe)))
