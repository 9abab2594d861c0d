"""The request to fetch a data set from a hub."""

from typing import TYPE_CHECKING, ClassVar, Literal

from services.jobs.kinds.import_data import REPORT
from services.jobs.requests import JobRequest, kinds

if TYPE_CHECKING:
    from services.jobs.job import Job

Hub = Literal["hf", "mirror", "modelscope"]

ADDRESSES: dict[str, str] = {"hf": "", "mirror": "https://hf-mirror.com", "modelscope": "https://www.modelscope.cn"}
"""Where each hub is; "" leaves it to HF_ENDPOINT and the library's own."""


@kinds.add("fetch-data")
class FetchDataRequest(JobRequest):
    """Make a data set of one on a hub.

    dataset: 'maker/name' there, or a local folder that the datasets library can load. subset, split: which part; empty:
    the only one, and the train split where there is one. revision: branch, tag or commit; empty: the newest. endpoint:
    address in place of the hub's own. name: the set's; empty: after the hub's. Nothing on a hub is ever run as code.
    """

    kind: ClassVar[str] = "fetch-data"
    worker: ClassVar[str] = "services.workers.fetch_data"

    dataset: str
    hub: Hub = "hf"
    subset: str = ""
    split: str = ""
    revision: str = ""
    endpoint: str = ""

    def title(self) -> str:
        """The set's name, or its id."""
        return self.name or self.dataset

    def told(self, job: "Job") -> list[str]:
        """What its import found, if it came so far."""
        from services.datasets.import_report import describe, load_report

        report = load_report(job.folder / REPORT)
        return list(describe(report)) if report is not None else []
