"""The run page over a million points: how long the window's thread is held by a redraw, a closer look, and opening.

The peer draws as the page did at first: it smooths every point anew each time.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

POINTS = 1_000_000
LIMIT_MS = 50.0


def run() -> dict[str, Any]:
    """Milliseconds of the window's thread (median and worst) in a redraw with new points, and what stands beside it."""
    os.environ["TUNESMITH_DATA"] = tempfile.mkdtemp()
    import numpy as np
    from PySide6.QtWidgets import QApplication

    from desktop.main_window import MainWindow
    from desktop.models.curves import smooth
    from desktop.theme.apply import install
    from services.jobs import events as ev

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    install(app, "light", "en")
    window, job_id = _window(MainWindow)
    page: Any = window.open_page("run", job_id)
    _settle(app, lambda: window.supervisor is not None and window.supervisor.summary(job_id) is not None)
    metrics = window.supervisor.metrics(job_id)
    values = np.random.default_rng(0).normal(1.5, 0.2, POINTS)
    for name in ("loss", "learning_rate", "grad_norm", "tokens_per_s", "memory_gib"):
        metrics.apply(ev.Metric(step=i + 1, name=name, value=v) for i, v in enumerate(values.tolist()))
    opening = _while_drawing(app, page)
    redraws, views = [], []
    for k in range(30):
        metrics.apply(ev.Metric(step=POINTS + 20 * k + i, name="loss", value=1.0) for i in range(1, 21))
        redraws.append(_ms(lambda: (page.redraw(), window.repaint())))
    for first in range(0, POINTS, POINTS // 15):
        for wide in (2_000, 90_000, 700_000):
            view = (float(first), float(min(POINTS, first + wide)))
            page.loss.plot.look_at(view)
            views.append(_ms(lambda: (page.redraw(), window.repaint())))
    peer = [_ms(lambda: smooth(metrics.columns["loss"].values)) for _ in range(5)]
    window.close()
    worst = max(*redraws, *views, *opening)
    return {
        "name": "run_page",
        "ours": {
            "redraw_ms": statistics.median(redraws),
            "redraw_worst_ms": max(redraws),
            "view_ms": statistics.median(views),
            "view_worst_ms": max(views),
            "opening_piece_worst_ms": max(opening),
        },
        "peer": {"smooth_all_ms": statistics.median(peer)},
        "ratio": statistics.median(peer) / statistics.median(redraws),
        "limit": {"redraw_ms": LIMIT_MS},
        "ok": statistics.median(redraws) < LIMIT_MS and statistics.median(views) < LIMIT_MS,
        "worst_ms": worst,
    }


def _window(kind: type) -> tuple[Any, str]:
    from pathlib import Path

    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.journal import JournalWriter
    from services.jobs.kinds.train import TrainRequest
    from services.projects.project import Project

    project = Project.create(Path(tempfile.mkdtemp()) / "long")
    job = Job.create(project.jobs_dir, TrainRequest(name="long"))
    journal = JournalWriter(job.journal_path)
    journal.append(ev.Started(attempt=1))
    journal.append(ev.Progress(step=1, total=POINTS))
    journal.close()
    window = kind()
    window.resize(1440, 900)
    window.show()
    window.open_project(project.folder)
    return window, job.id


def _settle(app: Any, done: Callable[[], bool], longest_s: float = 20.0) -> None:
    end = time.monotonic() + longest_s
    while not done() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.01)


def _while_drawing(app: Any, page: Any) -> list[float]:
    """Redraw until all is drawn, as the page does when it opens; milliseconds of each piece."""
    found = []
    for _ in range(40):
        found.append(_ms(page.redraw))
        if len(page.loss._loss) == POINTS:
            break
    app.processEvents()
    return found


def _ms(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3
