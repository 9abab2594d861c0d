"""Fetches a model: `python -m services.workers.download JOB_DIR`."""

from typing import Any

from services.jobs.kinds.download import DownloadRequest
from services.workers.shell import WorkerContext, worker_main


def work(context: WorkerContext) -> dict[str, Any]:
    """Fetch what the request names. Returns {path}."""
    request = context.job.request
    if not isinstance(request, DownloadRequest):
        raise TypeError(request)
    if request.model == "sample":
        from services.engine.fetch_sample import fetch_sample

        return {"path": str(fetch_sample(context))}
    from services.engine.fetch_hub import fetch_hub

    return {"path": str(fetch_hub(context, request))}


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
