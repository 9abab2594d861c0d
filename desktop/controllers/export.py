"""What the export dialog does: sizes of the choices, the request, and following its job."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.errors import TunesmithError
from services.export.space import free_bytes
from services.export.targets import targets
from services.export.trained import read_run
from services.hardware import Card, best_card
from services.i18n import tr
from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.ollama import names
from services.projects.project import Project
from services.recipes.model_info import read_model_info

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

OFFERED = ("f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "q3_k_m")
BEST_VALUE = "q4_k_m"
_BITS = {"f16": 16.0, "q8_0": 8.5, "q6_k": 6.56, "q5_k_m": 5.68, "q4_k_m": 4.85, "q4_0": 4.55, "q3_k_m": 3.91}
"""Bits a weight on average, as llama.cpp's mixes come out on models of usual shape."""
_RUN_GIB = 0.5  # context and buffers beside the weights while it answers


@dataclass(frozen=True)
class QuantRow:
    """One size that can be chosen. gib: on disk, estimated. fits: on the card; None where there is no card."""

    quant: str
    gib: float
    card_gib: float
    fits: bool | None


@dataclass(frozen=True)
class Offer:
    """What can be chosen for a run. subtitle: what the run is. free_gib: on the project's drive."""

    name: str
    subtitle: str
    rows: list[QuantRow]
    context_len: int
    num_ctx: int
    free_gib: float
    merged_gib: float
    card: Card | None = None
    targets: list[tuple[str, str]] = field(default_factory=list)


class ExportController:
    """Bringing one run out. run: job id of a training run."""

    def __init__(self, window: "MainWindow", run: str) -> None:
        project = window.project
        assert project is not None
        self._window, self.run = window, run
        self.project: Project = project

    def target_choices(self) -> list[tuple[str, str]]:
        """(id, N_-marked title) of every target; Ollama first."""
        found = [(target_id, targets.get(target_id).title) for target_id in targets.ids()]
        return sorted(found, key=lambda t: t[0] != "ollama")

    def offer(self) -> Offer:
        """What can be chosen (reads the base model's headers and the card: off the window's thread)."""
        trained = read_run(self.project, self.run)
        info = read_model_info(trained.model_dir)
        card = best_card()
        rows = []
        for quant in OFFERED:
            gib = info.parameters * _BITS[quant] / 8 / (1 << 30)
            fits = None if card.kind == "cpu" else gib + _RUN_GIB < card.free_gib
            rows.append(QuantRow(quant, gib, gib + _RUN_GIB, fits))
        words = tr("{method} on {model}", method=_method(self.job), model=trained.model_dir.name)
        return Offer(
            name=names.slug(f"{self.project.name}-{self.job.request.title()}"),
            subtitle=words,
            rows=rows,
            context_len=info.context_len,
            num_ctx=min(max(4096, trained.cutoff_len), info.context_len or 1 << 30),
            free_gib=free_bytes(self.project.folder) / (1 << 30),
            merged_gib=info.parameters * 2 / (1 << 30),
            card=card if card.kind != "cpu" else None,
        )

    @property
    def job(self) -> Job:
        """The run's job."""
        return self.project.job(self.run)

    def start(self, target: str, quant: str, name: str, options: dict[str, Any]) -> Job:
        """Queue the export. Returns its job at once."""
        supervisor = self._window.supervisor
        assert supervisor is not None
        request = ExportRequest(
            run=self.run,
            target=target,
            quant=quant,
            name=name,
            options={k: v for k, v in options.items() if v not in (None, "")},
        )
        job: Job = supervisor.submit(request)
        return job

    def deployed_names(self) -> list[str]:
        """Names of the project's deployments, for what stays untouched."""
        from services.export.deployments import deployments

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
