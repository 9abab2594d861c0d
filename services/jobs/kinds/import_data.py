"""The request to import files as a data set."""

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds

if TYPE_CHECKING:
    from services.jobs.job import Job

REPORT = "report.json"
"""What the import did, in the job's folder (see `services.datasets.import_report`)."""


@kinds.add("import")
class ImportRequest(JobRequest):
    """Make a data set of the rows of files. files: absolute paths, they may lie anywhere. name: the set's; empty: the
    first file's. format, mapping, encoding, options: as `services.datasets.importing.import_file` takes them.

    Needs no card, so it runs beside a training. Stopped or killed, nothing of it stays and it can be started again.
    """

    kind: ClassVar[str] = "import"
    worker: ClassVar[str] = "services.workers.import_data"

    files: list[str]
    format: str = "auto"
    mapping: list[str] = Field(default_factory=list)
    encoding: str = ""
    options: dict[str, str] = Field(default_factory=dict)

    def title(self) -> str:
        """The set's name, or the first file's."""
        from pathlib import Path

        return self.name or Path(self.files[0]).name if self.files else self.kind

    def told(self, job: "Job") -> list[str]:
        """The report, if there is one."""
        from services.datasets.import_report import describe, load_report

        report = load_report(job.folder / REPORT)
        return list(describe(report)) if report is not None else []
