"""What templates produce and how encoding is asked for: parts, options, encoded rows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from services.recipes import Recipe

IGNORED = -100
"""The label of a token that the loss does not see."""

Truncation = Literal["tunesmith", "llamafactory"]
Cut = Literal["", "history", "prompt", "answer"]
"""What was cut from a row, the worst of it: whole exchanges, the user's text, the answer."""


@dataclass(frozen=True)
class Token:
    """A piece that is one token: 'bos_token' or 'eos_token' for the model's own, or the token's spelling."""

    name: str


Piece = str | Token


@dataclass(frozen=True)
class Part:
    """A stretch of a rendered row, tokenised by itself. pieces: likewise each by itself.

    answer: what the model writes after a generation prompt. turn: index of the answer's turn (of the next answer's, for
    what stands before it). trained: the loss sees it.
    """

    pieces: tuple[Piece, ...]
    turn: int
    answer: bool = False
    trained: bool = False


@dataclass(frozen=True)
class Layout:
    """A rendered row: parts in order. closing: the end token that is added once at the very end ("efficient eos")."""

    parts: tuple[Part, ...]
    closing: bool = False


@dataclass(frozen=True)
class EncodeOptions:
    """How rows become ids; the names are LLaMA-Factory's.

    cutoff_len: tokens a row may have. truncation: whose rule cuts longer ones. mask_history: train only the last
    answer. train_on_prompt: train everything. enable_thinking: passed to the template (None: its own default).
    packing: pre-training rows are joined (None: yes). generation_tag: let a `generation` tag in the template say what
    is trained.
    """

    cutoff_len: int = 2048
    truncation: Truncation = "tunesmith"
    mask_history: bool = False
    train_on_prompt: bool = False
    enable_thinking: bool | None = None
    packing: bool | None = None
    generation_tag: bool = True

    @classmethod
    def of_recipe(cls, recipe: "Recipe") -> "EncodeOptions":
        """The options that a recipe says. enable_thinking counts only where the recipe sets it."""
        return cls(
            cutoff_len=recipe.cutoff_len,
            truncation=recipe.truncation,
            mask_history=recipe.mask_history,
            train_on_prompt=recipe.train_on_prompt,
            enable_thinking=recipe.enable_thinking if "enable_thinking" in recipe.model_fields_set else None,
            packing=True if recipe.neat_packing else recipe.packing,
        )


@dataclass
class Encoded:
    """One training sequence. labels: the id where trained, IGNORED elsewhere; both lists have the same length.

    cut: what cutoff_len took. full_len: tokens before cutting. needed_len: the shortest cutoff_len that cuts nothing
    (blank text after the last end mark may go). dropped_turns: turns that fell away whole.
    """

    input_ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    cut: Cut = ""
    full_len: int = 0
    needed_len: int = 0
    dropped_turns: int = 0

    @property
    def trained_tokens(self) -> int:
        """How many tokens the loss sees."""
        return sum(label != IGNORED for label in self.labels)
