"""The request to serve a run's model over HTTP."""

from typing import ClassVar

from services.jobs.requests import JobRequest, kinds


@kinds.add("serve")
class ServeRequest(JobRequest):
    """Answer OpenAI-compatible requests on loopback as base model, adapter or any checkpoint.

    run: job id of a run; or model: a model folder. port 0 picks a free one. The server writes its token to the job
    folder's `token` file and says Serving in the journal.
    """

    kind: ClassVar[str] = "serve"
    worker: ClassVar[str] = "services.workers.serve"
    needs_card: ClassVar[bool] = True
    yields_card: ClassVar[bool] = True

    run: str = ""
    model: str = ""
    port: int = 0
    idle_s: float = 0.0
    """Stop after so long without a request; 0: never."""
