"""One row by itself, whatever kind it is: its sequences token by token, and its length. For the window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.templates.errors import TemplateError
from services.templates.layout import Encoded, EncodeOptions
from services.templates.stages import encode_stage
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer
from services.templates.view import TokenSequence, sequence_view, token_sequences

_WHOLE = 1 << 30
_ROW = 1  # the id under which the row is encoded; it never leaves this module


@dataclass(frozen=True)
class RowLength:
    """Length of a row in tokens. full_len: of its longest sequence before cutting. cut: tokens that cutoff_len takes
    from all of its sequences. trained: it trains something."""

    full_len: int
    cut: int
    trained: bool = True


def stage_of(conversation: Conversation) -> str:
    """The stage that a row is made for, told by what it holds: dpo, kto, pt or sft."""
    if conversation.chosen is not None and conversation.rejected is not None:
        return "dpo"
    if conversation.label is not None:
        return "kto"
    return "pt" if conversation.text is not None else "sft"


def row_sequences(
    conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> list[TokenSequence]:
    """The ids and labels that training gets of a row: of a preference pair the chosen, then the rejected sequence.

    Raises TemplateError for a row that cannot be rendered. A row that the stage refuses gives [].
    """
    stage = stage_of(conversation)
    if stage == "sft":
        return token_sequences(conversation, template, tokenizer, options)
    whole = _encode(stage, conversation, template, tokenizer, replace(options, cutoff_len=_WHOLE))
    kept = _encode(stage, conversation, template, tokenizer, options)
    if len(whole) == len(kept):
        return [sequence_view(w, k, tokenizer) for w, k in zip(whole, kept, strict=True)]
    return [sequence_view(w, Encoded(), tokenizer) for w in whole]


def row_length(
    conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> RowLength:
    """How long a row is and what cutoff_len takes of it. Raises TemplateError for a row that cannot be rendered."""
    stage = stage_of(conversation)
    kept = _encode(stage, conversation, template, tokenizer, options)
    if kept:
        lengths = [one.full_len for one in kept]
        if stage == "dpo" and kept[0].cut:  # a pair says the longer one's length only
            whole = _encode(stage, conversation, template, tokenizer, replace(options, cutoff_len=_WHOLE))
            lengths = [len(one.input_ids) for one in whole]
        cut = sum(n - len(one.input_ids) for n, one in zip(lengths, kept, strict=True) if one.cut)
        return RowLength(max(lengths), max(0, cut))
    text = conversation.text if conversation.text is not None else template.render(conversation)
    return RowLength(len(tokenizer.encode(text)), 0, trained=False)


def _encode(
    stage: str, conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> list[Encoded]:
    """Sequences of one row in its stage; [] if the stage refuses it."""
    refused: list[Problem] = []
    if stage == "pt":
        options = replace(options, packing=False)
    rows = encode_stage(
        stage, [(_ROW, conversation)], template, tokenizer, options, lambda _, problem: refused.append(problem)
    )
    found: list[Encoded] = []
    for row in rows:
        found += [_encoded(row, prefix) for prefix in (("chosen_", "rejected_") if stage == "dpo" else ("",))]
    if refused and refused[0].code in ("template", "template-refused"):
        raise TemplateError(refused[0].sentence, way_out=refused[0].way_out, **refused[0].values)
    return found


def _encoded(row: dict[str, Any], prefix: str) -> Encoded:
    ids: Sequence[int] = row[f"{prefix}input_ids"]
    # full_len of a pair is that of the longer one; a sequence that was not cut is as long as it is
    full_len = row["full_len"] if row["cut"] or not prefix else len(ids)
    return Encoded(list(ids), list(row[f"{prefix}labels"]), row["cut"], full_len, row.get("needed_len", full_len))
