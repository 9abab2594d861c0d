"""The request to make rows of documents by asking a model about each chunk."""

from typing import ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("documents")
class DocumentsRequest(JobRequest):
    """Cut documents into chunks, ask a model for questions and answers about each, put them into a data set.

    A killed or paused job goes on where it was and asks nothing twice.
    """

    kind: ClassVar[str] = "documents"
    worker: ClassVar[str] = "services.workers.documents"
    needs_card: ClassVar[bool] = False

    files: list[str] = Field(min_length=1)
    """Paths; those inside the project relative to it."""
    dataset: str
    """The set that the rows go to: a new one, or one that is there."""
    model: str
    """As `tunesmith chat --model` takes it: RUN, MODEL or URL#NAME."""
    prompt: str = ""
    """With the places {source}, {count} and {text}; empty: ours, in the language of the documents."""
    per_chunk: int = Field(default=3, ge=1, le=50)
    chunk_tokens: int = Field(default=400, ge=50, le=8000)
    overlap_tokens: int = Field(default=0, ge=0, le=4000)
    left_out: list[int] = Field(default_factory=list)
    """Numbers of chunks that are not asked about."""
    keep_chunk: bool = False
    """Whether a column holds the chunk itself."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    max_tokens: int = Field(default=2048, ge=16)
    seed: int | None = None
