"""The request to fetch a model."""

from typing import ClassVar

from services.jobs.requests import JobRequest, kinds


@kinds.add("download")
class DownloadRequest(JobRequest):
    """Fetch a model into the program's models folder.

    model: 'sample', or a hub id 'org/name'. revision: branch, tag or commit; empty: the newest. endpoint: address of
    the hub or a mirror of it; empty: the usual one (HF_ENDPOINT is honoured). A job of the machine, not of a project.
    """

    kind: ClassVar[str] = "download"
    worker: ClassVar[str] = "services.workers.download"

    model: str
    revision: str = ""
    endpoint: str = ""

    def title(self) -> str:
        """The model's id, or the person's own word."""
        return self.name or self.model
