"""KTO: the model learns from answers that are good or bad, each for itself."""

from typing import Any

from services.engine.comparing import compared
from services.engine.objectives.unpaired import Unpaired
from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import run_stage


@stages.add("kto")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, count the answers' reference, train, ask once more, save. Returns the run's figures."""
    return run_stage(run, lambda prepared: compared(run, prepared, Unpaired(run.recipe)))
