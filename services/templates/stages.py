"""Rows of a data set to what each stage trains on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.i18n import N_
from services.templates.encode import Coded, Encoder, NothingTrainedError, in_chunks
from services.templates.errors import TemplateError, TemplateRefusedError
from services.templates.layout import IGNORED, Encoded, EncodeOptions
from services.templates.packing import join_text
from services.templates.template import Item, Template
from services.templates.tokenizer import Tokenizer

Rows = Iterable[tuple[int, Conversation | Problem]]
OnProblem = Callable[[int, Problem], None]
Encodes = Callable[[Encoder, list[tuple[int, Conversation]], OnProblem], Iterator[dict[str, Any]]]

KTO_BATCH = 1000
"""Rows among which KTO's mismatched answers are passed on, as LLaMA-Factory's batches."""
_CHUNK = 256


def encode_stage(
    stage: str,
    conversations: Rows,
    template: Template,
    tokenizer: Tokenizer,
    options: EncodeOptions | None = None,
    on_problem: OnProblem | None = None,
) -> Iterator[dict[str, Any]]:
    """What a stage trains on, row by row, in order.

    stage: sft (also ppo, grpo) gives {row_id, input_ids, labels, cut, full_len, needed_len}; dpo (also rm, orpo, simpo)
    {row_id, chosen_input_ids, chosen_labels, rejected_input_ids, rejected_labels, cut ...}; kto
    {row_id, input_ids, labels, kl_input_ids, kl_labels, kto_tags, cut ...}; pt {row_ids, input_ids, labels}.
    Rows that cannot be trained are told to on_problem and left out. KeyError for a stage that reads no rows.
    """
    encoder = Encoder(template, tokenizer, options or EncodeOptions())
    tell = on_problem or (lambda row_id, problem: None)
    encode = _STAGES[stage]
    yield from encode(encoder, _sound(conversations, tell), tell)


def _sound(conversations: Rows, tell: OnProblem) -> Iterator[tuple[int, Conversation]]:
    for row_id, conversation in conversations:
        if isinstance(conversation, Problem):
            tell(row_id, conversation)
        else:
            yield row_id, conversation


def _sft(encoder: Encoder, rows: Iterator[tuple[int, Conversation]], tell: OnProblem) -> Iterator[dict[str, Any]]:
    for chunk in in_chunks(rows, _CHUNK):
        results = encoder.rows([conversation for _, conversation in chunk])
        for (row_id, conversation), result in zip(chunk, results, strict=True):
            if isinstance(result, TemplateError):
                tell(row_id, problem_of(result, conversation))
                continue
            for one in result:
                yield {"row_id": row_id, **_fields(one), **_sizes(one)}


def _fields(one: Encoded, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}input_ids": one.input_ids, f"{prefix}labels": one.labels}


def _sizes(one: Encoded) -> dict[str, Any]:
    return {"cut": one.cut, "full_len": one.full_len, "needed_len": one.needed_len}


def _dpo(encoder: Encoder, rows: Iterator[tuple[int, Conversation]], tell: OnProblem) -> Iterator[dict[str, Any]]:
    for chunk in in_chunks(rows, _CHUNK):
        pairs = [(row_id, c) for row_id, c in chunk if _has_pair(row_id, c, tell)]
        items = [_answered(c, turn) for _, c in pairs for turn in (c.chosen, c.rejected) if turn is not None]
        coded = encoder.code(items)
        for at, (row_id, conversation) in enumerate(pairs):
            try:
                chosen, rejected = _pair(encoder, coded[2 * at], coded[2 * at + 1])
            except TemplateError as error:
                tell(row_id, problem_of(error, conversation))
                continue
            cut = "answer" if "answer" in (chosen.cut, rejected.cut) else chosen.cut or rejected.cut
            sizes = _sizes(max(chosen, rejected, key=lambda one: one.needed_len))
            yield {
                "row_id": row_id,
                **_fields(chosen, "chosen_"),
                **_fields(rejected, "rejected_"),
                **sizes,
                "cut": cut,
            }


def _has_pair(row_id: int, conversation: Conversation, tell: OnProblem) -> bool:
    if conversation.chosen is not None and conversation.rejected is not None:
        return True
    tell(
        row_id,
        Problem(
            "no-pair",
            N_("This row has no pair of answers to compare."),
            N_("Give it a chosen and a rejected answer, or train it in another stage."),
        ),
    )
    return False


def _answered(conversation: Conversation, answer: Turn) -> Item:
    turns = (*conversation.turns, answer)
    return Item(replace(conversation, turns=turns), frozenset((len(turns) - 1,)), one_turn=True)


def _pair(encoder: Encoder, *results: Any) -> tuple[Encoded, Encoded]:
    coded = [_coded(result) for result in results]
    if encoder.options.truncation == "llamafactory":
        chosen, rejected = _one_turn(encoder, coded)
    else:
        chosen, rejected = encoder.fit(coded)
    return chosen, rejected


def _coded(result: Any) -> Coded:
    if isinstance(result, TemplateError):
        raise result
    coded: Coded = result[0]
    return coded


def _one_turn(encoder: Encoder, coded: list[Coded]) -> list[Encoded]:
    """LLaMA-Factory's rule for a prompt and its answers: the longest answer decides for all."""
    from services.templates.truncate import llamafactory_lengths

    split = []
    for one in coded:
        source = [i for ids in one.ids[:-1] for i in ids]
        target = [*one.ids[-1], *([encoder.closing_id] if one.layout.closing else [])]
        split.append((source, target))
    longest = max(len(target) for _, target in split)
    source_len, target_len = llamafactory_lengths(len(split[0][0]), longest, encoder.options.cutoff_len)
    out = []
    for source, target in split:
        kept = target[:target_len]
        ids = source[:source_len] + kept
        cut = "answer" if len(kept) < len(target) else "prompt" if source_len < len(source) else ""
        if not kept:
            raise NothingTrainedError("answer-cut-away")
        full_len = len(source) + len(target)
        out.append(Encoded(ids, [IGNORED] * (len(ids) - len(kept)) + kept, cut, full_len, full_len))  # type: ignore[arg-type]
    return out


