"""Fetches a data set: `python -m services.workers.fetch_data JOB_DIR`. No card."""

import os
import shutil
import threading
from pathlib import Path
from typing import Any

from services.datasets.import_report import ImportProgress, save_report
from services.datasets.importing import ImportStopped, import_file
from services.datasets.names import checked_name, free_variant
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.fetch_data import ADDRESSES, FetchDataRequest
from services.jobs.kinds.import_data import REPORT
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, worker_main

_POLL_S = 0.2
_PART = "fetched"


def work(context: WorkerContext) -> dict[str, Any]:
    """Fetch what the request names and import it. Returns {name, rows, findings, report}. Stop leaves nothing."""
    request = context.job.request
    if not isinstance(request, FetchDataRequest):
        raise TypeError(request)
    project = Project.open(context.job.project_dir)
    name = checked_name(request.name) if request.name else ""
    folder = context.job.folder / _PART
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed
    folder.mkdir()
    try:
        fetched = _fetch(context, request, folder)
        name = name or free_variant(project, fetched.stem)
        report = import_file(project, fetched, name, watch=_watch(context))
    except ImportStopped:
        raise StoppedByPersonError from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    save_report(report, context.job.folder / REPORT)
    context.say(ev.Progress(step=report.rows, total=report.rows, phase=N_("Reading")))
    return {"name": report.name, "rows": report.rows, "findings": report.counts.total(), "report": REPORT}


def _fetch(context: WorkerContext, request: FetchDataRequest, folder: Path) -> Path:
    """The file or folder that was fetched."""
    address = request.endpoint or ADDRESSES[request.hub]
    over = threading.Event()
    threading.Thread(target=_wait_for_stop, args=(context, folder, over), name="stop", daemon=True).start()
    context.say(ev.Progress(step=0, phase=N_("Downloading")))
    try:
        if request.hub == "modelscope":
            from services.engine.fetch_modelscope import fetch_modelscope

            return fetch_modelscope(context, request, address, folder)
        if address:  # read by the hub's library when it is first imported
            os.environ["HF_ENDPOINT"] = address
        from services.engine.fetch_data import fetch_data

        return fetch_data(context, request, folder)
    finally:
        over.set()


def _watch(context: WorkerContext) -> Any:
    def watch(place: ImportProgress) -> bool:
        context.say(ev.Progress(step=place.read_bytes, total=place.total_bytes, phase=N_("Reading"),
                                remaining_s=place.remaining_s))  # fmt: skip
        return "stop" not in context.take_control()

    return watch


def _wait_for_stop(context: WorkerContext, folder: Path, over: threading.Event) -> None:
    """End this process when the person asks for it while the hub's library downloads, which nothing else breaks off."""
    while not over.wait(_POLL_S):
        if "stop" in context.take_control():
            shutil.rmtree(folder, ignore_errors=True)
            context.say(ev.Finished(stopped=True), durable=True)
            os._exit(0)


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
