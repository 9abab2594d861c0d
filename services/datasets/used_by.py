"""Which runs read a data set, and at which revision."""

from dataclasses import dataclass
from typing import Any

from services.jobs.job import Job, JobError
from services.projects.project import Project


@dataclass(frozen=True)
class Use:
    """A job that reads a data set. revision: which; None: what is there when it starts. role: 'dataset' or
    'eval_dataset'. begun: its rows are in its own folder, so that it needs the set no more."""

    job_id: str
    title: str
    kind: str
    role: str
    revision: int | None
    begun: bool


def uses(project: Project, name: str) -> list[Use]:
    """The jobs that read a data set, oldest first. Reads each job's request: not for the window's thread."""
    found = []
    for job in project.jobs():
        try:
            request = job.request
        except JobError:
            continue
        recipe = getattr(request, "recipe", None)
        if not isinstance(recipe, dict):
            continue
        for role in ("dataset", "eval_dataset"):
            if name in _names(recipe.get(role)):
                revision = _written(job, name)
                begun = revision is not None
                if revision is None:
                    revision = (getattr(request, "dataset_versions", None) or {}).get(name)
                found.append(Use(job.id, request.title(), request.kind, role, revision, begun))
                break
    return found


def _names(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts]


def _written(job: Job, name: str) -> int | None:
    """The revision whose rows a run has in its folder."""
    try:
        return int((job.folder / "rows" / f"{name}.revision").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
