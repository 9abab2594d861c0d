"""A reward model: learns to give the better of two answers the higher mark."""

from typing import Any

from services.engine.forward import unwrapped
from services.engine.objectives.reward import Reward
from services.engine.processor import device
from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import run_stage


@stages.add("rm")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, train model and head, save both. Returns the run's figures."""
    return run_stage(run, lambda prepared: Reward(int(unwrapped(prepared.model).config.hidden_size), device()))
