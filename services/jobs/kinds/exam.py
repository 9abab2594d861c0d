"""The request to sit an exam of multiple-choice questions."""

from typing import ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("exam")
class ExamRequest(JobRequest):
    """Let a model answer an exam. asked: a run ('7', '7/checkpoint-20') or a model (folder, id, 'sample').

    task: id of an exam in services.engine.exams, a split behind it if wanted ('mmlu', 'ceval_validation'). data: its
    folder or CSV file. A killed or paused job goes on where it was.
    """

    kind: ClassVar[str] = "exam"
    worker: ClassVar[str] = "services.workers.exam"
    needs_card: ClassVar[bool] = True

    asked: str
    task: str
    data: str
    n_shot: int = Field(5, ge=0, le=100)
    """Worked examples before each question, the first ones of dev."""
    split: str = ""
    """Which questions are asked; empty: the exam's usual ones."""
    chat: bool = False
    """Ask in turns of a chat, by the model's template, in place of plain text."""
    batch_size: int = Field(8, ge=1, le=65536)
    shuffle_seed: int | None = None
    """Put the choices of each question into another order; None: as the files have them."""
    quantization_bit: int = 0
    """4 or 8 to load the base so (bitsandbytes); 0 as it is."""

    def title(self) -> str:
        """The exam's id, or the person's own word."""
        return self.name or self.task
