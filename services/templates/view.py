"""What a row becomes, token by token, for the window: the very ids and labels that training gets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.datasets.conversation import Conversation
from services.templates.encode import Encoder, NothingTrainedError
from services.templates.layout import IGNORED, Cut, Encoded, EncodeOptions
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer


@dataclass(frozen=True)
class TokenPiece:
    """One token. text: what it stands for; the first token of a character that takes several has all of it, the others
    have ''. kind: a control token or plain text. trained: the loss sees it. cut: cutoff_len took it (shown, not in the
    row any more).
    """

    id: int
    text: str
    kind: Literal["control", "plain"]
    trained: bool
    cut: bool = False


@dataclass(frozen=True)
class TokenSequence:
    """One training sequence of a row. cut: the worst that cutoff_len did to it. full_len: tokens before cutting."""

    pieces: tuple[TokenPiece, ...]
    cut: Cut
    full_len: int
    needed_len: int

    @property
    def kept_len(self) -> int:
        """Tokens that are in the row."""
        return sum(not piece.cut for piece in self.pieces)

    @property
    def trained_len(self) -> int:
        """Tokens that the loss sees."""
        return sum(piece.trained and not piece.cut for piece in self.pieces)


def token_view(
    conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> list[TokenPiece]:
    """The tokens of a row's last (mostly only) sequence. Raises TemplateError for a row that cannot be rendered."""
    return list(token_sequences(conversation, template, tokenizer, options)[-1].pieces)


def token_sequences(
    conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> list[TokenSequence]:
    """All sequences of a row (see Encoder.row), what was cut away marked in its place.

    A row of which nothing is trained comes whole, nothing trained and all of it beyond cutoff_len cut.
    """
    uncut = Encoder(template, tokenizer, replace(options, cutoff_len=1 << 30)).row(conversation)
    try:
        kept = Encoder(template, tokenizer, options).row(conversation)
    except NothingTrainedError:
        return [_view(whole, Encoded(), tokenizer) for whole in uncut[-1:]]
    if len(kept) != len(uncut):  # a sequence fell away whole; show what is left
        return [_view(one, one, tokenizer) for one in kept]
    return [_view(whole, one, tokenizer) for whole, one in zip(uncut, kept, strict=True)]


def _view(whole: Encoded, kept: Encoded, tokenizer: Tokenizer) -> TokenSequence:
    pieces: list[TokenPiece] = []
    for ids, labels, cut in _merged(whole, kept):
        texts = token_texts(ids, tokenizer)
        pieces += [
            TokenPiece(i, text, "control" if i in tokenizer.control_ids else "plain", label != IGNORED, cut)
            for i, text, label in zip(ids, texts, labels, strict=True)
        ]
    return TokenSequence(
        tuple(pieces), kept.cut or ("" if kept.input_ids else "answer"), whole.full_len, whole.needed_len
    )


def _merged(whole: Encoded, kept: Encoded) -> list[tuple[list[int], list[int], bool]]:
    """Runs (ids, labels, cut) that together are the kept row with what was taken from it in its place."""
    if whole.input_ids == kept.input_ids:
        return [(kept.input_ids, kept.labels, False)]
    from difflib import SequenceMatcher

    runs: list[tuple[list[int], list[int], bool]] = []
    matcher = SequenceMatcher(None, whole.input_ids, kept.input_ids, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag in ("delete", "replace"):
            runs.append((whole.input_ids[a:b], [IGNORED] * (b - a), True))
        if tag != "delete":
            runs.append((kept.input_ids[c:d], kept.labels[c:d], False))
    return runs


def token_texts(ids: Sequence[int], tokenizer: Tokenizer) -> list[str]:
    """Text of each id, so that all of them joined are the decoded text: the first token of a split character has it."""
    texts: list[str] = []
    run: list[int] = []
    for i in ids:
        run.append(i)
        text = tokenizer.decode(run)
        if text.endswith("\ufffd") and len(run) < 8:
            continue  # half a character; the tokens that follow complete it
        texts += [text, *[""] * (len(run) - 1)]
        run = []
    return texts + ([tokenizer.decode(run), *[""] * (len(run) - 1)] if run else [])
