"""What a worker says: typed events, one JSON line each, appended to the job's journal.

Every event has `time` (seconds since 1970, UTC). `step` counts optimiser steps from 1; 0 is before the first.
"""

import time as _time
from typing import Any

import msgspec


class Event(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    """Base of all events."""

    time: float = msgspec.field(default_factory=_time.time)


class Started(Event, tag="started"):
    """A worker took the job. Readers drop later steps of earlier attempts: step > from_step of older attempts."""

    attempt: int
    from_step: int = 0
    version: str = ""
    pid: int = 0
    python: str = ""


class Progress(Event, tag="progress"):
    """Where the job is. step/total in its own unit (optimiser steps, rows, bytes); phase names the part at work."""

    step: int
    total: int = 0
    phase: str = ""
    remaining_s: float | None = None


class Metric(Event, tag="metric"):
    """One point of one curve: loss, eval_loss, learning_rate, grad_norm, tokens_per_s, gpu_memory_gib, ..."""

    step: int
    name: str
    value: float


class Sample(Event, tag="sample"):
    """An answer of the model as it was at that step. label: 'before', 'after', 'gguf', 'ollama', or ''."""

    step: int
    prompt: str
    text: str
    label: str = ""


class Checkpoint(Event, tag="checkpoint"):
    """A checkpoint is whole on disk. path: relative to the job folder. best: lowest eval loss so far."""

    step: int
    path: str
    best: bool = False


class Message(Event, tag="message"):
    """A sentence for the person. level: 'info', 'warning'. values fill its {fields} (see services.i18n)."""

    text: str
    level: str = "info"
    values: dict[str, Any] = {}


class Task(Event, tag="task"):
    """A named part of a job that ticks itself: merge, convert, a gate.

    state: 'running', 'done', 'failed' or 'skipped'. title, detail: N_-marked English with {fields} of values.
    """

    id: str
    title: str
    state: str
    detail: str = ""
    values: dict[str, Any] = {}


class Serving(Event, tag="serving"):
    """A server is answering. url: with /v1; the token lies in the job folder's `token` file, never in the journal."""

    url: str
    models: list[str] = []


class Acknowledged(Event, tag="acknowledged"):
    """A control file was taken: 'pause', 'stop', 'save'."""

    command: str
    step: int = 0


class Paused(Event, tag="paused"):
    """The job left a checkpoint and gave the card back. Ends an attempt."""

    step: int


class Failed(Event, tag="failed"):
    """The attempt ended in an error: TunesmithError's parts, {fields} unfilled. detail: end of the log."""

    sentence: str
    way_out: str = ""
    action: str = ""
    values: dict[str, Any] = {}
    detail: str = ""


class Finished(Event, tag="finished"):
    """The job is done. stopped: by the person, before its planned end. result: figures and paths of the job's kind."""

    step: int = 0
    stopped: bool = False
    result: dict[str, Any] = {}


AnyEvent = (
    Started
    | Progress
    | Metric
    | Sample
    | Checkpoint
    | Message
    | Task
    | Serving
    | Acknowledged
    | Paused
    | Failed
    | Finished
)
"""Every kind of event; what the journal decodes to."""

ENDINGS = (Paused, Failed, Finished)
"""Events that end an attempt."""

encode = msgspec.json.Encoder().encode
"""Event -> one JSON object in bytes, without line end."""

decoder = msgspec.json.Decoder(AnyEvent)
"""JSON object in bytes -> event; msgspec.MsgspecError if it is none."""
