"""One row whatever its kind: its sequences are those of its stage, its length is what cutting leaves and takes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets.conversation import Conversation, Turn
from services.templates import EncodeOptions, Tokenizer, load_template
from services.templates.layout import Encoded
from services.templates.row_view import row_length, row_sequences, stage_of
from services.templates.stages import encode_stage
from services.templates.view import _merged, sequence_view

ASK = (Turn("user", "Who are you? " * 30),)
TALK = Conversation((*ASK, Turn("assistant", "I am Tessaly.")))
PAIR = Conversation(ASK, chosen=Turn("assistant", "A long and good answer."), rejected=Turn("assistant", "No."))
GOOD = replace(TALK, label=True)
TEXT = Conversation((), text="Once upon a time. " * 20)


@pytest.fixture(scope="module")
def sample():
    from services.resources import resource

    folder = resource("sample", "tokenizer")
    tokenizer = Tokenizer.load(folder)
    return load_template("", folder, tokenizer=tokenizer), tokenizer


def test_the_stage_is_told_by_what_the_row_holds() -> None:
    assert [stage_of(c) for c in (TALK, PAIR, GOOD, TEXT)] == ["sft", "dpo", "kto", "pt"]


@pytest.mark.parametrize("cutoff_len", [2048, 64])
@pytest.mark.parametrize(("talk", "names"), [(TALK, [""]), (PAIR, ["chosen_", "rejected_"]), (GOOD, [""])])
def test_sequences_are_those_of_the_stage(sample, talk, names, cutoff_len) -> None:
    template, tokenizer = sample
    options = EncodeOptions(cutoff_len=cutoff_len)
    (row,) = encode_stage(stage_of(talk), [(1, talk)], template, tokenizer, options)
    found = row_sequences(talk, template, tokenizer, options)
    kept = [[p.id for p in s.pieces if not p.cut] for s in found]
    assert kept == [row[f"{name}input_ids"] for name in names]
    length = row_length(talk, template, tokenizer, options)
    assert length.full_len == row["full_len"]
    assert length.cut == sum(len(s.pieces) - s.kept_len for s in found)
    assert (length.cut > 0) == (cutoff_len == 64)


def test_a_text_and_a_row_that_teaches_nothing(sample) -> None:
    template, tokenizer = sample
    options = EncodeOptions(cutoff_len=64)
    (sequence,) = row_sequences(TEXT, template, tokenizer, options)
    assert sequence.kept_len == 64 and sequence.trained_len == 64
    length = row_length(TEXT, template, tokenizer, options)
    assert length.full_len == len(sequence.pieces) and length.cut == length.full_len - 64
    silent = Conversation(ASK)
    assert not row_length(silent, template, tokenizer, EncodeOptions()).trained


ids = st.lists(st.integers(0, 3), max_size=30)


@given(ids, st.data())
def test_what_was_kept_comes_back_in_its_order_whatever_was_cut(whole: list[int], data) -> None:
    keep = data.draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole)))
    kept = [i for i, k in zip(whole, keep, strict=True) if k]
    runs = _merged(Encoded(whole, list(whole)), Encoded(kept, list(kept)))
    assert [i for run, _, cut in runs if not cut for i in run] == kept
    assert all(len(run) == len(labels) for run, labels, _ in runs)


@given(ids, ids, ids)
def test_one_cut_in_the_middle_is_one_stretch(head: list[int], gone: list[int], tail: list[int]) -> None:
    runs = _merged(Encoded([*head, *gone, *tail], [0] * 99), Encoded([*head, *tail], [0] * len([*head, *tail])))
    assert sum(len(run) for run, _, cut in runs if cut) == len(gone)


def test_a_row_of_a_hundred_thousand_tokens_is_merged(sample) -> None:
    _, tokenizer = sample
    whole = [i % 40_000 for i in range(100_000)]
    view = sequence_view(Encoded(whole, list(whole)), Encoded(whole[:900] + whole[-900:], whole[:1800]), tokenizer)
    assert view.kept_len == 1800 and len(view.pieces) == 100_000
