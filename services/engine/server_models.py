"""The models behind one server: a base in memory, and the adapters and checkpoints of runs that were trained on it.

Names: `base`, `run-7`, `run-7/checkpoint-20`. Adapters are loaded when first asked for and switched by name; the base
is loaded once. A run that trained the whole model takes the base's place in memory while it is asked.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.engine.errors import ModelLoadError
from services.engine.loading import LoadOptions, load_model
from services.export.trained import ExportError, Trained, read_run
from services.i18n import N_
from services.jobs.job import Job
from services.projects.project import Project
from services.templates.errors import TemplateError
from services.templates.load import load_template
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BASE = "base"
_MOST_ADAPTERS = 8
"""So many stay in memory; the one that was asked longest ago goes first."""


class NoSuchModelError(Exception):
    """A name that no model here answers to. name: as it was asked."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Ready:
    """A model that is ready to answer. context_len: tokens that it knows, prompt and answer together."""

    name: str
    model: "PreTrainedModel"
    template: Template | None
    tokenizer: Tokenizer
    stop_token_ids: tuple[int, ...]
    context_len: int
    enable_thinking: bool | None = None


class Models:
    """The models of one server. run: job id of the run whose base is served; or base: a model folder.

    Not for several threads at once: `use` is called by the one thread that generates.
    """

    def __init__(self, project: Project, *, run: str = "", base: Path | None = None) -> None:
        self.project = project
        self._run = read_run(project, run) if run else None
        if self._run is None and base is None:
            raise ValueError("neither a run nor a model folder")
        self.base_dir = base if base is not None else _base_dir(project, run, self._run)
        self._loaded_dir: Path | None = None
        self._model: Any = None
        self._adapters: dict[Path, str] = {}  # folder -> its name in PEFT, the latest used last
        self._count = 0

    def names(self) -> list[str]:
        """All names that can be asked for now; a checkpoint that training has just written is among them."""
        names = [BASE]
        for job in self._runs():
            names += ([f"run-{int(job.id)}"] if _weights_in(job.folder) else []) + [
                f"run-{int(job.id)}/{folder.name}" for folder in _checkpoints(job.folder)
            ]
        return names

    def load(self) -> None:
        """Load the base now, so that the first question does not wait for it. ModelLoadError."""
        if self._run is not None and self._run.adapter_dir is None:
            self._hold(self._run.model_dir)
        else:
            self._hold(self.base_dir)

    @contextlib.contextmanager
    def use(self, name: str) -> Iterator[Ready]:
        """The model of that name, ready for the block. NoSuchModelError, ModelLoadError, TemplateError."""
        if name == BASE:
            self._hold(self.base_dir)
            with self._without_adapter():
                yield self._base()
            return
        trained = self._trained(name)
        self._hold(trained.model_dir)
        if trained.adapter_dir is None:
            yield _ready(name, self._model, trained)
            return
        self._switch(trained.adapter_dir)
        yield _ready(name, self._model, trained)

    def _trained(self, name: str) -> Trained:
        if name not in self.names():
            raise NoSuchModelError(name)
        run, _, checkpoint = name.removeprefix("run-").partition("/")
        try:
            return read_run(self.project, run, checkpoint)
        except ExportError as error:
            raise ModelLoadError(error.message, way_out=error.way_out_message, **error.values) from error

    def _base(self) -> Ready:
        """The base with its own template; with the run's where it has none, so that both can be compared."""
        tokenizer = Tokenizer.load(self.base_dir)
        template: Template | None = None
        try:
            template = load_template("model", self.base_dir, tokenizer=tokenizer)
        except TemplateError:
            if self._run is not None:
                template = self._run.template
        stops = template.stop_token_ids if template is not None else [tokenizer.eos_id]
        ids = tuple(i for i in stops if i is not None)
        thinking = self._run.enable_thinking if self._run is not None else None
        return Ready(BASE, self._model, template, tokenizer, ids, _context_len(self._model), thinking)

    def _hold(self, folder: Path) -> None:
        """Have the model of a folder in memory, and no other."""
        if self._loaded_dir == folder:
            return
        self._model, self._loaded_dir = None, None
        self._adapters.clear()
        # a run that was given rows for new tokens needs them here too; other models have them already
        self._model = load_model(folder, LoadOptions(resize_vocab=True))
        self._model.eval()
        self._loaded_dir = folder

    def _switch(self, folder: Path) -> None:
        from peft import PeftModel
        from safetensors import SafetensorError

        folder = folder.resolve()
        name = self._adapters.pop(folder, "")
        try:
            if not name:
                name = f"a{self._count}"
                self._count += 1
                if isinstance(self._model, PeftModel):
                    self._model.load_adapter(str(folder), name)
                else:
                    self._model = PeftModel.from_pretrained(self._model, str(folder), adapter_name=name).eval()
        except (ValueError, KeyError, OSError, RuntimeError, SafetensorError) as error:  # what a broken one raises
            self._loaded_dir = None  # its layers are half in the model: load it anew for the next question
            raise ModelLoadError(
                N_("The adapter in {folder} cannot be loaded: {reason}"),
                way_out=N_("Choose another checkpoint of the run."),
                folder=str(folder),
                reason=str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__,
            ) from error
        self._adapters[folder] = name
        self._model.set_adapter(name)
        if len(self._adapters) > _MOST_ADAPTERS:
            oldest = next(iter(self._adapters))
            self._model.delete_adapter(self._adapters.pop(oldest))

    @contextlib.contextmanager
    def _without_adapter(self) -> Iterator[None]:
        if self._adapters:
            with self._model.disable_adapter():
                yield
        else:
            yield

    def _runs(self) -> list[Job]:
        """Runs of the project that were trained on this base."""
        return [job for job in self.project.jobs() if _trained_on(self.project, job.folder, self.base_dir)]


def _ready(name: str, model: Any, trained: Trained) -> Ready:
    return Ready(
        name,
        model,
        trained.template,
        trained.tokenizer,
        trained.stop_token_ids,
        _context_len(model),
        trained.enable_thinking,
    )


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _base_dir(project: Project, run: str, trained: Trained | None) -> Path:
    base = str(_facts(project.job(run).folder).get("base_model", ""))
    if base:
        return project.absolute(base)
    assert trained is not None
    return trained.model_dir


def _trained_on(project: Project, folder: Path, base_dir: Path) -> bool:
    base = str(_facts(folder).get("base_model", ""))
    return bool(base) and project.absolute(base).resolve() == base_dir.resolve()


def _weights_in(folder: Path) -> bool:
    adapter = (folder / "adapter_config.json").is_file() and (folder / "adapter_model.safetensors").is_file()
    return adapter or ((folder / "config.json").is_file() and any(folder.glob("*.safetensors")))


def _checkpoints(folder: Path) -> list[Path]:
    found = [p for p in folder.glob("checkpoint-*") if p.name[11:].isdigit() and _weights_in(p)]
    return sorted(found, key=lambda p: int(p.name[11:]))


def _context_len(model: Any) -> int:
    config = model.config.get_text_config()
    return int(getattr(config, "max_position_embeddings", 0) or 2048)
