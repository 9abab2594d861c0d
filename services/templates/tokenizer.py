"""Tokenizers by the `tokenizers` library alone: the same ids as transformers, without loading it."""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken

from services.i18n import N_
from services.templates.errors import TokenizerError

NAMED_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")

# Non-characters, which no text holds, frame the id of a control token: between MARK, a real one when the rest of the
# text is to be read as plain; between PLAIN, the place where a person's own text spells a control token.
MARK_OPEN, MARK_CLOSE = "\ufdd0", "\ufdd1"
PLAIN_OPEN, PLAIN_CLOSE = "\ufdd2", "\ufdd3"
_HALF = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(f"{PLAIN_OPEN}([0-9]+){PLAIN_CLOSE}")


class Tokenizer:
    """Text to ids and back, for one model.

    `encode` never adds BOS or EOS, but control tokens spelled in the text become control tokens. Text from a person
    goes through `hide` first, so that a `<|im_end|>` in it stays text.
    """

    def __init__(self, backend: tokenizers.Tokenizer, config: dict[str, Any]) -> None:
        backend.no_truncation()
        backend.no_padding()
        self._backend = backend
        self.config = config
        self.special: dict[str, str] = {name: text for name in NAMED_TOKENS if (text := _text(config.get(name)))}
        """bos_token, eos_token ... as the model's files name them; only those that exist."""

    @classmethod
    def load(cls, model_dir: Path | str) -> "Tokenizer":
        """The tokenizer of a model folder (tokenizer.json, tokenizer_config.json). TokenizerError if it has none."""
        folder = Path(model_dir)
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise TokenizerError(
                N_("{folder} has no tokenizer.json."),
                way_out=N_("Download the model again with its tokenizer, or choose another one."),
                folder=str(folder),
            )
        try:
            backend = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception for a broken file
            raise TokenizerError(
                N_("The tokenizer {file} cannot be read: {reason}"),
                way_out=N_("Download the model again."),
                file=str(path),
                reason=str(error),
            ) from error
        config = read_config(folder)
        _add_missing(backend, config)
        return cls(backend, config)

    def encode(self, text: str) -> list[int]:
        """Ids of a text. Control tokens in it are recognised, hidden ones (see `hide`) are not; none is added."""
        text = sound(text)
        if PLAIN_OPEN in text:
            return self._plain.encode(self._marked(text), add_special_tokens=False).ids
        return self._backend.encode(text, add_special_tokens=False).ids

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of many texts at once, on all processors."""
        texts = list(map(sound, texts))
        ids = [e.ids for e in self._backend.encode_batch_fast(texts, add_special_tokens=False)]
        for at, text in enumerate(texts):
            if PLAIN_OPEN in text:
                ids[at] = self.encode(text)
        return ids

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Where each token of a plain text begins and ends, in characters."""
        return self._plain.encode(sound(text), add_special_tokens=False).offsets

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, control tokens spelled out."""
        return self._backend.decode(list(ids), skip_special_tokens=False)

    def token(self, token_id: int) -> str:
        """A token as the vocabulary spells it; '' for an id that it lacks."""
        return self._backend.id_to_token(token_id) or ""

    def token_id(self, token: str) -> int | None:
        """Id of a token as the vocabulary spells it, or None."""
        return self._backend.token_to_id(token)

    def __len__(self) -> int:
        """Tokens, added ones included."""
        return self._backend.get_vocab_size(with_added_tokens=True)

    @cached_property
    def control(self) -> dict[str, int]:
        """Control tokens (the special ones among the added tokens): spelling to id."""
        return {t.content: i for i, t in self._backend.get_added_tokens_decoder().items() if t.special}

    @cached_property
    def control_ids(self) -> frozenset[int]:
        """Ids of the control tokens."""
        return frozenset(self.control.values())

    @property
    def eos_id(self) -> int | None:
        """Id of eos_token."""
        return self._named("eos_token")

    @property
    def bos_id(self) -> int | None:
        """Id of bos_token."""
        return self._named("bos_token")

    @property
    def pad_id(self) -> int | None:
        """Id of pad_token, or of eos_token where there is none."""
        pad_id = self._named("pad_token")
        return self.eos_id if pad_id is None else pad_id

    @cached_property
    def adds_bos(self) -> bool:
        """Whether the tokenizer itself puts BOS before a text (servers do as it says)."""
        ids = self._backend.encode("a", add_special_tokens=True).ids
        return self.bos_id is not None and bool(ids) and ids[0] == self.bos_id

    def hide(self, text: str) -> str:
        """The text with each control token that it spells framed, so that `encode` reads it as plain text."""
        if not self._control_pattern:
            return text
        return self._control_pattern.sub(lambda m: f"{PLAIN_OPEN}{self.control[m[0]]}{PLAIN_CLOSE}", text)

    def reveal(self, text: str) -> str:
        """The inverse of `hide`."""
        return _PLAIN.sub(lambda m: self.token(int(m[1])), text) if PLAIN_OPEN in text else text

    def _named(self, name: str) -> int | None:
        return self.token_id(self.special[name]) if name in self.special else None

    def _marked(self, text: str) -> str:
        if self._control_pattern:
            text = self._control_pattern.sub(lambda m: f"{MARK_OPEN}{self.control[m[0]]}{MARK_CLOSE}", text)
        return self.reveal(text)

    @cached_property
    def _control_pattern(self) -> re.Pattern[str] | None:
        # Longest first, as the library's own leftmost-longest search finds them.
        names = sorted(self.control, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names))) if names else None

    @cached_property
    def _plain(self) -> tokenizers.Tokenizer:
        """The same tokenizer whose control tokens are spelled as marks, so that their usual spelling is plain text."""
        data = json.loads(self._backend.to_str())
        marks = {t["content"]: f"{MARK_OPEN}{t['id']}{MARK_CLOSE}" for t in data["added_tokens"] if t["special"]}
        for token in data["added_tokens"]:
            token["content"] = marks.get(token["content"], token["content"])
        data["model"]["vocab"] = _renamed(data["model"]["vocab"], marks)
        if data["model"].get("unk_token") in marks:
            data["model"]["unk_token"] = marks[data["model"]["unk_token"]]
        data["post_processor"] = None
        return tokenizers.Tokenizer.from_str(json.dumps(data))


def sound(text: str) -> str:
    """The text with each half of a surrogate pair, which has no encoding, as the replacement character."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _renamed(vocab: Any, marks: dict[str, str]) -> Any:
    if isinstance(vocab, dict):
        return {marks.get(token, token): i for token, i in vocab.items()}
    return [[marks.get(token, token), score] for token, score in vocab]


