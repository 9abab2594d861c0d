"""Which model answers: a run, one of its checkpoints, an adapter beside a base, or a model folder."""

import warnings
from pathlib import Path
from typing import Any

from services.catalogue import inspect_model, resolve_model
from services.engine.errors import ModelLoadError, TrainingError
from services.export.trained import ExportError, Trained, read_run
from services.i18n import N_
from services.jobs.job import Job
from services.projects.project import Project, ProjectError
from services.recipes.recipe import Recipe
from services.templates.custom import custom_path


def asked_model(project: Project, text: str) -> Trained:
    """What RUN or MODEL means: '7', 'run-7', '7/checkpoint-20', a run's folder, a model's folder, id or 'sample'.

    A plain model is told like a run that trained it whole. ModelError, ExportError, TrainingError as sentences.
    """
    run = _run(project, text)
    return run if run is not None else plain_model(_model_dir(project, text))


def asked_by_recipe(project: Project, recipe: Recipe) -> Trained:
    """The model of a recipe: model_name_or_path, and the adapter of adapter_name_or_path on it.

    Where the adapter is a run's, base, template and enable_thinking are those that it was trained with.
    """
    adapter = recipe.adapter_name_or_path.strip()
    if "," in adapter:
        raise TrainingError(
            N_("Several adapters at once cannot answer."),
            way_out=N_("Name one in adapter_name_or_path, or merge them first."),
        )
    if adapter:
        run = _run(project, adapter)
        if run is not None:
            return run
    if not recipe.model_name_or_path:
        raise TrainingError(N_("No model is chosen."), way_out=N_("Choose one in the recipe."))
    if not adapter:
        run = _run(project, recipe.model_name_or_path)
        if run is not None:
            return run
    template = recipe.template
    if template.endswith(".jinja"):
        template = str(custom_path(template, project.folder))
    base = plain_model(_model_dir(project, recipe.model_name_or_path), template)
    folder = _adapter_dir(project, adapter) if adapter else None
    return Trained(
        name=folder.name if folder else base.name,
        run_dir=folder or base.run_dir,
        model_dir=base.model_dir,
        adapter_dir=folder,
        template_name=template,
        cutoff_len=recipe.cutoff_len,
        context_len=base.context_len,
        enable_thinking=recipe.enable_thinking,
    )


def plain_model(folder: Path, template: str = "") -> Trained:
    """A model folder that no run of ours trained."""
    context_len = inspect_model(folder).context_len
    return Trained(folder.name, folder, folder, None, template_name=template, context_len=context_len)


def load_asked(trained: Trained, options: Any = None) -> Any:
    """The model in memory, its adapter on it, ready to answer. ModelLoadError as a sentence.

    options: services.engine.loading.LoadOptions, or None for the machine's choice.
    """
    from services.engine.loading import LoadOptions, load_model

    model: Any = load_model(trained.model_dir, options or LoadOptions())
    if trained.adapter_dir is not None:
        model = _with_adapter(model, trained.adapter_dir)
    return model.eval()


def _with_adapter(model: Any, folder: Path) -> Any:
    from peft import PeftModel
    from safetensors import SafetensorError

    if not (folder / "adapter_model.safetensors").is_file():
        raise ModelLoadError(
            N_("{folder} has no .safetensors weights."),
            way_out=N_("Choose a run that has finished, or one of its checkpoints."),
            folder=str(folder),
        )
    try:
        with warnings.catch_warnings():  # PEFT still asks for a property by the name that transformers is giving up
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
            return PeftModel.from_pretrained(model, str(folder))
    except (ValueError, KeyError, OSError, RuntimeError, SafetensorError) as error:  # what a broken one raises
        raise ModelLoadError(
            N_("The adapter in {folder} cannot be loaded: {reason}"),
            way_out=N_("Choose another checkpoint of the run."),
            folder=str(folder),
            reason=str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__,
        ) from error


def _run(project: Project, text: str) -> Trained | None:
    """The run, or checkpoint of a run, that a text means; None if it means none."""
    path = project.absolute(text)
    for folder, checkpoint in ((path, ""), (path.parent, path.name)):
        if (folder / "job.yaml").is_file() and (folder / "run.json").is_file():
            job = Job(folder)
            return read_run(Project.open(job.project_dir), job.folder.name, checkpoint)
    number, _, checkpoint = text.strip().removeprefix("run-").partition("/")
    try:
        job = project.job(number)
    except ProjectError:
        return None
    if not (job.folder / "run.json").is_file():
        raise ExportError(
            N_("Job {id} is no training run."), way_out=N_("`tunesmith jobs` lists the runs of a project."), id=job.id
        )
    return read_run(project, job.id, checkpoint)


def _model_dir(project: Project, text: str) -> Path:
    inside = project.absolute(text)
    return resolve_model(str(inside) if inside.is_dir() else text)


def _adapter_dir(project: Project, text: str) -> Path:
    folder = project.absolute(text)
    if not (folder / "adapter_config.json").is_file():
        raise TrainingError(
            N_("There is no adapter in {folder}."),
            way_out=N_("Choose a run that was trained with LoRA."),
            folder=str(folder),
        )
    return folder.resolve()
