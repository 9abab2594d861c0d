"""What the jobs that ask a model share: the server, the pace, Pause and Stop, and the end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from services.chat.choose import choose
from services.chat.errors import PassingError
from services.documents.asking import Manner, Question, Replies, Reply, ask_all
from services.documents.into_set import Found, leave, put
from services.i18n import N_
from services.jobs import events as ev
from services.projects.project import Project
from services.workers.shell import PausedByPersonError, StoppedByPersonError, WorkerContext

REPLIES = "replies.jsonl"
ASKING = N_("asking")


class Asker:
    """One attempt at asking all questions of a job."""

    def __init__(self, context: WorkerContext, project: Project) -> None:
        self.context, self.project = context, project
        self.replies = Replies(context.job.folder / REPLIES)
        self._heard: set[str] = set()

    def ask(self, model: str, questions: list[Question], **manner: Any) -> Iterator[tuple[Question, Reply]]:
        """Each question with its reply, with progress. Ends early when the person wants it. ChatError."""
        chosen = choose(self.project, model)
        kept = sum(self.replies.of(question) is not None for question in questions)
        begin = time.monotonic()
        self._progress(0, len(questions), None)
        try:
            told = Manner(chosen.model, think=False if chosen.think is None else chosen.think, **manner)
            found = ask_all(chosen.server, told, questions, self.replies, self._stop, self._waiting)
            for done, (question, reply) in enumerate(zip(questions, found, strict=False), start=1):
                yield question, reply
                asked = done - kept
                each_s = (time.monotonic() - begin) / asked if asked > 0 else None
                self._progress(done, len(questions), None if each_s is None else each_s * (len(questions) - done))
        finally:
            chosen.server.close()

    def settle(self, found: Found, result: dict[str, Any], step: int) -> dict[str, Any]:
        """Put what was found into its set and give the result. Pause and Stop end the attempt here."""
        leave(self.context.job, found)
        new = put(self.project, self.context.job)
        if new is None:
            self.context.warn(
                N_("The data set {name} is open in the window, which adds what was found."), name=found.dataset
            )
        result = {**result, "dataset": found.dataset, "waits_for_window": new is None}
        if "stop" in self._heard:
            raise StoppedByPersonError(step, result)
        if "pause" in self._heard:
            raise PausedByPersonError(step)
        return result

    def _stop(self) -> bool:
        self._heard |= self.context.take_control() & {"stop", "pause"}
        return bool(self._heard)

    def _waiting(self, error: PassingError, wait_s: float) -> None:
        self.context.warn(error.message, **error.values)
        self.context.say(ev.Message(text=N_("Asking again in {wait_s} s."), values={"wait_s": round(wait_s)}))

    def _progress(self, step: int, total: int, remaining_s: float | None) -> None:
        self.context.say(ev.Progress(step=step, total=total, phase=ASKING, remaining_s=remaining_s))


def once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What a file of a job holds; made and written atomically the first time, so that a resumed job sees the same."""
    if not path.is_file():
        from services import files

        files.write_bytes(path, make())
    return path.read_bytes()
