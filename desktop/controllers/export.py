"""What the export dialog does: sizes of the choices, the check before anything slow, the request."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.errors import TunesmithError
from services.export.deployments import deployments
from services.export.gates import gates
from services.export.planned import planned_sizes
from services.export.space import free_bytes
from services.export.targets import targets
from services.export.trained import file_stem, read_run
from services.hardware import GIB, best_card
from services.i18n import tr
from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import Job, JobError
from services.jobs.kinds.export import ExportRequest
from services.ollama import names
from services.projects.project import Project
from services.recipes.model_info import read_model_info

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

OFFERED = ("f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "q3_k_m")
BEST_VALUE = "q4_k_m"
ELSEWHERE = ("ollama", "lm-studio")
"""Targets that keep models by name in a place of their own."""
_BUFFERS_BYTES = 300e6  # beside weights and context while it answers
_NEWEST = 50  # jobs among which a running export is looked for
_KEPT_BYTES = 2  # of each number in the context


@dataclass(frozen=True)
class QuantRow:
    """One size that can be chosen. card_bytes: while it answers. fits: on the card; None where there is no card."""

    quant: str
    size_bytes: int
    card_bytes: float
    fits: bool | None


@dataclass(frozen=True)
class Offer:
    """What can be chosen for a run. subtitle: what the run is. deployed: names of the project's deployments."""

    name: str
    subtitle: str
    rows: list[QuantRow]
    context_len: int
    num_ctx: int
    merged_bytes: int
    deployed: list[str] = field(default_factory=list)

    def size_of(self, quant: str) -> int:
        """Bytes of the file in a quant."""
        return next((row.size_bytes for row in self.rows if row.quant == quant), 0)


@dataclass(frozen=True)
class Choice:
    """What was chosen. folder: where the file or folder goes; None: the project's exports. bits: of GPTQ."""

    target: str
    quant: str
    name: str
    num_ctx: int = 0
    overwrite: bool = False
    folder: Path | None = None
    bits: int = 4


class ExportController:
    """Bringing one run out. run: job id of a training run."""

    def __init__(self, window: "MainWindow", run: str) -> None:
        """ProjectError if there is no such run."""
        project = window.project
        assert project is not None
        self._window, self.run = window, run
        self.project: Project = project
        self.job: Job = project.job(run)

    def target_choices(self) -> list[tuple[str, str]]:
        """(id, N_-marked title) of every target; Ollama first."""
        found = [(target_id, targets.get(target_id).title) for target_id in targets.ids()]
        return sorted(found, key=lambda t: t[0] != "ollama")

    def offer(self) -> Offer:
        """What can be chosen (reads the base model's headers and the card: off the window's thread)."""
        trained = read_run(self.project, self.run)
        info = read_model_info(trained.model_dir)
        sizes = planned_sizes(trained.model_dir, OFFERED, trained.tokenizer_dir)
        num_ctx = min(max(4096, trained.cutoff_len), info.context_len or 1 << 30)
        beside = _BUFFERS_BYTES + 2 * _KEPT_BYTES * info.layers * info.key_value * num_ctx
        card = best_card()
        free = None if card.kind == "cpu" else card.free_gib * GIB
        rows = [
            QuantRow(quant, size, size + beside, None if free is None else size + beside < free)
            for quant, size in sorted(sizes.items(), key=lambda item: -item[1])
        ]
        return Offer(
            name=self._name(),
            subtitle=tr("{method} on {model}", method=_method(self.job), model=trained.model_dir.name),
            rows=rows,
            context_len=info.context_len,
            num_ctx=num_ctx,
            merged_bytes=2 * info.parameters,
            deployed=self._deployed(),
        )

    def place(self, choice: Choice) -> Path:
        """Where the file or folder comes to lie."""
        stem = file_stem(choice.name)
        folder = choice.folder or self.project.exports_dir
        ends = {"folder": "", "gptq": f"-gptq-{choice.bits}"}
        return folder / (stem + ends.get(targets.get(choice.target).needs, f"-{choice.quant}.gguf"))

    def needs_bytes(self, choice: Choice, offer: Offer) -> int:
        """What the drive must hold: a file, or for Ollama that and its copy there."""
        if targets.get(choice.target).needs == "folder":
            return offer.merged_bytes
        if targets.get(choice.target).needs == "gptq":
            return offer.merged_bytes + offer.merged_bytes * choice.bits // 16  # the merged folder until it is done
        return offer.size_of(choice.quant) * (2 if choice.target == "ollama" else 1)

    def free_bytes(self, choice: Choice) -> int:
        """Free on the drive that it goes to."""
        return free_bytes(choice.folder or self.project.exports_dir)

    def gates(self) -> list[tuple[str, str]]:
        """(task id, N_-marked title) of what must hold before a model counts as deployed."""
        return [(f"gate-{gate_id}", gates.get(gate_id).title) for gate_id in gates.ids()]

    def start(self, choice: Choice) -> Job:
        """Check what must be there, then queue the export (asks Ollama: off the window's thread). TunesmithError."""
        options: dict[str, Any] = {"overwrite": True} if choice.overwrite else {}
        if choice.target in ELSEWHERE:
            options["name"] = choice.name
        if choice.target == "ollama":
            options["num_ctx"] = choice.num_ctx
        if choice.target == "gptq":
            options["bits"] = choice.bits
        targets.get(choice.target).check({"title": choice.name, "quant": choice.quant, **options})
        supervisor = self._window.supervisor
        assert supervisor is not None
        request = ExportRequest(
            run=self.run,
            target=choice.target,
            quant=choice.quant,
            name=choice.name,
            out=str(self.place(choice)) if choice.folder is not None else "",
            options=options,
        )
        job: Job = supervisor.submit(request)
        return job

    def running(self) -> Job | None:
        """An export of this run that is at work or waits (reads the newest jobs: off the window's thread)."""
        waiting = queue.waiting()
        for job in list(reversed(self.project.jobs()))[:_NEWEST]:
            try:
                ours = isinstance(job.request, ExportRequest) and job.request.run == self.run
            except JobError:
                continue
            if ours and (job.alive() or job.folder in waiting):
                return job
        return None

    def so_far(self, job: Job) -> list[ev.AnyEvent]:
        """What an export has said until now (reads its journal: off the window's thread)."""
        return job.events()

    def _name(self) -> str:
        project, title = names.slug(self.project.name), names.slug(self.job.request.title())
        return project if title in project.split("-") else names.slug(f"{project}-{title}")

    def _deployed(self) -> list[str]:
        try:
            return [d.name for d in deployments(self.project)]
        except TunesmithError:
            return []


def _method(job: Job) -> str:
    recipe = getattr(job.request, "recipe", {})
    kind = recipe.get("finetuning_type", "lora")
    if kind == "lora":
        return "QLoRA" if recipe.get("quantization_bit") else "LoRA"
    return tr("All weights") if kind == "full" else tr("A few layers")
