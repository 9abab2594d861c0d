"""Small real trainings in the test's own process: a project around rows, a run, and its worker's work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from services.workers.shell import WorkerContext, run_job

ALPACA = Mapping(
    format="alpaca", columns={"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
)
QUICK = {
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "warmup_ratio": 0,
    "num_train_epochs": 1,
    "lora_rank": 4,
    "plot_loss": False,
}


def case(name: str) -> Path:
    """A file of tests/data/cases."""
    return Path(__file__).parent.parent / "data" / "cases" / name


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON or JSONL file."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines() if line]


def number_rows(n: int) -> list[dict[str, Any]]:
    """Alpaca rows of unequal length."""
    return [
        {"instruction": f"What is {i} plus {i}?", "input": "", "output": f"{2 * i}" + " because" * (i % 5)}
        for i in range(n)
    ]


def add_dataset(project: Project, name: str, rows: list[dict[str, Any]], mapping: Mapping = ALPACA) -> None:
    """Put rows into a project as a data set."""
    store = DatasetStore.create(project.dataset_path(name))
    store.insert_rows(0, rows)
    known = {column for row in rows for column in row}
    columns = {role: column for role, column in mapping.columns.items() if column in known}
    store.set_mapping(mapping.model_copy(update={"columns": columns}))
    store.close()


def new_run(project: Project, model: Path, dataset: str = "rows", **recipe: Any) -> Job:
    """A train job that nobody has started. sample_prompts and sample_steps go to the request."""
    asked = {name: recipe.pop(name) for name in ("sample_prompts", "sample_steps") if name in recipe}
    values = {"model_name_or_path": str(model), "dataset": dataset, **QUICK, **recipe}
    return Job.create(project.jobs_dir, TrainRequest(recipe=values, **asked))


def work_on(job: Job, commands: Callable[[int], set[str]] | None = None) -> int:
    """Run the job's worker here, until it ends. commands(step): control files that appear before that forward pass."""
    from services.workers.train import work

    def steered(context: WorkerContext) -> dict[str, Any] | None:
        take = context.take_control

        def take_control(step: int = 0) -> set[str]:
            for command in (commands or (lambda _: set()))(step):
                job.ask(command)
            return take(step)

        context.take_control = take_control  # type: ignore[method-assign]
        return work(context)

    return run_job(job, steered)


def curve(job: Job, name: str = "loss") -> dict[int, float]:
    """One curve of a run as a reader sees it, over all its attempts."""
    points: dict[int, float] = {}
    for event in job.events():
        if isinstance(event, ev.Started):
            points = {step: value for step, value in points.items() if step <= event.from_step}
        elif isinstance(event, ev.Metric) and event.name == name:
            points[event.step] = event.value
    return points


def failure(job: Job) -> str:
    """The sentence of a run that failed, filled in; '' if it did not."""
    failed = [e for e in job.events() if isinstance(e, ev.Failed)]
    return failed[-1].sentence.format(**failed[-1].values) if failed else ""


def messages(job: Job) -> list[str]:
    """What a run said to the person."""
    return [e.text.format(**e.values) for e in job.events() if isinstance(e, ev.Message)]
