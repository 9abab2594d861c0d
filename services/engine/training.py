"""What every stage that trains a language model shares: preparing it, running to an end, leaving the files of a run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from services import files
from services.engine import artefacts, checkpoints, processor
from services.engine.arguments import training_arguments
from services.engine.callbacks import EarlyStopping, JournalCallback, NoiseCallback, SampleCallback
from services.engine.errors import TrainingError
from services.engine.forward import Forward, choose_forward, unwrapped
from services.engine.loading import LoadOptions, load_model, weights_dtype
from services.engine.methods import Method, methods
from services.engine.objectives import Objective
from services.engine.plan import Plan, make_plan, read_plan, write_plan
from services.engine.rows import length_in_step
from services.engine.run import TrainRun
from services.engine.samples import ask_all
from services.engine.trainer import LeaveError, RunTrainer
from services.i18n import N_
from services.jobs import events as ev
from services.recipes.recipe import Recipe
from services.workers.shell import PausedByPersonError, StoppedByPersonError


@dataclass
class Prepared:
    """A model that is ready to be trained."""

    model: Any
    method: Method
    plan: Plan
    forward: Forward


def prepare(run: TrainRun) -> Prepared:
    """Load the model, make the method's parameters trainable, decide or take up the plan."""
    run.phase(N_("loading"))
    recipe, plan_path = run.recipe, run.folder / "plan.json"
    torch.manual_seed(recipe.seed)
    kept = read_plan(plan_path) if run.checkpoint is not None else None
    options = LoadOptions.of(recipe, kept.dtype if kept else "")
    if recipe.bf16 is True and options.dtype == "fp32":
        run.message(N_("This processor is slower in bf16; the run computes in fp32."))
    model = load_model(run.model_dir, options)
    method: Method = methods.get(recipe.finetuning_type)()
    model = method.prepare(model, recipe, run.adapter)
    parts = [part for row in run.train_rows for part in row.get("parts", [row])]
    longest = max(length_in_step(part) for part in parts)
    plan = kept or make_plan(recipe, unwrapped(model), options.dtype, longest, processor.device())
    write_plan(plan_path, plan)
    if plan.checkpointing:
        unwrapped(model).activation_checkpointing_enable({"use_reentrant": False})
    return Prepared(model, method, plan, choose_forward(model, _autocast(recipe, model, plan)))


def _autocast(recipe: Recipe, model: Any, plan: Plan) -> torch.dtype | None:
    """The dtype that float32 weights are computed in where the whole model is trained."""
    trains_wide = any(p.requires_grad and p.dtype == torch.float32 for p in model.parameters())
    half = weights_dtype(plan.dtype) if plan.dtype != "fp32" else None
    return half if trains_wide and recipe.finetuning_type != "lora" else None


def run_stage(run: TrainRun, make: Callable[["Prepared"], Objective]) -> dict[str, Any]:
    """A whole run: load, train by the objective that make gives, ask once more, save. Returns the run's figures."""
    prepared = prepare(run)
    trainer = make_trainer(run, prepared, make(prepared))
    train(run, trainer)
    run.phase(N_("saving"), trainer.state.global_step, trainer.state.max_steps)
    result = finish(run, trainer)
    ask(run, prepared.model, trainer.state.global_step, "after")
    return result


def make_trainer(run: TrainRun, prepared: Prepared, objective: Objective) -> RunTrainer:
    """The Trainer of a run with its callbacks."""
    recipe, model, plan = run.recipe, prepared.model, prepared.plan
    journal = JournalCallback(run.say, run.folder / "trainer_log.jsonl")
    where = processor.device()

    def told(step: int, folder: Path, best: bool) -> None:
        run.say(ev.Checkpoint(step=step, path=folder.relative_to(run.folder).as_posix(), best=best), durable=True)

    trainer = RunTrainer(
        model=model,
        args=training_arguments(recipe, run.folder, where, int(run.facts.get("planned_steps", 0)), bool(run.eval_rows)),
        method=prepared.method,
        objective=objective,
        forward=prepared.forward,
        plan=plan,
        commands=run.commands,
        told=told,
        warn=run.warn,
        replanned=run.replanned,
        train_dataset=run.train_rows,
        eval_dataset=run.eval_rows or None,
        callbacks=[journal],
    )
    journal.trainer = trainer
    if run.request.sample_prompts:
        trainer.add_callback(SampleCallback(lambda step, label: ask(run, model, step, label), run.request.sample_steps))
    if recipe.neftune_noise_alpha:
        trainer.add_callback(NoiseCallback(recipe.neftune_noise_alpha))
    if recipe.early_stopping_steps and run.eval_rows:
        trainer.add_callback(EarlyStopping(early_stopping_patience=recipe.early_stopping_steps))
    return trainer


