"""Trains a model: `python -m services.workers.train JOB_DIR`."""

import threading
from collections.abc import Callable
from typing import Any

from services.catalogue import resolve_model
from services.engine import checkpoints, continuing, rows
from services.engine.artefacts import write_json, write_tokenizer
from services.engine.errors import TrainingError
from services.engine.lean import import_training
from services.engine.run import TrainRun, stage_names
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from services.recipes.recipe import Recipe, read_recipe
from services.templates.load import load_template
from services.workers.shell import WorkerContext, worker_main


def work(context: WorkerContext, import_first: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Read the rows, train, leave the files of a run. import_first: called before any training library is imported."""
    job, request = context.job, context.job.request
    assert isinstance(request, TrainRequest)
    checkpoints.clean(job.folder)
    context.say(ev.Progress(step=0, phase=N_("reading rows")))
    recipe = read_recipe(request.recipe)
    if recipe.stage not in stage_names():
        raise TrainingError(
            N_("Stage {stage} cannot be trained yet."),
            way_out=N_("Choose one of: {known}."),
            stage=recipe.stage,
            known=", ".join(stage_names()),
        )
    project = Project.open(job.project_dir)
    model_dir = resolve_model(_model_of(project, recipe))
    template = load_template(recipe.template, model_dir, project=project.folder)
    run = TrainRun(
        project, job.folder, request, recipe, model_dir, template, say=context.say, commands=context.take_control
    )
    read_and_encode(run)
    begin(run, context)
    write_tokenizer(model_dir, template, job.folder)
    write_json(job.folder / "run.json", run.facts)

    import_first()  # torch comes in here, after every refusal that needs none
    from services.engine.stages import stages

    return stages.get(recipe.stage)(run)


def read_and_encode(run: TrainRun) -> None:
    """Fill run.train_rows and run.eval_rows, say what was cut or left out, refuse a start that trains nothing."""
    recipe, request = run.recipe, run.request
    names, eval_names = _names(recipe.dataset), _names(recipe.eval_dataset)
    if not names:
        raise TrainingError(N_("No data set is chosen."), way_out=N_("Choose one in the recipe."))
    folder = run.folder / "rows"
    revisions = {
        name: rows.write_rows(run.project, name, request.dataset_versions.get(name), folder)
        for name in dict.fromkeys([*names, *eval_names])
    }
    found = rows.encode([folder / f"{name}.jsonl" for name in names], recipe, run.template)
    rows.refuse_nothing(found, recipe.cutoff_len)
    _say_counts(run, found)
    run.train_rows, run.eval_rows = rows.split(found.rows, 0 if eval_names else recipe.val_size, recipe.seed)
    if eval_names:
        run.eval_rows = rows.encode([folder / f"{name}.jsonl" for name in eval_names], recipe, run.template).rows
    run.facts = {
        "base_model": run.project.relative(run.model_dir),
        "template": recipe.template or "model",
        "cutoff_len": recipe.cutoff_len,
        "finetuning_type": recipe.finetuning_type,
        "enable_thinking": recipe.enable_thinking,
        "stage": recipe.stage,
        "quantization_bit": recipe.quantization_bit,
        "resize_vocab": recipe.resize_vocab,
        "datasets": revisions,
        "rows": len(run.train_rows),
        "rows_digest": found.digest(),
        "planned_steps": continuing.planned_steps(recipe, len(run.train_rows)),
    }


def begin(run: TrainRun, context: WorkerContext) -> None:
    """Find where the run begins and say so."""
    start = continuing.begin(run.project, context.job, run.recipe, run.facts, len(run.train_rows))
    run.checkpoint, run.adapter = start.checkpoint, start.adapter
    if start.other_rows:
        run.message(
            N_("The rows or settings differ from that run, so this is a new run that begins with its adapter."),
        )
    run.replanned = start.history is not None
    if start.replanned and start.checkpoint:
        run.message(
            N_("Going on from step {step}: the learning rate is planned anew over {new} steps instead of {old}."),
            step=checkpoints.step_of(start.checkpoint),
            old=start.replanned[0],
            new=start.replanned[1],
        )
    if start.history and start.checkpoint:
        continuing.bring_history(start.history, checkpoints.step_of(start.checkpoint), run.folder, context.say)
    if start.checkpoint and not (start.checkpoint / "optimizer.pt").is_file():
        run.warn(N_("This checkpoint has no optimiser state; the optimiser begins anew."))


def _say_counts(run: TrainRun, found: rows.Encoding) -> None:
    run.message(
        N_("{rows} of {total} rows are trained, with at most {longest} tokens each."),
        rows=found.total - len(found.left_out),
        total=found.total,
        longest=max(map(rows.longest_in, found.rows)),
    )
    if found.left_out:
        row_ids = [row_id for row_id, _ in found.left_out]
        first = found.left_out[0][1]
        run.warn(
            N_("{n} of {total} rows train nothing: {rows}. The reason of the first:"),
            n=len(row_ids),
            total=found.total,
            rows=rows.named(row_ids),
        )
        run.warn(first.sentence, **first.values)
    if found.cut:
        run.warn(
            N_("{n} rows are cut to {cutoff_len} tokens, {ends} of them lose their end: {rows}. {needed} keep all."),
            n=len(found.cut),
            cutoff_len=run.recipe.cutoff_len,
            ends=len(found.cut_answer),
            rows=rows.named([row["row_id"] for row in found.cut if "row_id" in row]),
            needed=found.needed_len,
        )


def _model_of(project: Project, recipe: Recipe) -> str:
    """A model's name, or its folder: absolute, or inside the project."""
    if not recipe.model_name_or_path:
        raise TrainingError(N_("No model is chosen."), way_out=N_("Choose one in the recipe."))
    inside = project.absolute(recipe.model_name_or_path)
    return str(inside) if inside.is_dir() else recipe.model_name_or_path


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def main() -> int:
    """The entry point: what training needs is imported while the rows are read. Returns the exit code."""
    importing: list[threading.Thread] = []

    def work_alone(context: WorkerContext) -> dict[str, Any]:
        assert isinstance(context.job.request, TrainRequest)
        importing.append(threading.Thread(target=import_training, args=(context.job.request.recipe,)))
        importing[0].start()
        return work(context, importing[0].join)

    try:
        return worker_main(work_alone)()
    finally:
        for thread in importing:  # a process that ends in the middle of an import may crash
            thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
