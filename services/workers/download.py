"""Fetches a model: `python -m services.workers.download JOB_DIR`."""

import os
import shutil
import threading
from typing import Any

import psutil

from services.jobs import events as ev
from services.jobs.kinds.download import DownloadRequest
from services.paths import models_dir
from services.workers.shell import WorkerContext, worker_main

_POLL_S = 0.2


def work(context: WorkerContext) -> dict[str, Any]:
    """Fetch what the request names. Returns {path}."""
    request = context.job.request
    if not isinstance(request, DownloadRequest):
        raise TypeError(request)
    threading.Thread(target=_wait_for_stop, args=(context,), name="stop", daemon=True).start()
    if request.model == "sample":
        from services.engine.fetch_sample import fetch_sample

        return {"path": str(fetch_sample(context))}
    from services.engine.fetch_hub import fetch_hub

    return {"path": str(fetch_hub(context, request))}


def _wait_for_stop(context: WorkerContext) -> None:
    """End this process when the person asks for it, wherever it is: neither pip nor the hub's library can be broken
    off from outside. What a hub model has so far stays and is gone on with next time."""
    pause = threading.Event()
    while "stop" not in context.take_control():
        pause.wait(_POLL_S)
    for child in psutil.Process().children(recursive=True):
        child.kill()
        child.wait()
    for folder in models_dir().glob(f".fetch-{os.getpid()}-*"):
        shutil.rmtree(folder, ignore_errors=True)
    context.say(ev.Finished(stopped=True), durable=True)
    os._exit(0)


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
