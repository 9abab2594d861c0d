"""Rows to ids and labels: the one path that training, the token view and the command line share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from services.datasets.conversation import Conversation
from services.i18n import N_
from services.templates.errors import TemplateError
from services.templates.layout import IGNORED, Encoded, EncodeOptions, Layout, Part
from services.templates.template import ANSWERS, Item, LaidOut, Template
from services.templates.tokenizer import Tokenizer
from services.templates.truncate import llamafactory_lengths, shorten

T = TypeVar("T")
Ids = list[list[int]]
"""Ids of each part of a layout."""


class NothingTrainedError(TemplateError):
    """A row that trains nothing. code: 'no-answer' or 'answer-cut-away'."""

    def __init__(self, code: str) -> None:
        self.code = code
        if code == "answer-cut-away":
            super().__init__(
                N_("Nothing of the answer is left within cutoff_len; this row trains nothing."),
                way_out=N_("Raise cutoff_len, or shorten the row."),
            )
        else:
            super().__init__(N_("This row has no answer to train."), way_out=N_("Add an answer, or leave the row out."))


@dataclass
class Coded:
    """A laid-out item with the ids of its parts."""

    item: Item
    layout: Layout
    ids: Ids
    short: tuple[int, ...] = ()

    tail: int = 0
    """Tokens of blank text after the last end mark: nothing is learnt from them, so they are the first to go."""

    def __len__(self) -> int:
        return sum(map(len, self.ids)) + self.layout.closing

    @property
    def needed_len(self) -> int:
        """Tokens that must be kept for nothing to be lost."""
        return len(self) - self.tail


@dataclass
class Encoder:
    """Encodes rows by one template, tokenizer and options."""

    template: Template
    tokenizer: Tokenizer
    options: EncodeOptions

    def rows(self, conversations: Sequence[Conversation]) -> Iterator[list[Encoded] | TemplateError]:
        """For each row its sequences (see `row`), or why it has none; in order."""
        items = [Item(c, trained_turns(c, self.options)) for c in conversations]
        coded = iter(self.code([item for item in items if item.trained]))
        for item in items:
            result = next(coded) if item.trained else NothingTrainedError("no-answer")
            if isinstance(result, TemplateError):
                yield result
                continue
            try:
                yield self._finish(item, *result)
            except TemplateError as error:
                yield error

    def row(self, conversation: Conversation) -> list[Encoded]:
        """The sequences of one row: mostly one. Raises TemplateError.

        More where the template drops something (earlier thoughts) from the history: each such answer is then trained in
        a sequence that ends with it, as it will stand at inference; the last sequence is the whole row.
        """
        (result,) = self.rows([conversation])
        if isinstance(result, TemplateError):
            raise result
        return result

    def code(self, items: Sequence[Item]) -> list[tuple[Coded, LaidOut] | TemplateError]:
        """Lay out and tokenise items, all of them at once."""
        laid = list(self.template.lay_out(items, self.tokenizer, self.options))
        texts: dict[str, list[int]] = {}
        for out in laid:
            if isinstance(out, LaidOut):
                texts.update((p, []) for part in out.layout.parts for p in part.pieces if isinstance(p, str))
        for text, ids in zip(texts, self.tokenizer.encode_many(list(texts)), strict=True):
            texts[text] = ids
        results: list[tuple[Coded, LaidOut] | TemplateError] = []
        for item, out in zip(items, laid, strict=True):
            if isinstance(out, TemplateError):
                results.append(out)
            else:
                parts = [self._part_ids(part, texts) for part in out.layout.parts]
                results.append((Coded(item, out.layout, parts, out.short, self._tail_len(parts)), out))
        return results

    def _part_ids(self, part: Part, texts: dict[str, list[int]]) -> list[int]:
        return [
            i
            for piece in part.pieces
            for i in (texts[piece] if isinstance(piece, str) else self.template.piece_ids(piece, self.tokenizer))
        ]

    def _tail_len(self, parts: Ids) -> int:
        """Tokens of blank text that follow a control token at the very end."""
        ids = parts[-1] if parts else []
        size = len(ids)
        while size and not self.tokenizer.decode(ids[size - 1 : size]).strip():
            size -= 1
        return len(ids) - size if size and ids[size - 1] in self.tokenizer.control_ids else 0

    def code_one(self, item: Item) -> Coded:
        """`code` of a single item. Raises TemplateError."""
        (result,) = self.code([item])
        if isinstance(result, TemplateError):
            raise result
        return result[0]

    def _finish(self, item: Item, coded: Coded, out: LaidOut) -> list[Encoded]:
        sequences: list[Encoded] = []
        for turn in out.alone:
            sequences += self._tolerant(partial(self._alone, item, turn))
        if item.trained - set(out.alone):
            sequences += self._tolerant(lambda: self.fit([coded])[0])
        if not sequences:
            raise NothingTrainedError("answer-cut-away")
        return sequences

    def _alone(self, item: Item, turn: int) -> Encoded:
        return self.fit([self.code_one(item.upto(turn))])[0]

    def _tolerant(self, make: Callable[[], Encoded]) -> list[Encoded]:
        try:
            return [make()]
        except NothingTrainedError:  # the row's other sequences may still train
            return []

    def fit(self, coded: Sequence[Coded]) -> list[Encoded]:
        """Encoded variants of one row (see truncate.shorten), within cutoff_len. Raises NothingTrainedError."""
        if self.options.truncation == "llamafactory":
            return [self.by_turns(c) for c in coded]
        limit, full_len = self.options.cutoff_len, max(map(len, coded))
        if max(c.needed_len for c in coded) <= limit:
            return [self.join(c) for c in coded]
        seen: dict[int, Coded] = {id(c.item): c for c in coded}  # Coded keeps its item, so an id stays its own

        def code(item: Item) -> Coded:
            if id(item) not in seen:
                seen[id(item)] = self.code_one(item)
            return seen[id(item)]

        short = shorten([c.item for c in coded], lambda item: code(item).needed_len, self.tokenizer, limit)
        if short is None:
            raise NothingTrainedError("answer-cut-away")
        encoded = [self.join(code(item)) for item in short.items]
        for one in encoded:
            one.cut, one.dropped_turns, one.full_len = short.cut, short.dropped_turns, full_len
            one.needed_len = max(c.needed_len for c in coded)
        return encoded

    def join(self, coded: Coded) -> Encoded:
        """Ids and labels of a row that is kept whole."""
        out = Encoded()
        previous_trained = False
        for at, (part, ids) in enumerate(zip(coded.layout.parts, coded.ids, strict=True)):
            trained = part.trained or self.options.train_on_prompt
            labels = list(ids) if trained else [IGNORED] * len(ids)
            if coded.layout.closing and at and not part.answer and previous_trained and labels and not trained:
                labels[0] = self.closing_id  # the end of the answer before it, which the text does not write
            out.input_ids += ids
            out.labels += labels
            previous_trained = part.trained
        if coded.layout.closing:
            out.input_ids.append(self.closing_id)
            out.labels.append(self.closing_id if previous_trained else IGNORED)
        out.full_len, out.needed_len = len(out.input_ids), coded.needed_len
        if out.full_len > self.options.cutoff_len and coded.tail and not coded.layout.closing:
            out.input_ids = out.input_ids[: self.options.cutoff_len]
            out.labels = out.labels[: self.options.cutoff_len]
        return out

    def by_turns(self, coded: Coded) -> Encoded:
        """Ids and labels by LLaMA-Factory's rule: each turn is cut on what the turns before it left of the budget."""
        closing, options = coded.layout.closing, self.options
        pairs = pairs_of(coded)
        budget = options.cutoff_len - closing
        chunks: list[tuple[list[int], list[int]]] = []
        answers_len = sum(len(target) for _, target, trained in pairs if trained)
        for at, (source, target, trained) in enumerate(reversed(pairs) if options.mask_history else pairs):
            if budget <= 0:
                break
            source_len, target_len = llamafactory_lengths(len(source), len(target), budget)
            budget -= source_len + target_len
            source, target = source[:source_len], target[:target_len]
            answers_len -= target_len if trained else 0
            source_labels = source if options.train_on_prompt else [IGNORED] * source_len
            if closing and at and source and not options.train_on_prompt:
                source_labels = [self.closing_id, *source_labels[1:]]
            chunks.append((source + target, source_labels + (target if trained else [IGNORED] * target_len)))
        out = Encoded(full_len=len(coded), needed_len=len(coded))
        for ids, labels in reversed(chunks) if options.mask_history else chunks:
            out.input_ids += ids
            out.labels += labels
        if closing:
            out.input_ids.append(self.closing_id)
            out.labels.append(self.closing_id)
        if len(out.input_ids) < len(coded):
            out.cut = "answer" if answers_len else "prompt"
        out.dropped_turns = 2 * (len(pairs) - len(chunks))
        if not out.trained_tokens:
            raise NothingTrainedError("answer-cut-away")
        return out

    @property
    def closing_id(self) -> int:
        """Id of the template's end token. Raises TemplateError if the tokenizer has none."""
        end = self.template.eos_token
        end_id = self.tokenizer.token_id(end) if end else None
        if end_id is None:
            raise TemplateError(
                N_("The template {name} ends a text with an end token, and this model's tokenizer has none."),
                way_out=N_("Choose another template."),
                name=self.template.name,
            )
        return end_id

    @property
    def text_end_id(self) -> list[int]:
        """The end token of a pre-training text, as a list: empty for a tokenizer that has none.

        The tokenizer's own EOS ends a document; LLaMA-Factory takes the template's, which may end a turn.
        """
        if self.options.truncation == "llamafactory":
            return self.tokenizer.encode(self.template.text_end)
        return [] if self.tokenizer.eos_id is None else [self.tokenizer.eos_id]


def pairs_of(coded: Coded) -> list[tuple[list[int], list[int], bool]]:
    """(source ids, target ids, trained) a turn; text after the last answer is a source with an empty target."""
    pairs: list[tuple[list[int], list[int], bool]] = []
    source: list[int] = []
    for part, ids in zip(coded.layout.parts, coded.ids, strict=True):
        if part.answer:
            pairs.append((source, ids, part.trained))
            source = []
        else:
            source = source + ids
    return [*pairs, (source, [], False)] if source else pairs


def trained_turns(conversation: Conversation, options: EncodeOptions) -> frozenset[int]:
    """Indices of the answers that a row trains in sft."""
    answers = [i for i, turn in enumerate(conversation.turns) if turn.role in ANSWERS and turn.trained]
    return frozenset(answers[-1:] if options.mask_history else answers)


def in_chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` things, in order."""
    chunk: list[T] = []
    for thing in things:
        chunk.append(thing)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
