"""Typed requests: what a job is asked to do, kept as `job.yaml` in its folder.

Each kind is one file in `services/jobs/kinds/` that registers its request class. Paths in a request are relative to
the project folder where they point into it, so that a project can be moved.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from services.registry import Registry

if TYPE_CHECKING:
    from services.jobs.job import Job

kinds: Registry[type["JobRequest"]] = Registry("job kind")


class JobRequest(BaseModel):
    """Base of all requests. kind: the registered id. worker: module run as `python -m WORKER JOB_DIR`."""

    model_config = ConfigDict(extra="forbid")

    kind: ClassVar[str]
    worker: ClassVar[str]
    needs_card: ClassVar[bool] = False
    """One job that needs the card runs at a time on a machine; the others run beside it."""

    yields_card: ClassVar[bool] = False
    """Asked to stop when another job waits for the card."""

    name: str = ""
    """The person's own word for the job; the folder name and the explorer show it."""

    def title(self) -> str:
        """A short name for folder and explorer, in ASCII-safe words of the person where given."""
        return self.name or self.kind

    def told(self, job: "Job") -> list[str]:
        """Lines of English on what the job has left, for `job show`; most kinds have none."""
        return []


def dump_request(request: JobRequest) -> dict[str, Any]:
    """A request as plain data with its kind first; only what was set differs from defaults is kept."""
    return {"kind": request.kind, **request.model_dump(mode="json", exclude_defaults=True)}


def load_request(data: dict[str, Any]) -> JobRequest:
    """The request of plain data. KeyError for an unknown kind, pydantic.ValidationError for wrong fields."""
    import services.jobs.kinds  # noqa: F401 (the kinds register on import and import this module)

    fields = dict(data)
    return kinds.get(str(fields.pop("kind"))).model_validate(fields)
