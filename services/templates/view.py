"""What a row becomes, token by token, for the window: the very ids and labels that training gets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.datasets.conversation import Conversation
from services.templates.encode import Encoder, NothingTrainedError
from services.templates.layout import IGNORED, Cut, Encoded, EncodeOptions
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

_RUN = 4  # tokens in a row that say that a stretch of the whole row is still there
_SURE, _TRIES = 64, 40  # a stretch of so many tokens needs no better one; so many places are tried


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
        return [sequence_view(whole, Encoded(), tokenizer) for whole in uncut[-1:]]
    if len(kept) != len(uncut):  # a sequence fell away whole; show what is left
        return [sequence_view(one, one, tokenizer) for one in kept]
    return [sequence_view(whole, one, tokenizer) for whole, one in zip(uncut, kept, strict=True)]


def sequence_view(whole: Encoded, kept: Encoded, tokenizer: Tokenizer) -> TokenSequence:
    """A sequence as it was before cutting and as it is, as one run of tokens."""
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
    """Runs (ids, labels, cut) that together are the kept row with what was taken from it in its place.

    Both begin and end alike; between, stretches that are still there are found in their order. Linear: a row may have
    a hundred thousand tokens.
    """
    a, b = whole.input_ids, kept.input_ids
    if a == b:
        return [(b, kept.labels, False)]
    runs: list[tuple[list[int], list[int], bool]] = []

    def gone(start: int, stop: int) -> None:
        if stop > start:
            runs.append((a[start:stop], [IGNORED] * (stop - start), True))

    def stay(start: int, stop: int) -> None:
        if stop > start:
            runs.append((b[start:stop], kept.labels[start:stop], False))

    head = _alike(a, b)
    tail = _alike(a[head:][::-1], b[head:][::-1])
    i, j, end_a, end_b = head, head, len(a) - tail, len(b) - tail
    stay(0, head)
    places: dict[tuple[int, ...], list[int]] = {}
    for at in range(i, end_a - _RUN + 1):
        places.setdefault(tuple(a[at : at + _RUN]), []).append(at)
    while j < end_b:
        run, at = _longest(a, b, [p for p in places.get(tuple(b[j : j + _RUN]), []) if p >= i], j, end_a, end_b)
        if not run:
            stay(j, j + 1)
            j += 1
            continue
        gone(i, at)
        stay(j, j + run)
        i, j = at + run, j + run
    gone(i, end_a)
    stay(end_b, len(b))
    return runs


def _longest(
    a: Sequence[int], b: Sequence[int], places: Sequence[int], j: int, end_a: int, end_b: int
) -> tuple[int, int]:
    """(length, place) of the longest stretch of a that is b from j on; the last place is looked at first, since rows
    lose what is older. (0, 0) if there is none."""
    best = (0, 0)
    for at in list(reversed(places))[:_TRIES]:
        room = min(end_a - at, end_b - j)
        run = next((n for n in range(room) if a[at + n] != b[j + n]), room)
        best = max(best, (run, at), key=lambda found: found[0])
        if run >= _SURE:
            break
    return best


def _alike(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


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
