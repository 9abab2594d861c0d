"""Writes or converts a data set: `python -m services.workers.export_data JOB_DIR`. No card."""

import time
from pathlib import Path
from threading import Event
from typing import Any

from services.datasets.convert import Conversion, Stopped, convert_to_set
from services.datasets.exporting import export_rows
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.export_data import ExportDataRequest
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, worker_main

_TOLD_S = 0.5


def work(context: WorkerContext) -> dict[str, Any]:
    """Do what the request says. Returns {rows, place, lost: sentences in English}. Stop leaves nothing."""
    request = context.job.request
    if not isinstance(request, ExportDataRequest):
        raise TypeError(request)
    project = Project.open(context.job.project_dir)
    stop = Event()
    with DatasetStore.open(project.dataset_path(request.dataset), read_only=True) as store:
        told = _teller(context, stop, store.count_at(request.revision))
        try:
            if request.file:
                made = export_rows(
                    store, Path(request.file), kind=request.file_kind, revision=request.revision, to=request.to,
                    register=request.register_file, stop=stop, told=told,
                )  # fmt: skip
                rows, place, lost, losses = made.rows, str(made.path), made.lost, made.losses
            else:
                conversion = Conversion(store, request.to, request.revision, stop, told)
                path = project.dataset_path(request.new_name)
                rows = convert_to_set(conversion, path, f"{request.dataset} as {request.to}")
                place, lost, losses = request.new_name, [], list(conversion.losses.values())
        except Stopped:
            raise StoppedByPersonError from None
    context.say(ev.Progress(step=rows, total=rows, phase=N_("Writing")))
    for sentence in lost:
        context.warn(sentence)
    for loss in losses:
        context.warn(loss.sentence, **loss.values)
    return {"rows": rows, "place": place, "lost": [*lost, *(loss.text for loss in losses)]}


def _teller(context: WorkerContext, stop: Event, total: int) -> Any:
    begun = last_s = time.monotonic()

    def told(rows: int) -> None:
        nonlocal last_s
        now = time.monotonic()
        if now - last_s < _TOLD_S:
            return
        last_s = now
        left = (now - begun) / rows * (total - rows) if rows else None
        context.say(ev.Progress(step=min(rows, total), total=total, phase=N_("Writing"), remaining_s=left))
        if "stop" in context.take_control():
            stop.set()

    return told


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
