"""What the program knows of a model that lies on this machine."""

from dataclasses import dataclass, field
from pathlib import Path

from services.datasets.conversation import Problem
from services.errors import TunesmithError


class ModelError(TunesmithError):
    """A model that is not there, or cannot be used."""


@dataclass(frozen=True)
class ModelEntry:
    """A model folder in one glance, read without loading a weight.

    id: what commands call it ('smollm2-135m-instruct', 'org/name'). size_bytes: all files of the folder. parameters:
    sum over the weights' shapes; 0 if unknown. dtype: of most of the weights ('F16', 'BF16', 'F32', ...), "" if
    unknown. context_len: tokens, 0 if the folder does not say. downloaded: lies in the program's own folder, so that
    removing the model deletes it. problems: why it cannot be used, or what to look at (Problem.blocks tells which).
    """

    id: str
    name: str
    path: Path
    size_bytes: int = 0
    parameters: int = 0
    dtype: str = ""
    context_len: int = 0
    architecture: str = ""
    vocabulary: int = 0
    has_template: bool = False
    downloaded: bool = False
    problems: tuple[Problem, ...] = field(default=())

    @property
    def usable(self) -> bool:
        """Whether nothing stands in the way of training it."""
        return not any(problem.blocks for problem in self.problems)
