"""What every template can do: a conversation to text, parts and stop tokens. Two kinds: the model's own, named ones."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.datasets.conversation import Conversation, Turn
from services.templates.errors import TemplateError
from services.templates.layout import EncodeOptions, Layout, Part, Piece, Token
from services.templates.messages import conversation_of
from services.templates.tokenizer import Tokenizer

if TYPE_CHECKING:
    from services.templates.layout import Encoded

ANSWERS = ("assistant", "function")


@dataclass(frozen=True)
class Item:
    """A conversation to lay out and the turns of it that are trained.

    one_turn: a prompt and one answer to it (dpo, kto), not a talk of several trained turns.
    """

    conversation: Conversation
    trained: frozenset[int]
    one_turn: bool = False

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation's turns."""
        return self.conversation.turns

    def upto(self, turn: int) -> "Item":
        """The row that ends with that answer, and trains it alone."""
        return Item(replace(self.conversation, turns=self.turns[: turn + 1]), frozenset((turn,)), one_turn=True)


@dataclass(frozen=True)
class LaidOut:
    """alone: trained turns that are not trained here, because at inference they read differently than in this row (a
    history that drops thoughts): each is to be laid out by `Item.upto`. short: turns whose prompt is no prefix.
    """

    layout: Layout
    alone: tuple[int, ...] = ()
    short: tuple[int, ...] = ()


class Template(ABC):
    """How a conversation becomes text for one model.

    name: 'model' or the named template's id. tokenizer: of the model folder it was loaded for.
    """

    def __init__(self, name: str, tokenizer: Tokenizer) -> None:
        self.name = name
        self.tokenizer = tokenizer

    @abstractmethod
    def lay_out(
        self, items: Sequence[Item], tokenizer: Tokenizer, options: EncodeOptions
    ) -> Iterator[LaidOut | TemplateError]:
        """The parts of each item, in order; a TemplateError in the place of one that cannot be rendered."""

    @abstractmethod
    def render(
        self, conversation: Conversation, add_generation_prompt: bool = False, *, enable_thinking: bool | None = None
    ) -> str:
        """Text of a conversation, as a server would write it. Raises TemplateError."""

    @abstractmethod
    def chat_template(self) -> str:
        """Jinja text that renders the same, for tokenizer files, GGUF and Ollama."""

    @property
    @abstractmethod
    def stop_token_ids(self) -> list[int]:
        """Ids that end an answer."""

    @property
    @abstractmethod
    def eos_token(self) -> str:
        """Spelling of the token that ends a text; '' if the model has none."""

    @property
    def text_end(self) -> str:
        """What LLaMA-Factory puts after each text of pre-training under this template."""
        return self.eos_token

    @property
    def stop_words(self) -> list[str]:
        """Spellings of the stop tokens."""
        return [self.tokenizer.token(i) for i in self.stop_token_ids]

    def render_messages(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        *,
        enable_thinking: bool | None = None,
    ) -> str:
        """`render` for OpenAI messages (chat, serving, the export's gates)."""
        conversation = conversation_of(messages, tools)
        return self.render(conversation, add_generation_prompt, enable_thinking=enable_thinking)

    def encode(
        self, conversation: Conversation, tokenizer: Tokenizer | None = None, options: EncodeOptions | None = None
    ) -> "Encoded":
        """Ids and labels of a row as sft trains it. Raises TemplateError.

        A row whose earlier answers need sequences of their own gives its last one; `services.templates.encode.Encoder`
        gives all.
        """
        from services.templates.encode import Encoder

        return Encoder(self, tokenizer or self.tokenizer, options or EncodeOptions()).row(conversation)[-1]

    @abstractmethod
    def prompt_ids(
        self, conversation: Conversation, tokenizer: Tokenizer | None = None, *, enable_thinking: bool | None = None
    ) -> list[int]:
        """Ids of the prompt for the next answer, as in training: what generation starts from. Raises TemplateError.

        A control token that a person spells in a message is plain text here too.
        """

    def piece_ids(self, piece: Piece, tokenizer: Tokenizer) -> list[int]:
        """Ids of one piece. A token that the vocabulary lacks is spelled out as text."""
        if isinstance(piece, str):
            return tokenizer.encode(piece) if piece else []
        token_id = tokenizer.token_id(self.piece_text(piece))
        return tokenizer.encode(self.piece_text(piece)) if token_id is None else [token_id]

    def piece_text(self, piece: Piece) -> str:
        """Text of one piece."""
        if not isinstance(piece, Token):
            return piece
        if piece.name == "eos_token":
            return self.eos_token
        return self.tokenizer.special.get(piece.name, "") if piece.name == "bos_token" else piece.name

    def part_text(self, part: Part) -> str:
        """Text of a part, a person's control tokens as they spelled them."""
        return self.tokenizer.reveal("".join(map(self.piece_text, part.pieces)))