def _kto(encoder: Encoder, rows: Iterator[tuple[int, Conversation]], tell: OnProblem) -> Iterator[dict[str, Any]]:
    for batch in in_chunks(rows, KTO_BATCH):
        kept = [(row_id, c, _last(c)) for row_id, c in batch if _has_label(row_id, c, tell)]
        answers = [c.turns[-1] for _, c, _ in kept]
        # Row i is also paired with the answer of row i-1, row 0 with the last one's.
        items = [item for _, _, item in kept]
        mismatched = [_answered(replace(c, turns=c.turns[:-1]), answers[at - 1]) for at, (_, c, _) in enumerate(kept)]
        coded = encoder.code([*items, *mismatched])
        for at, (row_id, conversation, _) in enumerate(kept):
            try:
                own = _single(encoder, coded[at])
                kl = _single(encoder, coded[len(kept) + at])
            except TemplateError as error:
                tell(row_id, problem_of(error, conversation))
                continue
            yield {
                "row_id": row_id,
                **_fields(own),
                **_fields(kl, "kl_"),
                "kto_tags": bool(conversation.label),
                **_sizes(own),
            }


def _single(encoder: Encoder, result: Any) -> Encoded:
    coded = [_coded(result)]
    return (_one_turn(encoder, coded) if encoder.options.truncation == "llamafactory" else encoder.fit(coded))[0]


def _last(conversation: Conversation) -> Item:
    return Item(conversation, frozenset((len(conversation.turns) - 1,)), one_turn=True)


def _has_label(row_id: int, conversation: Conversation, tell: OnProblem) -> bool:
    if (
        conversation.label is not None
        and conversation.turns
        and conversation.turns[-1].role in ("assistant", "function")
    ):
        return True
    tell(
        row_id,
        Problem(
            "no-label",
            N_("This row has no answer with a label of good or bad."),
            N_("Give it an answer and a label, or train it in another stage."),
        ),
    )
    return False


def _pt(encoder: Encoder, rows: Iterator[tuple[int, Conversation]], tell: OnProblem) -> Iterator[dict[str, Any]]:
    def texts() -> Iterator[tuple[int, str]]:
        for row_id, conversation in rows:
            if conversation.text is None:
                tell(
                    row_id,
                    Problem(
                        "no-text", N_("This row has no text column."), N_("Map a column to the text, or choose sft.")
                    ),
                )
            else:
                yield row_id, conversation.text

    yield from join_text(encoder, texts())


def problem_of(error: TemplateError, conversation: Conversation) -> Problem:
    """A template's error as a finding of the row."""
    code = "template"
    if isinstance(error, NothingTrainedError):
        code = error.code
    elif isinstance(error, TemplateRefusedError):
        code = "template-refused"
    return Problem(code, error.message, error.way_out_message, dict(error.values))


_STAGES: dict[str, Any] = {
    "sft": _sft,
    "ppo": _sft,
    "grpo": _sft,
    "dpo": _dpo,
    "rm": _dpo,
    "orpo": _dpo,
    "simpo": _dpo,
    "kto": _kto,
    "pt": _pt,
}
STAGES = tuple(_STAGES)
"""Stages that read rows."""
