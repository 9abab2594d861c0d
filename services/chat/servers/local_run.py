"""A run or model of this machine, answered by our own engine: a serve job, started when somebody asks."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from services.chat.errors import ChatError
from services.chat.messages import CANCELLED, ChatDelta, ChatRequest
from services.chat.server import servers
from services.chat.servers.openai_compatible import OpenAICompatible
from services.errors import TunesmithError
from services.i18n import N_
from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import Job, JobError, State
from services.jobs.kinds.serve import ServeRequest
from services.locks import is_locked
from services.projects.project import Project

IDLE_S = 900.0
"""A server that chat started ends after so long without a question, and gives the card back."""
_START_TIMEOUT_S = 600.0
_POLL_S = 0.1
_OVER = (State.FAILED, State.FINISHED, State.STOPPED, State.INTERRUPTED)


@servers.add("run")
class LocalRun:
    """The engine server of a run (by job id) or of a model folder, in a project.

    Questions before the server answers wait until it does; loading a model takes seconds to minutes.
    """

    title: ClassVar[str] = N_("This computer")
    default_url: ClassVar[str] = ""
    keyed: ClassVar[bool] = False

    def __init__(self, project: Project, *, run: str = "", model: str = "") -> None:
        self.project = project
        self._request = ServeRequest(run=run, model=model, idle_s=IDLE_S, name=_named(project, run, model))

    def models(self) -> list[str]:
        """Names that it answers to. Starts nothing: told from the project while no server runs."""
        job = self._serving_job()
        if job is not None and (url := serving_url(job)):
            return OpenAICompatible(url, read_token(job)).models()
        return offered(self.project, self._request.run)

    def stream(self, request: ChatRequest, cancel: threading.Event | None = None) -> Iterator[ChatDelta]:
        """The answer in pieces; starts the server if none runs. See ChatServer."""
        server = self._connect(cancel)
        if server is None:
            yield ChatDelta(done_reason=CANCELLED)
            return
        yield from server.stream(request, cancel)

    def close(self) -> None:
        """Nothing to let go of: the server ends by itself when nobody asks."""

    def stop(self) -> None:
        """End the server now, and give the card back."""
        job = self._serving_job()
        if job is not None:
            job.ask("stop")

    def _serving_job(self) -> Job | None:
        """A living job that serves this, or another run of the same base: one server answers as all of them."""
        wanted = _base(self.project, self._request)
        for job in reversed(self.project.jobs()):
            try:
                request = job.request
            except JobError:
                continue
            if not isinstance(request, ServeRequest) or not (job.alive() or job.folder in queue.waiting()):
                continue
            if _base(self.project, request) == wanted:
                return job
        return None

    def _connect(self, cancel: threading.Event | None) -> OpenAICompatible | None:
        job = self._serving_job() or queue.submit(self.project, self._request)
        until = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < until:
            if cancel is not None and cancel.is_set():
                return None
            if url := serving_url(job):
                return OpenAICompatible(url, read_token(job))
            self._check(job)
            time.sleep(_POLL_S)
        raise ChatError(
            N_("The model did not come up in {minutes} minutes."),
            way_out=N_("Look at the log of job {id}, or try a smaller model."),
            minutes=int(_START_TIMEOUT_S // 60),
            id=job.id,
        )

    def _check(self, job: Job) -> None:
        summary = job.summary()
        if (failed := summary.failure) is not None and summary.state is State.FAILED:
            raise ChatError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
        if summary.state in _OVER:
            raise ChatError(
                N_("The model's server ended before it could answer."),
                way_out=N_("Ask again; the log of job {id} has the details."),
                id=job.id,
            )
        if job.folder in queue.waiting() and is_locked(queue.card_lock_path()) and not _card_is_let_go():
            queue.remove(job)
            raise ChatError(
                N_("The graphics card is at work for another job, so this model cannot answer now."),
                way_out=N_("Ask again when that job is done, or pause it."),
            )


def _base(project: Project, request: ServeRequest) -> Path:
    """The base model that a request is about; the run's own folder where it does not say."""
    if request.model:
        return project.absolute(request.model).resolve()
    folder = project.job(request.run).folder
    try:
        base = str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["base_model"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder
    return project.absolute(base).resolve()


def _named(project: Project, run: str, model: str) -> str:
    """What the job is called: the run's own name, or the model's."""
    try:
        return project.job(run).request.title() if run else Path(model).name
    except TunesmithError:
        return ""


def _card_is_let_go() -> bool:
    """Whether the card's holder is a server, which gives way to the next job in the queue."""
    try:
        holder = Job(Path(queue.card_lock_path().with_name("card.holder").read_text(encoding="utf-8")))
        return holder.request.yields_card
    except (OSError, JobError):
        return False


def serving_url(job: Job) -> str:
    """Where a serve job answers (with /v1), '' while it does not."""
    if not job.alive():
        return ""
    url = ""
    for event in job.events():
        if isinstance(event, ev.Started):
            url = ""  # of an earlier attempt
        elif isinstance(event, ev.Serving):
            url = event.url
    return url


def read_token(job: Job) -> str:
    """The token of a serve job, '' if it has none yet."""
    try:
        return (job.folder / "token").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def run_name(job: Job) -> str:
    """The model name of a run: job 0007 is `run-7`."""
    return f"run-{int(job.id)}"


def offered(project: Project, run: str = "") -> list[str]:
    """Model names of a project's runs: `base`, each run that has weights, and its checkpoints. run: only that one."""
    only = project.job(run).folder if run else None
    names = ["base"]
    for job in project.jobs():
        if (only is not None and job.folder != only) or not (job.folder / "run.json").is_file():
            continue
        if any(job.folder.glob("*.safetensors")):
            names.append(run_name(job))
        checkpoints = [p for p in job.folder.glob("checkpoint-*") if p.name[11:].isdigit()]
        names += [f"{run_name(job)}/{p.name}" for p in sorted(checkpoints, key=lambda p: int(p.name[11:]))]
    return names
