"""Stages: what is learned from the rows. One file each; a file registers with `@stages.add(stage)`."""

from collections.abc import Callable
from typing import Any

from services.engine.run import TrainRun
from services.registry import Registry, load_siblings

Stage = Callable[[TrainRun], dict[str, Any]]
"""Trains a run and returns its result."""

stages: Registry[Stage] = Registry("stage")

load_siblings(__name__, __path__)