def ask(run: TrainRun, model: Any, step: int, label: str) -> None:
    """Sample answers of the model as it is now."""
    ask_all(
        unwrapped(model),
        run.template,
        run.request.sample_prompts,
        step,
        label,
        run.say,
        enable_thinking=run.recipe.enable_thinking,
    )


def train(run: TrainRun, trainer: RunTrainer) -> None:
    """Train to the planned end. PausedByPersonError or StoppedByPersonError when the person asked for it.

    A pause leaves a checkpoint of the last whole step; a stop leaves that and a usable model.
    """
    try:
        trainer.train(resume_from_checkpoint=str(run.checkpoint) if run.checkpoint else None)
    except LeaveError as leave:
        step = trainer.state.global_step
        run.phase(N_("saving"), step, trainer.state.max_steps)
        trainer.save_now()
        if leave.command == "pause":
            raise PausedByPersonError(step) from None
        raise StoppedByPersonError(step, finish(run, trainer)) from None
    except (RuntimeError, MemoryError) as error:
        if processor.is_out_of_memory(error):
            raise out_of_memory() from error
        raise


def out_of_memory() -> TrainingError:
    """The sentence for a step that did not fit."""
    return TrainingError(
        N_("There was not enough memory for a training step, even for one row at a time with recomputation."),
        way_out=N_("Lower cutoff_len, load the base in 4 bits, or choose a smaller model."),
    )


def finish(run: TrainRun, trainer: RunTrainer) -> dict[str, Any]:
    """Leave the files of a run and return its result."""
    state, folder = trainer.state, run.folder
    if run.recipe.load_best_model_at_end and state.best_model_checkpoint:
        trainer._load_best_model()
    with checkpoints.writing(folder / "final") as part:
        trainer.method.save(trainer.trained, part, weights_dtype(trainer.plan.dtype))
        trainer.objective.save(part)
    for path in (folder / "final").iterdir():
        files.replace(path, folder / path.name)
    (folder / "final").rmdir()
    results = results_of(trainer)
    state.save_to_json(str(folder / "trainer_state.json"))
    artefacts.write_json(folder / "train_results.json", results)
    artefacts.write_json(folder / "all_results.json", results)
    artefacts.write_json(folder / "run.json", run.facts | {"steps": state.global_step})
    if run.recipe.plot_loss:
        artefacts.plot_curves(state.log_history, folder)
    return results | {"steps": state.global_step}


def results_of(trainer: RunTrainer) -> dict[str, Any]:
    """Figures of the whole run, earlier attempts included."""
    state = trainer.state
    journal = next(c for c in trainer.callback_handler.callbacks if isinstance(c, JournalCallback))
    runtime_s = max(journal.elapsed_s(), 1e-9)
    total_loss = float(getattr(trainer, "_total_loss_scalar", 0.0))
    steps = max(1, state.global_step)
    results: dict[str, Any] = {
        "epoch": round(float(state.epoch or 0), 4),
        "num_input_tokens_seen": trainer.tokens_seen,
        "train_loss": total_loss / steps,
        "train_runtime": round(runtime_s, 2),
        "train_steps_per_second": round(state.global_step / runtime_s, 3),
        "train_tokens_per_second": round(trainer.tokens_seen / runtime_s, 2),
    }
    evaluations = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
    if evaluations:
        results["eval_loss"] = evaluations[-1]
    results["finished"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return results
