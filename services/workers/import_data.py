"""Imports files: `python -m services.workers.import_data JOB_DIR`. No card and no training library."""

import time
from pathlib import Path
from typing import Any

from services.datasets.import_report import ImportProgress, save_report
from services.datasets.importing import ImportStopped, import_file
from services.jobs import events as ev
from services.jobs.kinds.import_data import REPORT, ImportRequest
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, worker_main

_TOLD_S = 0.5  # between two lines of the journal; Stop is looked for each time


def work(context: WorkerContext) -> dict[str, Any]:
    """Import what the request names. Returns {name, rows, findings, repairs, report}. Stop leaves nothing."""
    request = context.job.request
    if not isinstance(request, ImportRequest):
        raise TypeError(request)
    told_s = 0.0

    def watch(place: ImportProgress) -> bool:
        nonlocal told_s
        if time.monotonic() - told_s >= _TOLD_S:
            told_s = time.monotonic()
            phase = f"{place.rows:,} rows" + (f", {place.findings:,} findings" if place.findings else "")
            context.say(ev.Progress(step=place.read_bytes, total=place.total_bytes, phase=phase,
                                    remaining_s=place.remaining_s))  # fmt: skip
        return "stop" not in context.take_control()

    try:
        report = import_file(
            Project.open(context.job.project_dir), [Path(file) for file in request.files], request.name,
            format=request.format, mapping=request.mapping, encoding=request.encoding, options=request.options,
            watch=watch,
        )  # fmt: skip
    except ImportStopped:
        raise StoppedByPersonError from None
    save_report(report, context.job.folder / REPORT)
    found = report.counts.total()
    return {
        "name": report.name, "rows": report.rows, "findings": found, "repairs": report.repairs, "report": REPORT,
    }  # fmt: skip


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
