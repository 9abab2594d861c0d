"""Named templates: one data file each in resources/templates, made of slots, tokenised piece by piece."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.i18n import N_
from services.resources import resource
from services.templates import sandbox
from services.templates.errors import TemplateError
from services.templates.layout import EncodeOptions, Layout, Part, Piece, Token
from services.templates.messages import Text, messages_of, tools_of
from services.templates.slots import Slot, Slots
from services.templates.template import ANSWERS, Item, LaidOut, Template
from services.templates.tokenizer import Tokenizer


class NamedTemplate(Template):
    """A template of slots (see slots.Slots). A new one is a new file."""

    def __init__(self, name: str, slots: Slots, tokenizer: Tokenizer) -> None:
        super().__init__(name, tokenizer)
        self.slots = slots

    @classmethod
    def load(cls, name: str, tokenizer: Tokenizer) -> "NamedTemplate":
        """The named template of that id. Raises TemplateError for a broken file."""
        return cls(name, load_slots(resource("templates", f"{name}.yaml")), tokenizer)

    def lay_out(
        self, items: Sequence[Item], tokenizer: Tokenizer, options: EncodeOptions
    ) -> Iterator[LaidOut | TemplateError]:
        """See Template."""
        for item in items:
            try:
                yield self._lay_out(item, tokenizer, options)
            except TemplateError as error:
                yield error

    def _lay_out(self, item: Item, tokenizer: Tokenizer, options: EncodeOptions) -> LaidOut:
        peer = options.truncation == "llamafactory"
        thinking = options.enable_thinking is not False
        every = peer and not item.one_turn  # the peer keeps all thoughts in rows of several trained turns
        parts = self.parts(item.conversation, str if peer else tokenizer.hide, thinking, every=every)
        parts = [replace(p, trained=p.turn in item.trained) if p.answer else p for p in parts]
        last = len(item.turns) - 1
        alone = tuple(sorted(t for t in item.trained if t != last)) if self.slots.reasoning and not peer else ()
        if alone:
            parts = [replace(p, trained=False) if p.turn in alone else p for p in parts]
        closing = self.slots.efficient_eos and bool(item.turns) and item.turns[-1].role in ANSWERS
        return LaidOut(Layout(tuple(parts), closing=closing), alone)

    def parts(
        self, conversation: Conversation, hide: Text, thinking: bool = True, *, every: bool = False
    ) -> list[Part]:
        """Prompt and answer parts in turn; a prompt that no answer follows comes last.

        hide: applied to the row's texts. thinking: the model thinks by itself; without it an empty thought belongs to
        the prompt. every: keep or add thoughts in all answers, not in the last turn alone.
        """
        slots, turns = self.slots, conversation.turns
        parts: list[Part] = []
        source = list(slots.prefix)
        system = self._system(conversation, hide)
        if system and not slots.system_in_user:
            source += fill(slots.system, system)
        for at, turn in enumerate(turns):
            if turn.role not in ANSWERS:
                content = hide(turn.content)
                if at == 0 and system and slots.system_in_user:
                    content = f"{''.join(str(p) for p in fill(slots.system, system))}{content}"
                source += fill(slots.user if turn.role == "user" else slots.observation, content)
                continue
            source = joined(source, slots.generation)
            target, empty = self._answer(turn, hide, thinking, own=every or at == len(turns) - 1)
            if empty:
                source, target = (source, [empty, *target]) if thinking else ([*source, empty], target)
            parts += [Part(tuple(source), at), Part(tuple(target), at, answer=True)]
            source = []
        return [*parts, Part(tuple(source), len(turns))] if source else parts

    def _system(self, conversation: Conversation, hide: Text) -> str:
        system = hide(conversation.system or "") or self.slots.default_system
        tools = tools_of(conversation) if conversation.tools else None
        return system + hide(tool_text(self.slots.tools, "describe", tools)) if tools else system

    def _answer(self, turn: Turn, hide: Text, thinking: bool, own: bool) -> tuple[list[Piece], str]:
        """Pieces of an answer and the empty thought that goes before it ('' for none)."""
        slots = self.slots
        (message,) = messages_of(Conversation((turn,)))
        text = str(message["content"])
        if turn.reasoning and own and thinking:
            before, after = slots.thought_words or ("<think>\n", "\n</think>\n\n")
            text = f"{before}{turn.reasoning}{after}{text}"
        if slots.reasoning and not (own and thinking):
            text = without_thought(text, slots.thought_words)
        calls = message.get("tool_calls")
        if calls:
            text += ("\n" if text else "") + tool_text(slots.tools, "calls", calls)
        bare = slots.reasoning and own and not any(word.strip() in text for word in slots.thought_words)
        return fill(slots.function if calls else slots.assistant, hide(text)), "".join(
            slots.thought_words
        ) if bare else ""

    def render(
        self, conversation: Conversation, add_generation_prompt: bool = False, *, enable_thinking: bool | None = None
    ) -> str:
        """See Template."""
        thinking = enable_thinking is not False
        parts = self.parts(conversation, str, thinking)
        text = "".join(self.piece_text(piece) for part in parts for piece in part.pieces)
        return text + self._header(thinking) if add_generation_prompt else text

    def _header(self, thinking: bool) -> str:
        """The generation prompt."""
        text = "".join(map(self.piece_text, self.slots.generation))
        return text if thinking or not self.slots.reasoning else text + "".join(self.slots.thought_words)

    def prompt_ids(
        self, conversation: Conversation, tokenizer: Tokenizer | None = None, *, enable_thinking: bool | None = None
    ) -> list[int]:
        """See Template; piece by piece, as in training."""
        tokenizer, thinking = tokenizer or self.tokenizer, enable_thinking is not False
        pieces = [p for part in self.parts(conversation, tokenizer.hide, thinking) for p in part.pieces]
        pieces = joined(pieces, self.slots.generation)
        if self.slots.reasoning and not thinking:
            pieces.append("".join(self.slots.thought_words))
        return [i for piece in pieces for i in self.piece_ids(piece, tokenizer)]

    def chat_template(self) -> str:
        """See Template."""
        from services.templates.named_jinja import jinja_of

        return jinja_of(self)

    @property
    def eos_token(self) -> str:
        """The first stop word where the template says so, else the tokenizer's."""
        if self.slots.replace_eos:
            return self.slots.stop_words[0]
        return self.tokenizer.special.get("eos_token", "<|endoftext|>")

    @property
    def text_end(self) -> str:
        """See Template: Llama 3 ends a text with another token than a turn."""
        return self.slots.text_end or self.eos_token

    @property
    def stop_token_ids(self) -> list[int]:
        """EOS and the stop words that the tokenizer has."""
        ids = [self.tokenizer.token_id(t) for t in (self.eos_token, *self.slots.stop_words)]
        return list(dict.fromkeys(i for i in ids if i is not None))

    @property
    def missing_tokens(self) -> list[str]:
        """Control tokens that the template needs and the tokenizer lacks: it was made for another model."""
        tokens = [p.name for slot in self.slots.all() for p in slot if isinstance(p, Token)]
        names = [*(t for t in tokens if t not in ("bos_token", "eos_token")), *self.slots.stop_words]
        return [name for name in dict.fromkeys(names) if self.tokenizer.token_id(name) is None]


