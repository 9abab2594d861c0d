"""The request to have a model score rows by a rubric."""

from typing import ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("judge")
class JudgeRequest(JobRequest):
    """Score the answers of a data set from 1 to 5 into a column, with the reason in another.

    A killed or paused job goes on where it was and asks nothing twice.
    """

    kind: ClassVar[str] = "judge"
    worker: ClassVar[str] = "services.workers.judge"
    needs_card: ClassVar[bool] = False

    dataset: str
    model: str
    """As `tunesmith chat --model` takes it: RUN, MODEL or URL#NAME."""
    rubric: str = ""
    """With the places {question} and {answer}; empty: ours, in the language of the rows."""
    column: str = "score"
    """Where the score goes; the reason goes to COLUMN_reason."""
    rows: list[int] = Field(default_factory=list)
    """Row ids; empty: all."""
    again: bool = False
    """Whether rows that have a score are scored anew."""
    max_tokens: int = Field(default=512, ge=16)
    seed: int | None = 0
