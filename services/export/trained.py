"""What a run left, as an export needs it: which weights, which base, which template, which end tokens."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from services.errors import TunesmithError
from services.i18n import N_
from services.jobs.job import slug
from services.projects.project import Project
from services.templates.errors import TemplateError
from services.templates.load import OWN, load_template
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer


class ExportError(TunesmithError):
    """A run that cannot be exported, or not so."""


@dataclass(frozen=True)
class Trained:
    """The weights of a run and what is true of them.

    run_dir: the run's folder, with the tokenizer and the trained template. adapter_dir: the adapter to merge, or None
    where the whole model was trained; model_dir: the 16-bit base, or the trained model itself. template_name: as
    load_template knows it. context_len: tokens that the model knows, 0 if its config does not say.
    """

    name: str
    run_dir: Path
    model_dir: Path
    adapter_dir: Path | None
    template_name: str = ""
    cutoff_len: int = 2048
    context_len: int = 0
    enable_thinking: bool | None = None

    @property
    def tokenizer_dir(self) -> Path:
        """Where the tokenizer that was trained with lies."""
        return self.run_dir if (self.run_dir / "tokenizer.json").is_file() else self.model_dir

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that was trained with. TokenizerError if it cannot be read."""
        return Tokenizer.load(self.tokenizer_dir)

    @cached_property
    def template(self) -> Template | None:
        """The template that was trained with; None for a model without one (pre-training). Raises TemplateError.

        A Jinja file that the recipe named may have changed since: the run keeps the text it was trained with.
        """
        file_of_run = self.template_name.endswith(".jinja") and (self.run_dir / "run.json").is_file()
        own = self.template_name in ("", OWN) or file_of_run
        try:
            return load_template(OWN if own else self.template_name, self.tokenizer_dir, tokenizer=self.tokenizer)
        except TemplateError:
            if own:
                return None
            raise

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        """Ids that end an answer: of the template, the tokenizer and the base's generation config."""
        ids = list(self.template.stop_token_ids) if self.template else [self.tokenizer.eos_id]
        ids += _generation_ends(self.model_dir)
        return tuple(dict.fromkeys(i for i in ids if i is not None))

    @property
    def stop_words(self) -> tuple[str, ...]:
        """Their spellings."""
        return tuple(self.tokenizer.token(i) for i in self.stop_token_ids)


def read_run(project: Project, run: str, checkpoint: str = "") -> Trained:
    """A run of a project by job id, or one of its checkpoints. ExportError says what is missing."""
    job = project.job(run)
    weights = job.folder / checkpoint if checkpoint else job.folder
    if not weights.is_dir() or weights.parent not in (job.folder, job.folder.parent):
        raise ExportError(
            N_("Run {run} has no checkpoint {checkpoint}."),
            way_out=N_("Choose one that the run page lists."),
            run=job.id,
            checkpoint=checkpoint,
        )
    facts = _facts(job.folder, job.id)
    is_adapter = (weights / "adapter_config.json").is_file()
    if not is_adapter and not (weights / "config.json").is_file():
        raise ExportError(
            N_("Run {run} has no trained weights yet."),
            way_out=N_("Let it finish, or choose a checkpoint."),
            run=job.id,
        )
    base = project.absolute(str(facts.get("base_model", "")))
    if is_adapter and not (base / "config.json").is_file():
        raise ExportError(
            N_("The base model of run {run} is not at {folder}."),
            way_out=N_("Plug the drive in or download the model again, then export."),
            run=job.id,
            folder=str(base),
        )
    model_dir = base if is_adapter else weights
    return Trained(
        name=job.request.title(),
        run_dir=job.folder,
        model_dir=model_dir,
        adapter_dir=weights if is_adapter else None,
        template_name=str(facts.get("template") or ""),
        cutoff_len=int(facts.get("cutoff_len") or 2048),
        context_len=_context_len(model_dir),
        enable_thinking=facts.get("enable_thinking"),
    )


def file_stem(name: str) -> str:
    """A file name's stem of a person's words; 'model' if nothing of them is left."""
    return slug(name) or "model"


def _facts(folder: Path, run: str) -> dict[str, Any]:
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(
            N_("Run {run} cannot be exported: its run.json is missing or broken."),
            way_out=N_("Only a training run that has started has one."),
            run=run,
        ) from error
    return facts if isinstance(facts, dict) else {}


def _generation_ends(model_dir: Path) -> list[int]:
    """eos_token_id of generation_config.json: one, several or none."""
    try:
        ends = json.loads((model_dir / "generation_config.json").read_text(encoding="utf-8")).get("eos_token_id")
    except (OSError, ValueError, AttributeError):
        return []
    return [i for i in (ends if isinstance(ends, list) else [ends]) if isinstance(i, int)]


def _context_len(model_dir: Path) -> int:
    try:
        config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0  # the merge says what is wrong with it
    inner = config.get("text_config") if isinstance(config.get("text_config"), dict) else {}
    return int(config.get("max_position_embeddings") or inner.get("max_position_embeddings") or 0)
