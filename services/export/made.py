"""What an export has made, and what a target may use to hand it over.

The export worker makes an `Export`; each target in `services/export/targets/` takes it from there. Targets run in the
worker's process, after the files are whole and checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from services.jobs import events as ev
from services.jobs.job import Job

Needs = Literal["gguf", "folder", "gptq"]


@dataclass(frozen=True)
class Export:
    """Files of one export and what is true of the model in them.

    name: the person's name for it. quant: 'q4_k_m', 'f16', 'gptq-4' ... or '' for a folder. gguf: the finished
    GGUF, or None. folder: the merged model folder (safetensors, tokenizer, configs), or None.
    gguf_sha256: 64 hex digits, counted while the file was written, so that nobody has to read it again.
    model_dir: the 16-bit base model. run_dir: the run's folder (tokenizer files and trained template lie there too).
    template: the Jinja text that training rendered with, '' if the model has none. gguf_template: what
    `tokenizer.chat_template` in the GGUF says, byte for byte: the same behind a Jinja comment.
    stop_words, stop_token_ids: what ends an answer. cutoff_len: tokens of a training row at most. context_len: tokens
    that the model knows. enable_thinking: how training rendered thought, None if the template has no such switch.
    options: what the person chose for this target alone (ExportRequest.options).
    """

    name: str
    quant: str
    gguf: Path | None
    folder: Path | None
    model_dir: Path
    run_dir: Path
    template: str = ""
    gguf_template: str = ""
    gguf_sha256: str = ""
    stop_words: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    bos_token: str = ""
    cutoff_len: int = 2048
    context_len: int = 0
    enable_thinking: bool | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


class DeliverContext(Protocol):
    """What a target may do to the job it works for (services.workers.shell.WorkerContext does it)."""

    job: Job

    def say(self, event: ev.Event, *, durable: bool = False) -> None:
        """Append an event to the journal."""

    def take_control(self, step: int = 0) -> set[str]:
        """Names of control files that came in ('stop' ...), consumed."""

    def task(self, task_id: str, title: str, state: str, detail: str = "", **values: Any) -> None:
        """Tick a named part of the job: running, done, failed, skipped."""


class Target(Protocol):
    """One way out of the house.

    needs: which file must be made first. title: N_-marked name for lists. order: place in lists (default 100).
    """

    needs: Needs
    title: str

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse at once what cannot work (a server that is not there), before anything slow. Raises TunesmithError.

        options: the person's, with the title and, where it is chosen already, the quant of the export.
        """

    def deliver(self, context: DeliverContext, made: Export) -> dict[str, Any]:
        """Hand the export over. Returns figures and paths for the job's result. Raises TunesmithError."""
