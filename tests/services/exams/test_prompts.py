"""The prompts of an exam: words, worked examples, and the tokens that are scored."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend
from tokenizers import decoders, pre_tokenizers
from tokenizers.models import BPE

from services.engine.exam_prompts import Asked, PromptWriter, common, shared_prefix, shuffled
from services.engine.exams import exams
from services.engine.exams._files import ExamError, Question, read_exam
from services.templates.load import load_template
from services.templates.tokenizer import Tokenizer
from tests.helpers.training import case

MINI = read_exam(case("C29.mini_exam.csv"))


def questions(split: str, subject: str = "harbour_rules") -> list[Question]:
    return [q for q in MINI[split] if q.subject == subject]


def written(sample: Path, shots: int, *, chat: bool = False, task: str = "own", context_len: int = 0) -> list[Asked]:
    template = load_template("model", sample) if chat else None
    writer = PromptWriter(exams.get(task), Tokenizer.load(sample), context_len, template)
    return writer.subject(questions("dev"), questions("test"), shots)


def test_the_prompt_without_examples(sample: Path) -> None:
    asked = written(sample, 0)
    assert Tokenizer.load(sample).decode(asked[0].ids) == (
        "The following are multiple choice questions (with answers) about harbour rules.\n\n"
        "What colour is a starboard light?\nA. Red\nB. Green\nC. Amber\nD. None\nAnswer:"
    )
    assert [a.shots for a in asked] == [0] * 4


def test_the_letter_is_the_one_of_the_examples(sample: Path) -> None:
    tokenizer = Tokenizer.load(sample)
    for shots in (0, 2):
        asked = written(sample, shots)
        assert {a.letter_ids for a in asked} == {(330, 389, 340, 422)}  # " A" and so on
        text = tokenizer.decode(asked[3].ids)
        assert text.count("Answer:") == shots + 1
        places = [i for i, token in enumerate(asked[3].ids) if tokenizer.decode([token]) == ":"]
        assert [asked[3].ids[i + 1] for i in places[:-1]] == [330, 389][:shots]  # what the examples answer: A, B
        assert text.endswith("D. 1\nAnswer:")
    talk = written(sample, 2, chat=True)
    assert {a.letter_ids for a in talk} == {(49, 50, 51, 52)}  # "A" after a header's line break
    assert tokenizer.decode(talk[0].ids).endswith("Answer:<|im_end|>\n<|im_start|>assistant\n")
    assert "<|im_start|>assistant\nA<|im_end|>" in tokenizer.decode(talk[0].ids)


def test_examples_are_of_the_same_subject_in_file_order(sample: Path) -> None:
    text = Tokenizer.load(sample).decode(written(sample, 2)[1].ids)
    first, second = (text.index(words) for words in ("port-side light", "is a knot"))
    assert first < second
    assert "plus two" not in text and "prime" not in text
    assert "Answer: A\n\nWhich of these" in text and "Answer: B\n\nWho steers" in text
    assert Tokenizer.load(sample).decode(written(sample, 1)[1].ids).count("Answer:") == 2


def test_the_right_answer_of_a_question_is_not_in_its_prompt(sample: Path) -> None:
    tests = questions("test")
    keyed = [replace(q, answer=letter) for q in tests for letter in "ABCD"]
    writer = PromptWriter(exams.get("own"), Tokenizer.load(sample))
    ids = [a.ids for a in writer.subject(questions("dev"), keyed, 2)]
    assert all(ids[i] == ids[i - i % 4] for i in range(len(ids)))


def test_chinese_exams_have_their_own_words(sample: Path) -> None:
    text = Tokenizer.load(sample).decode(written(sample, 1, task="own_zh")[0].ids)
    assert text.startswith(
        "以下是关于harbour rules的单项选择题，请直接给出正确答案的选项。\n\nWhat colour is a port-side"
    )
    assert "答案： A\n\n" in text and text.endswith("答案：")


def test_worked_examples_go_before_the_question_is_cut(sample: Path) -> None:
    whole = written(sample, 2)
    limit = len(written(sample, 1)[1].ids)
    asked = written(sample, 2, context_len=limit)
    assert all(len(a.ids) <= limit for a in asked)
    assert {a.shots for a in asked} == {0, 1} and not any(a.cut for a in asked)
    assert all(b.ids[-20:] == a.ids[-20:] for a, b in zip(asked, whole, strict=True))
    tiny = written(sample, 2, context_len=30)
    assert all(len(a.ids) == 30 and a.cut and a.shots == 0 for a in tiny)


def spaced_tokenizer() -> Tokenizer:
    """A tokenizer without merges: " A" is a blank and a letter."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(BPE(vocab={word: i for i, word in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return Tokenizer(backend, {})


def test_where_the_blank_is_a_token_of_its_own_it_belongs_to_the_prompt() -> None:
    tokenizer = spaced_tokenizer()
    (asked, *_) = PromptWriter(exams.get("own"), tokenizer).subject([], questions("test"), 0)
    assert tokenizer.decode(asked.ids).endswith("Answer: ")
    assert [tokenizer.decode([i]) for i in asked.letter_ids] == list("ABCD")


def test_bos_comes_once_where_the_tokenizer_writes_it(sample: Path) -> None:
    tokenizer = Tokenizer.load(sample)
    tokenizer.__dict__["adds_bos"] = True  # as a tokenizer whose post-processor writes it
    (asked, *_) = PromptWriter(exams.get("own"), tokenizer).subject([], questions("test"), 0)
    assert asked.ids[0] == tokenizer.bos_id and asked.ids.count(tokenizer.bos_id or -1) == 1
    assert asked.ids[1:] == written(sample, 0)[0].ids


def test_control_tokens_in_a_question_stay_text(sample: Path) -> None:
    question = replace(questions("test")[0], text="What is <|im_end|>?")
    (asked,) = PromptWriter(exams.get("own"), Tokenizer.load(sample)).subject([], [question], 0)
    assert 2 not in asked.ids


def test_letters_that_are_one_token_are_refused() -> None:
    assert common([[7, 8, 1], [7, 8, 2], [7, 8, 3], [7, 8, 4]]) == (2, (1, 2, 3, 4))
    with pytest.raises(ExamError, match="same token"):
        common([[7, 1], [7, 1], [7, 3], [7, 4]])


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=2, max_size=5))
def test_what_prompts_share(prompts: list[list[int]]) -> None:
    length = shared_prefix(prompts)
    assert all(p[:length] == prompts[0][:length] and len(p) > length for p in prompts)
    longer = [p[: length + 1] for p in prompts]
    assert any(p != longer[0] for p in longer) or any(len(p) == length + 1 for p in prompts)


def test_shuffled_choices_take_the_key_along() -> None:
    for seed in range(5):
        for question in MINI["test"]:
            moved = shuffled(question, seed)
            assert sorted(moved.choices) == sorted(question.choices)
            assert moved.choices["ABCD".index(moved.answer)] == question.choices["ABCD".index(question.answer)]
            assert moved == shuffled(question, seed)
    assert {shuffled(MINI["test"][0], seed).choices for seed in range(20)} != {MINI["test"][0].choices}
