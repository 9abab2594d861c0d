"""cutoff_len by both rules, packing, and the counts that are shown before a run."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.conversation import Conversation, Problem, Turn
from services.templates import EncodeOptions, Template, TemplateError, Tokenizer, encode_stage, load_template, pack
from services.templates.encode import Encoder, NothingTrainedError
from services.templates.layout import IGNORED
from services.templates.lengths import measure
from services.templates.truncate import cut_end, cut_middle, llamafactory_lengths
from tests.services.templates.talks import MODEL_DIR, case_rows, talk


def rows(conversations: list[Conversation], template: Template, tokenizer: Tokenizer, **options) -> list[dict]:
    return list(encode_stage("sft", enumerate(conversations), template, tokenizer, EncodeOptions(**options)))


def trained(row: dict) -> int:
    return sum(label != IGNORED for label in row["labels"])


def test_c13_lengths(smol: Template, tokenizer: Tokenizer) -> None:
    encoded = rows(case_rows("C13.cutoff.json"), smol, tokenizer)
    # The case counts answers without the line end after the end mark.
    sizes = [(len(r["labels"]) - trained(r), trained(r) - 1) for r in encoded]
    assert sizes == [(208, 10), (261, 10), (319, 10), (22, 253), (20, 3), (139, 116), (21, 106), (21, 108)]


def test_c13_by_the_rule_of_llamafactory(smol: Template, tokenizer: Tokenizer) -> None:
    encoded = rows(case_rows("C13.cutoff.json"), smol, tokenizer, cutoff_len=128, truncation="llamafactory")
    sizes = [(len(r["labels"]) - trained(r), trained(r)) for r in encoded]
    assert sizes == [(117, 11)] * 3 + [(22, 106), (20, 4), (70, 58), (21, 107), (21, 107)]
    assert [r["row_id"] for r in encoded if 2 not in r["labels"]] == [3, 5, 7]  # the end mark is missing
    assert [r["cut"] for r in encoded] == ["prompt"] * 3 + ["answer", "", "answer", "", "answer"]


def test_c13_by_our_rule_every_row_keeps_its_end_mark(smol: Template, tokenizer: Tokenizer) -> None:
    encoded = rows(case_rows("C13.cutoff.json"), smol, tokenizer, cutoff_len=128)
    assert [r["row_id"] for r in encoded] == list(range(8))
    assert all(2 in r["labels"] and len(r["input_ids"]) <= 128 for r in encoded)
    assert [r["cut"] for r in encoded] == ["prompt"] * 3 + ["answer", "", "answer", "", "answer"]
    for row in encoded:
        text = tokenizer.decode(row["input_ids"])
        assert text.startswith("<|im_start|>system\nBe plain.<|im_end|>\n<|im_start|>user\n")
        assert "<|im_end|>\n<|im_start|>assistant\n" in text
        assert text.endswith("<|im_end|>") or text.endswith("<|im_end|>\n")
    assert tokenizer.decode([i for i in encoded[0]["labels"] if i != IGNORED]) == (
        "It is the first word of the text.<|im_end|>"
    )


def test_c13_the_shortest_cutoff_keeps_everything(smol: Template, tokenizer: Tokenizer) -> None:
    conversations = list(enumerate(case_rows("C13.cutoff.json")))
    report = measure("sft", conversations, smol, tokenizer, EncodeOptions(cutoff_len=128))
    assert report.shortest_cutoff == 329
    assert (report.rows, report.trained_rows, report.cut_rows, report.emptied) == (8, 8, 6, [])
    assert report.cut == {"history": [], "prompt": [0, 1, 2], "answer": [3, 5, 7]}
    assert report.longest == 330
    assert report.tokens == sum(
        len(r["input_ids"]) for r in rows([c for _, c in conversations], smol, tokenizer, cutoff_len=128)
    )
    enough = measure("sft", conversations, smol, tokenizer, EncodeOptions(cutoff_len=329))
    assert (enough.cut_rows, enough.emptied) == (0, [])
    scarce = measure("sft", conversations, smol, tokenizer, EncodeOptions(cutoff_len=328))
    assert scarce.cut == {"history": [], "prompt": [2], "answer": []}


def test_c13_a_row_whose_answer_is_gone_is_not_trained_and_is_counted(smol: Template, tokenizer: Tokenizer) -> None:
    problems: dict[int, Problem] = {}
    kept = list(
        encode_stage(
            "sft",
            enumerate(case_rows("C13.all_cut.json")),
            smol,
            tokenizer,
            EncodeOptions(cutoff_len=20),
            problems.__setitem__,
        )
    )
    assert kept == []
    assert {p.code for p in problems.values()} == {"answer-cut-away"}
    report = measure("sft", enumerate(case_rows("C13.all_cut.json")), smol, tokenizer, EncodeOptions(cutoff_len=20))
    assert (report.trained_rows, report.emptied, report.shortest_cutoff) == (0, [0, 1, 2], 329)


def test_c13_long_talk(smol: Template, tokenizer: Tokenizer) -> None:
    (conversation,) = case_rows("C13.long_talk.json")
    (whole,) = rows([conversation], smol, tokenizer)
    assert len(whole["input_ids"]) == 288
    labels = [IGNORED, *whole["labels"], IGNORED]
    starts = [i for i in range(288) if labels[i] == IGNORED != labels[i + 1]]
    ends = [i for i in range(1, 289) if labels[i] != IGNORED == labels[i + 1]]
    assert list(zip(starts, ends, strict=True)) == [
        (37, 56), (84, 103), (132, 151), (178, 197), (223, 243), (269, 288),
    ]  # fmt: skip
    (kept,) = rows([conversation], smol, tokenizer, cutoff_len=128)
    text = tokenizer.decode(kept["input_ids"])
    assert kept["cut"] == "history"
    assert "Be plain." in text
    assert "Answer 6" in text and "Answer 5" in text and "Question 4" not in text
    (theirs,) = rows([conversation], smol, tokenizer, cutoff_len=128, truncation="llamafactory")
    assert "Answer 2: buoy ferry anchor buoy captain tide crane harbour tide signal captain lighthouse.<|im_end|>" in (
        tokenizer.decode(theirs["input_ids"])
    )
    assert tokenizer.decode(theirs["input_ids"]).endswith("Answer 3: buoy pilot cargo signal ferry")  # 9 of 19 tokens
    assert len(theirs["input_ids"]) == 128


def test_mask_history_spends_the_budget_from_the_end(smol: Template, tokenizer: Tokenizer) -> None:
    (conversation,) = case_rows("C13.long_talk.json")
    options = {"cutoff_len": 128, "truncation": "llamafactory", "mask_history": True}
    (row,) = rows([conversation], smol, tokenizer, **options)
    text = tokenizer.decode(row["input_ids"])
    assert text.endswith(
        "Answer 6: rope buoy crane lighthouse cargo buoy anchor tide crane dock rope captain.<|im_end|>\n"
    )
    assert "Question 1" not in text
    assert tokenizer.decode([i for i in row["labels"] if i != IGNORED]).startswith("Answer 6")


def test_the_middle_of_the_question_goes_first_and_at_most_to_a_quarter(smol: Template, tokenizer: Tokenizer) -> None:
    question = "start " + "x y z " * 100 + "stop"
    (row,) = rows([talk(question, "short answer")], smol, tokenizer, cutoff_len=100)
    text = tokenizer.decode(row["input_ids"])
    assert "start" in text and "stop" in text and "short answer<|im_end|>" in text
    assert 98 <= len(row["input_ids"]) <= 100
    (row,) = rows([talk(question, "one two three " * 100)], smol, tokenizer, cutoff_len=200)
    asked = tokenizer.decode(row["input_ids"]).split("<|im_start|>user\n")[1].split("<|im_end|>")[0]
    assert 48 <= len(tokenizer.encode(asked)) <= 52
    assert row["cut"] == "answer"


def test_turns_after_the_last_trained_answer_go_first(smol: Template, tokenizer: Tokenizer) -> None:
    turns = (
        *talk("Q", "A").turns,
        Turn("user", "later " * 200),
        Turn("assistant", "not trained", trained=False),
    )
    (row,) = rows([Conversation(turns)], smol, tokenizer, cutoff_len=64)
    assert tokenizer.decode([i for i in row["labels"] if i != IGNORED]) == "A<|im_end|>\n"
    assert "later" not in tokenizer.decode(row["input_ids"])


def test_tool_results_of_an_exchange_fall_with_it(smol: Template, tokenizer: Tokenizer) -> None:
    turns = (
        Turn("user", "Stock? " * 30),
        Turn("function", '{"name": "stock", "arguments": {}}'),
        Turn("observation", "4"),
        Turn("assistant", "Four."),
        *talk("Thanks", "Welcome.").turns,
    )
    named = load_template("qwen", MODEL_DIR, tokenizer=tokenizer)
    (row,) = rows([Conversation(turns, system="S")], named, tokenizer, cutoff_len=48)
    text = tokenizer.decode(row["input_ids"])
    assert "tool_response" not in text and "Welcome." in text
    assert row["cut"] == "history"


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 400))
def test_shares_fit_the_budget(source: int, target: int, budget: int) -> None:
    source_len, target_len = llamafactory_lengths(source, target, budget)
    assert 0 <= source_len <= source
    assert 0 <= target_len <= target
    assert source_len + target_len == min(source + target, budget) or (source_len, target_len) != (source, target)
    if source + target <= budget:
        assert (source_len, target_len) == (source, target)
    else:
        assert source_len + target_len <= budget


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ((300, 20, 128), (108, 20)),
        ((20, 300, 128), (20, 108)),
        ((300, 300, 128), (64, 64)),
        ((139, 117, 128), (70, 58)),
    ],
)
def test_shares(sizes: tuple[int, int, int], kept: tuple[int, int]) -> None:
    assert llamafactory_lengths(*sizes) == kept


WORDS = st.text(alphabet="ab 三🙂é1\n<|im_end|>", max_size=120)
TALK = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    exchanges=TALK,
    system=st.none() | WORDS,
    cutoff_len=st.integers(8, 200),
    truncation=st.sampled_from(["tunesmith", "llamafactory"]),
    name=st.sampled_from(["model", "chatml", "glm4", "qwen3", "llama2"]),
    mask_history=st.booleans(),
)
def test_laws(exchanges, system, cutoff_len, truncation, name, mask_history) -> None:
    """Labels are ids or ignored, nothing is longer than cutoff_len, and what fits is the rendered text itself."""
    template = _template(name)
    tokenizer = template.tokenizer
    row = talk(*(text for exchange in exchanges for text in exchange), system=system)
    options = EncodeOptions(cutoff_len=cutoff_len, truncation=truncation, mask_history=mask_history)
    try:
        sequences = Encoder(template, tokenizer, options).row(row)
    except NothingTrainedError:
        return
    for one in sequences:
        assert len(one.input_ids) == len(one.labels) <= cutoff_len
        assert one.trained_tokens > 0
        own = tokenizer.token_id(template.eos_token)
        assert all(label in (IGNORED, i, own) for i, label in zip(one.input_ids, one.labels, strict=True))
    last = sequences[-1]
    if not last.cut and truncation == "tunesmith" and last.full_len == len(last.input_ids):
        closing = template.eos_token if name == "glm4" else ""
        assert tokenizer.decode(last.input_ids) == template.render(row) + closing


_TEMPLATES: dict[str, Template] = {}


def _template(name: str) -> Template:
    if name not in _TEMPLATES:
        _TEMPLATES[name] = load_template(name, MODEL_DIR)
    return _TEMPLATES[name]


@settings(deadline=None)
@given(WORDS, st.integers(1, 60))
def test_cut_text_keeps_its_ends(text: str, keep: int) -> None:
    tokenizer = _template("model").tokenizer
    middle, end = cut_middle(text, keep, tokenizer), cut_end(text, keep, tokenizer)
    assert text.startswith(end)
    head = next(i for i in range(len(middle), -1, -1) if text.startswith(middle[:i]))
    assert text.endswith(middle[head:])


def test_dpo_pairs_share_their_prompt(smol: Template, tokenizer: Tokenizer) -> None:
    row = replace(talk("Q " * 200), chosen=Turn("assistant", "good " * 40), rejected=Turn("assistant", "bad " * 10))
    (pair,) = encode_stage("dpo", [(7, row)], smol, tokenizer, EncodeOptions(cutoff_len=100))
    prompts = [
        [i for i, label in zip(pair[f"{k}_input_ids"], pair[f"{k}_labels"], strict=True) if label == IGNORED]
        for k in ("chosen", "rejected")
    ]
    assert prompts[0] == prompts[1]
    assert len(pair["chosen_input_ids"]) <= 100
    assert pair["row_id"] == 7 and pair["cut"] == "prompt"


def test_rows_of_another_kind_are_told(smol: Template, tokenizer: Tokenizer) -> None:
    told: list[tuple[int, str]] = []

    def tell(row_id: int, problem: Problem) -> None:
        told.append((row_id, problem.code))

    broken = Problem("role-order", "no")
    for stage in ("sft", "dpo", "kto", "pt"):
        assert not list(encode_stage(stage, [(1, talk("only a question")), (2, broken)], smol, tokenizer, None, tell))
    assert told[::2] == [(2, "role-order"), (2, "role-order"), (1, "no-label"), (1, "no-text")] or sorted(
        told
    ) == sorted([(2, "role-order")] * 4 + [(1, "no-answer"), (1, "no-pair"), (1, "no-label"), (1, "no-text")])
    with pytest.raises(KeyError):
        list(encode_stage("nonsense", [], smol, tokenizer))


def test_kto_pairs_a_row_with_the_answer_before_it(smol: Template, tokenizer: Tokenizer) -> None:
    labelled = [(i, replace(talk(f"Q{i}", f"A{i}"), label=i != 1)) for i in range(3)]
    out = list(encode_stage("kto", labelled, smol, tokenizer))
    assert [r["kto_tags"] for r in out] == [True, False, True]
    kl = [tokenizer.decode([i for i in r["kl_labels"] if i != IGNORED]) for r in out]
    assert kl == [f"A{i}<|im_end|>\n" for i in (2, 0, 1)]
    assert all(f"Q{r['row_id']}" in tokenizer.decode(r["kl_input_ids"]) for r in out)


def test_pre_training_joins_texts_and_keeps_a_tail_of_two(smol: Template, tokenizer: Tokenizer) -> None:
    texts = [(i, Conversation(text=t)) for i, t in enumerate(("one two three", "four <|im_end|> five", "six"))]
    joined = [i for _, c in texts for i in [*tokenizer.encode(tokenizer.hide(c.text or "")), 2]]
    blocks = list(encode_stage("pt", texts, smol, tokenizer, EncodeOptions(cutoff_len=5)))
    assert len(joined) % 5 == 1  # the last token alone predicts nothing
    assert [i for b in blocks for i in b["input_ids"]] == joined[:-1]
    longer = list(encode_stage("pt", texts, smol, tokenizer, EncodeOptions(cutoff_len=len(joined) - 2)))
    assert [len(b["input_ids"]) for b in longer] == [len(joined) - 2, 2]
    assert joined.count(2) == 3
    assert all(b["labels"] == b["input_ids"] for b in blocks)
    assert blocks[0]["row_ids"] == [0, 1]
    dropping = list(encode_stage("pt", texts, smol, tokenizer, EncodeOptions(cutoff_len=5, truncation="llamafactory")))
    assert {len(b["input_ids"]) for b in dropping} == {5}
    one_each = list(encode_stage("pt", texts, smol, tokenizer, EncodeOptions(cutoff_len=4, packing=False)))
    assert [b["row_ids"] for b in one_each] == [[0], [1], [2]]


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=40), st.integers(8, 64))
def test_packing_loses_nothing_and_restarts_positions(sizes: list[int], cutoff_len: int) -> None:
    source = [{"row_id": i, "input_ids": [i] * n, "labels": [i] * n} for i, n in enumerate(sizes)]
    packed = list(pack(source, cutoff_len))
    assert sorted(r for p in packed for r in p["row_ids"]) == list(range(len(sizes)))
    for p in packed:
        assert len(p["input_ids"]) == len(p["labels"]) == len(p["position_ids"])
        assert len(p["input_ids"]) <= cutoff_len or len(p["row_ids"]) == 1
        assert p["position_ids"].count(0) == len(p["row_ids"])
        at = 0
        for row_id in p["row_ids"]:
            size = sizes[row_id]
            assert p["input_ids"][at : at + size] == [row_id] * size
            assert p["position_ids"][at : at + size] == list(range(size))
            assert p["labels"][at] == IGNORED
            at += size


def test_a_row_without_an_answer_is_one_sentence(smol: Template, tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match="no answer to train"):
        smol.encode(talk("only a question"), tokenizer)
