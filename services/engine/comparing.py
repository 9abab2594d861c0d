"""What the stages do that compare with the model as it was: count its log-probabilities before the first step."""

from services.catalogue import resolve_model
from services.engine.forward import Forward, choose_forward
from services.engine.loading import LoadOptions, load_model
from services.engine.objectives.objective import Item
from services.engine.objectives.pairs import Pairs
from services.engine.objectives.unpaired import Unpaired, mismatched
from services.engine.packing import Row
from services.engine.reference import add_reference
from services.engine.run import TrainRun
from services.engine.training import Prepared
from services.i18n import N_
from services.workers.shell import PausedByPersonError, StoppedByPersonError


def compared(run: TrainRun, prepared: Prepared, objective: Pairs | Unpaired) -> Pairs | Unpaired:
    """The objective, once every row carries its reference (where the loss wants one)."""
    if not objective.needs_reference:
        return objective

    def progress(done: int, total: int) -> None:
        run.phase(N_("counting the reference"), done, total)
        asked = run.commands(0)
        if "pause" in asked:
            raise PausedByPersonError(0)
        if "stop" in asked:
            raise StoppedByPersonError(0)

    def sequences(item: Item) -> list[Row]:
        return [*objective.sequences(item), *([mismatched(item)] if isinstance(objective, Unpaired) else [])]

    model, forward = prepared.model, prepared.forward
    if run.recipe.ref_model:
        model, forward = _other(run, prepared)
    rows = [*run.train_rows, *run.eval_rows]
    add_reference(rows, sequences, forward, model, prepared.plan.budget_tokens, run.folder, progress)
    return objective


def _other(run: TrainRun, prepared: Prepared) -> tuple[object, Forward]:
    """The recipe's own reference model, loaded as the base is."""
    inside = run.project.absolute(run.recipe.ref_model)
    folder = resolve_model(str(inside) if inside.is_dir() else run.recipe.ref_model)
    model = load_model(folder, LoadOptions.of(run.recipe, prepared.plan.dtype))
    return model, choose_forward(model, prepared.forward.autocast)