def read_config(folder: Path) -> dict[str, Any]:
    """tokenizer_config.json over special_tokens_map.json, whichever exist. TokenizerError if one is broken."""
    config: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            config.update(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise TokenizerError(
                N_("The tokenizer {file} cannot be read: {reason}"),
                way_out=N_("Download the model again."),
                file=str(path),
                reason=str(error),
            ) from error
    return config


def _text(token: Any) -> str:
    return token.get("content", "") if isinstance(token, dict) else token or ""


def _add_missing(backend: tokenizers.Tokenizer, config: dict[str, Any]) -> None:
    """Add the tokens that only the config names, in the order of their ids, as transformers does."""
    declared = sorted((config.get("added_tokens_decoder") or {}).items(), key=lambda item: int(item[0]))
    for _, token in declared:
        if isinstance(token, dict) and backend.token_to_id(token["content"]) is None:
            flags = {k: bool(token.get(k, False)) for k in ("single_word", "lstrip", "rstrip", "normalized", "special")}
            backend.add_tokens([AddedToken(token["content"], **flags)])
    known = {t.content for t in backend.get_added_tokens_decoder().values() if t.special}
    extra = config.get("additional_special_tokens") or config.get("extra_special_tokens") or []
    names = [*(config.get(n) for n in NAMED_TOKENS), *(extra.values() if isinstance(extra, dict) else extra)]
    missing = [text for text in map(_text, names) if text and text not in known]
    if missing:
        backend.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in dict.fromkeys(missing)])
