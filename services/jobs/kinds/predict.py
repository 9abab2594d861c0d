"""The request to answer every row of data sets and to score the answers."""

from typing import Any, ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("predict")
class PredictRequest(JobRequest):
    """Answer the rows of eval_dataset (else of dataset) by a recipe's model. recipe: plain data, as TrainRequest's.

    adapter_name_or_path may be a run's job id, a run's or a checkpoint's folder, or any adapter's folder. A killed or
    paused job goes on where it was and asks no row twice.
    """

    kind: ClassVar[str] = "predict"
    worker: ClassVar[str] = "services.workers.predict"
    needs_card: ClassVar[bool] = True

    recipe: dict[str, Any] = Field(default_factory=dict)
    dataset_versions: dict[str, int] = Field(default_factory=dict)
    """Data set name -> revision that is asked; the current one if not named."""
