"""A job that trains nothing but behaves like one that does: steps, checkpoints, controls, resume. For tests."""

import os
import random
import time
from typing import Any, ClassVar

from services import files
from services.jobs import events as ev
from services.jobs.requests import JobRequest, kinds


@kinds.add("toy")
class ToyRequest(JobRequest):
    """steps of step_s seconds; a checkpoint every `every` steps. die_at: the process ends there without a word."""

    kind: ClassVar[str] = "toy"
    worker: ClassVar[str] = "toy_worker"
    needs_card: ClassVar[bool] = True

    steps: int = 40
    step_s: float = 0.01
    every: int = 5
    die_at: int = 0
    fail_at: int = 0


@kinds.add("toy-cpu")
class ToyCpuRequest(ToyRequest):
    """The same without the card."""

    kind: ClassVar[str] = "toy-cpu"
    needs_card: ClassVar[bool] = False


@kinds.add("toy-server")
class ToyServerRequest(ToyRequest):
    """The same, giving the card away when asked."""

    kind: ClassVar[str] = "toy-server"
    yields_card: ClassVar[bool] = True


@kinds.add("toy-broken")
class ToyBrokenRequest(JobRequest):
    """A worker whose module does not import."""

    kind: ClassVar[str] = "toy-broken"
    worker: ClassVar[str] = "toy_no_such_module"


def losses(steps: int) -> list[float]:
    """What an undisturbed run says."""
    rng = random.Random(7)
    return [rng.random() for _ in range(steps)]


def work(context: Any) -> dict[str, Any]:
    """Draw random numbers; the generator's state is the checkpoint."""
    from services.workers.shell import PausedByPersonError, StoppedByPersonError

    request: ToyRequest = context.job.request
    rng = random.Random(7)
    start = 0
    if (newest := context.job.last_checkpoint()) is not None:
        start, state = _load(newest)
        rng.setstate(state)
    for step in range(start + 1, request.steps + 1):
        if step == request.die_at and start == 0:
            os._exit(9)
        if step == request.fail_at and start == 0:
            raise ZeroDivisionError("a fault of ours")
        time.sleep(request.step_s)
        context.say(ev.Metric(step=step, name="loss", value=rng.random()))
        context.say(ev.Progress(step=step, total=request.steps))
        asked = context.take_control(step)
        if step % request.every == 0 or asked:
            _save(context, step, rng)
        if "pause" in asked:
            raise PausedByPersonError(step)
        if "stop" in asked:
            raise StoppedByPersonError(step, {"steps": step})
    return {"steps": request.steps}


def _save(context: Any, step: int, rng: random.Random) -> None:
    folder = context.job.folder / f"checkpoint-{step}"
    folder.mkdir(exist_ok=True)
    files.write_text(folder / "state", repr((step, rng.getstate())))
    context.say(ev.Checkpoint(step=step, path=folder.name), durable=True)


def _load(folder: Any) -> Any:
    import ast

    return ast.literal_eval((folder / "state").read_text(encoding="utf-8"))
