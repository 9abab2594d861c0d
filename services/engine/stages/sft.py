"""Supervised fine-tuning: the model learns to give the rows' answers."""

from typing import Any

from services.engine.run import TrainRun
from services.engine.stages import stages
from services.engine.training import ask, finish, make_trainer, prepare, train
from services.i18n import N_


@stages.add("sft")
def run(run: TrainRun) -> dict[str, Any]:
    """Load, train, ask once more, save. Returns the run's figures."""
    prepared = prepare(run)
    trainer = make_trainer(run, prepared)
    train(run, trainer)
    run.phase(N_("saving"), trainer.state.global_step, trainer.state.max_steps)
    result = finish(run, trainer)
    ask(run, prepared.model, trainer.state.global_step, "after")
    return result
