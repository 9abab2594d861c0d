"""The request to bring a run's model out."""

from typing import Any, ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("export")
class ExportRequest(JobRequest):
    """Merge, convert, quantise and hand over. run: job id of the run. target: id of services.export.targets."""

    kind: ClassVar[str] = "export"
    worker: ClassVar[str] = "services.workers.export"
    needs_card: ClassVar[bool] = False

    run: str
    checkpoint: str = ""
    """A checkpoint folder of the run ('checkpoint-20'); empty: the run's last weights."""
    target: str = "gguf"
    quant: str = "q4_k_m"
    """f16, q8_0, q4_k_m, ... ; not used by the folder target."""
    out: str = ""
    """File or folder to write; empty: exports/NAME-QUANT.gguf (or exports/NAME/) in the project."""
    options: dict[str, Any] = Field(default_factory=dict)
    """What the target alone understands (host, parameters, system, overwrite ...)."""
