"""The request to write a large data set to a file, or to convert it into a new one."""

from typing import TYPE_CHECKING, Any, ClassVar

from services.jobs.requests import JobRequest, kinds

if TYPE_CHECKING:
    from services.jobs.job import Job

LARGE_ROWS = 50_000
"""From so many rows on the window leaves it to a job: it may take more than ten seconds."""


@kinds.add("export-data")
class ExportDataRequest(JobRequest):
    """Write the rows of a revision to a file, or, without one, convert them into a data set called new_name.

    file: an absolute path, overwritten if it is there (the person was asked). file_kind, to, register: as
    `services.datasets.exporting.export_rows` takes them. Stopped or killed, nothing of it stays.
    """

    kind: ClassVar[str] = "export-data"
    worker: ClassVar[str] = "services.workers.export_data"

    dataset: str
    revision: int
    file: str = ""
    file_kind: str = "auto"
    to: str = ""
    register_file: bool = False
    new_name: str = ""

    def title(self) -> str:
        """The file's name, or the new set's."""
        from pathlib import Path

        return self.name or (Path(self.file).name if self.file else self.new_name)

    def told(self, job: "Job") -> list[str]:
        """What was written, and what could not be kept."""
        result: dict[str, Any] = dict(job.summary().result)
        return [f"{result['rows']:,} rows: {result['place']}", *map(str, result["lost"])] if result else []