def fill(slot: Slot, content: str) -> list[Piece]:
    """A slot's pieces with the content in its place."""
    return [p.replace("{{content}}", content) if isinstance(p, str) else p for p in slot]


def joined(pieces: Sequence[Piece], more: Sequence[Piece]) -> list[Piece]:
    """Two runs of pieces; where text meets text they become one piece."""
    if pieces and more and isinstance(pieces[-1], str) and isinstance(more[0], str):
        return [*pieces[:-1], pieces[-1] + more[0], *more[1:]]
    return [*pieces, *more]


def without_thought(text: str, words: tuple[str, ...]) -> str:
    """An answer without its thought, as a history shows it."""
    before, after = map(re.escape, words)
    return re.sub(f"{before}.*?{after}", "", text, flags=re.DOTALL).lstrip("\n")


def tool_text(form: str, macro: str, data: list[dict[str, Any]]) -> str:
    """Text of tools ('describe') or of calls ('calls') in a form of resources/templates/tools."""
    return str(getattr(_tool_macros(form), macro)(data))


@lru_cache(maxsize=32)
def _tool_macros(form: str) -> Any:
    return sandbox.environment().from_string(tool_source(form)).module


def tool_source(form: str) -> str:
    """Jinja macros `describe(tools)` and `calls(tool_calls)` of a tool form."""
    return resource("templates", "tools", f"{form}.jinja").read_text(encoding="utf-8")


@lru_cache(maxsize=128)
def load_slots(path: Path) -> Slots:
    """Slots of a template file. Raises TemplateError that says what is wrong with it."""
    try:
        return Slots.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(
            N_("The template file {file} cannot be used: {reason}"),
            way_out=N_("Mend the file, or choose another template."),
            file=str(path),
            reason=str(error),
        ) from error
