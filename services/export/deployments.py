"""What was deployed where: `deployments.json` in the project, newest last."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.projects.project import Project


class DeploymentsError(TunesmithError):
    """The list of deployments cannot be read."""


@dataclass(frozen=True)
class Deployment:
    """A model that passed its gates. host: URL of the Ollama. run: job id. digest: 'sha256:HEX' of the GGUF."""

    name: str
    host: str
    run: str
    quant: str
    digest: str
    checkpoint: str = ""
    version: str = ""
    num_ctx: int = 0
    stop: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    think: bool | None = None
    """What to send as `think` when chatting; None: nothing."""
    time: float = field(default_factory=time.time)


def deployments(project: Project) -> list[Deployment]:
    """All of a project, newest last. DeploymentsError if the list is broken."""
    path = _path(project)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["deployments"]
        return msgspec.convert(rows, list[Deployment])
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeploymentsError(
            N_("{file} cannot be read: {reason}"),
            way_out=N_("Delete it to begin a new list; the models in Ollama are untouched."),
            file=str(path),
            reason=str(error),
        ) from error


def record(project: Project, deployment: Deployment) -> None:
    """Add a deployment; an earlier one of the same name on the same host is replaced."""
    kept = [d for d in deployments(project) if (d.name, d.host) != (deployment.name, deployment.host)]
    _write(project, [*kept, deployment])


def forget(project: Project, name: str, host: str) -> None:
    """Take a deployment off the list, after it was deleted; harmless if it is not there."""
    known = deployments(project)
    kept = [d for d in known if (d.name, d.host) != (name, host)]
    if len(kept) != len(known):
        _write(project, kept)


def think_for(project: Project, host: str, name: str) -> bool | None:
    """What to send as `think` when a deployment of this project is asked; None: nothing, also for other models."""
    wanted = name.removesuffix(":latest")
    return next((d.think for d in deployments(project) if (d.name, d.host) == (wanted, host)), None)


def _write(project: Project, rows: list[Deployment]) -> None:
    data = {"schema": 1, "deployments": [asdict(row) for row in rows]}
    files.write_text(_path(project), json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def _path(project: Project) -> Path:
    return project.folder / "deployments.json"
