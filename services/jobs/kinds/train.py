"""The request to train a model."""

from typing import Any, ClassVar

from pydantic import Field

from services.jobs.requests import JobRequest, kinds


@kinds.add("train")
class TrainRequest(JobRequest):
    """Train by a recipe. recipe: plain data in LLaMA-Factory's names (services.recipes reads it into a Recipe)."""

    kind: ClassVar[str] = "train"
    worker: ClassVar[str] = "services.workers.train"
    needs_card: ClassVar[bool] = True

    recipe: dict[str, Any] = Field(default_factory=dict)
    dataset_versions: dict[str, int] = Field(default_factory=dict)
    """Data set name -> revision that the run reads (its rows are written out once, in the job folder)."""
    sample_prompts: list[str] = Field(default_factory=list)
    """Questions asked before, during and after training; answers are Sample events."""
    sample_steps: int = 0
    """Ask every so many steps; 0: only before and after."""
