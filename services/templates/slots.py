"""The slots of a named template: what its file may say."""

from dataclasses import dataclass, fields
from typing import Any

from services.templates.layout import Piece, Token
from services.yaml import load_yaml

Slot = tuple[Piece, ...]
_TEXT_SLOTS = ("prefix", "system", "user", "generation", "assistant", "observation", "function")
_CONTENT = "{{content}}"


@dataclass(frozen=True)
class Slots:
    """A named template as data.

    A slot is a text or a list of pieces: texts, and `{token: NAME}` for one token (bos_token and eos_token are the
    model's). `{{content}}` in a text is where the turn's text goes; each piece is tokenised by itself, but the last
    text before `generation` is joined with it.

    title: for people. prefix: at the very start. system, user, assistant, observation (a tool's result), function (an
    answer that calls tools): one turn each. generation: the header of an answer, before assistant and function.
    tools: id of the form in which tools and calls are told (resources/templates/tools). system_in_user: the system
    text goes into the first user turn. default_system: where the row has none. stop_words: tokens that end an answer.
    thought_words: a reasoning template puts them around an (empty) thought. efficient_eos: the end token comes once,
    at the very end. replace_eos: the first stop word is the end token. text_end: what ends a pre-training text, where
    it is another token than the one that ends a turn.
    """

    title: str
    prefix: Slot = ()
    system: Slot = ("{{content}}",)
    user: Slot = ("{{content}}",)
    generation: Slot = ()
    assistant: Slot = ("{{content}}",)
    observation: Slot = ()
    function: Slot = ()
    tools: str = "default"
    system_in_user: bool = False
    default_system: str = ""
    stop_words: tuple[str, ...] = ()
    thought_words: tuple[str, ...] = ()
    efficient_eos: bool = False
    replace_eos: bool = False
    text_end: str = ""

    @property
    def reasoning(self) -> bool:
        """Whether answers have thoughts."""
        return bool(self.thought_words)

    def all(self) -> list[Slot]:
        """All slots."""
        return [getattr(self, name) for name in _TEXT_SLOTS]

    @classmethod
    def parse(cls, text: str) -> "Slots":
        """Slots of a YAML text. ValueError that names what is wrong."""
        data = load_yaml(text)
        if not isinstance(data, dict):
            raise ValueError("it is no mapping of slots")
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
        values: dict[str, Any] = {k: _slot(k, v) if k in _TEXT_SLOTS else _plain(k, v) for k, v in data.items()}
        slots = cls(**{"title": "", **values})
        slots = cls(
            **{
                **{f.name: getattr(slots, f.name) for f in fields(cls)},
                "observation": slots.observation or slots.user,
                "function": slots.function or slots.assistant,
            }
        )
        slots.check()
        return slots

    def check(self) -> None:
        """ValueError for a template that could not work."""
        for name in ("system", "user", "assistant", "observation", "function"):
            if sum(p.count(_CONTENT) for p in getattr(self, name) if isinstance(p, str)) != 1:
                raise ValueError(f"{name} must hold {_CONTENT} once")
        if len(self.thought_words) not in (0, 2):
            raise ValueError("thought_words are two: what opens a thought and what closes it")
        if self.replace_eos and not self.stop_words:
            raise ValueError("replace_eos needs a stop word")


def _slot(name: str, value: Any) -> Slot:
    pieces = value if isinstance(value, list) else [value]
    return tuple(_piece(name, piece) for piece in pieces)


def _piece(name: str, piece: Any) -> Piece:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, dict) and list(piece) == ["token"] and isinstance(piece["token"], str):
        return Token(piece["token"])
    raise ValueError(f"{name}: a piece is a text or {{token: NAME}}, not {piece!r}")


def _plain(name: str, value: Any) -> Any:
    wanted = {
        "stop_words": list,
        "thought_words": list,
        "system_in_user": bool,
        "efficient_eos": bool,
        "replace_eos": bool,
    }
    kind = wanted.get(name, str)
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be of type {kind.__name__}")
    return tuple(value) if isinstance(value, list) else value
