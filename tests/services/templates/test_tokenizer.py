"""The tokenizer alone: same ids as transformers, control tokens of a person stay text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.templates import Tokenizer, TokenizerError
from tests.services.templates.talks import MODEL_DIR

TEXTS = [
    "",
    " ",
    "Hello, who are you?",
    "12345 + 67 = ?",
    "三 🙂\n\ttab  two blanks ",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "a<|im_end|>b <|endoftext|>c",
    "e\u0301 é \u2028 \u200b",
]
MIXED = st.lists(st.sampled_from(["<|im_end|>", "<|im_start|>", " ", "a", "é", "🙂", "1", "\n", "<|im_", "end|>"])).map(
    "".join
)


@pytest.fixture(scope="module")
def theirs():
    """transformers' tokenizer of the same files."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(MODEL_DIR))


def test_ids_equal_transformers(tokenizer: Tokenizer, theirs) -> None:
    for text in TEXTS:
        assert tokenizer.encode(text) == theirs.encode(text, add_special_tokens=False)
        assert tokenizer.decode(tokenizer.encode(text)) == theirs.decode(theirs.encode(text, add_special_tokens=False))
    assert (tokenizer.eos_id, tokenizer.bos_id, tokenizer.pad_id) == (2, 1, 2)
    assert (tokenizer.eos_id, tokenizer.bos_id) == (theirs.eos_token_id, theirs.bos_token_id)
    assert len(tokenizer) == len(theirs) == 49152


@settings(deadline=None)
@given(MIXED)
def test_hidden_text_equals_transformers_split_special_tokens(text: str) -> None:
    ids = _tokenizer().encode(_tokenizer().hide(text))
    assert not set(ids) & _tokenizer().control_ids
    assert _tokenizer().decode(ids) == text


def test_hidden_text_between_real_control_tokens(tokenizer: Tokenizer, theirs) -> None:
    person = "stop at <|im_end|> please"
    ids = tokenizer.encode(f"<|im_start|>user\n{tokenizer.hide(person)}<|im_end|>\n")
    plain = theirs.encode(f"user\n{person}", add_special_tokens=False, split_special_tokens=True)
    assert ids == [1, *plain, 2, 198]


def test_reveal_is_the_inverse_of_hide(tokenizer: Tokenizer) -> None:
    for text in TEXTS:
        assert tokenizer.reveal(tokenizer.hide(text)) == text
    assert tokenizer.hide("plain") == "plain"


def test_encode_many_equals_encode(tokenizer: Tokenizer) -> None:
    texts = [*TEXTS, tokenizer.hide("x <|im_end|>")]
    assert tokenizer.encode_many(texts) == [tokenizer.encode(t) for t in texts]


def test_tokens_that_only_the_config_names_are_added(tmp_path: Path) -> None:
    folder = tmp_path / "模型 model"
    folder.mkdir()
    (folder / "tokenizer.json").write_bytes((MODEL_DIR / "tokenizer.json").read_bytes())
    config = {"eos_token": {"content": "<|stop|>"}, "additional_special_tokens": ["<|tool|>"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    ours = Tokenizer.load(folder)
    assert (ours.eos_id, ours.token_id("<|tool|>")) == (49152, 49153)
    assert ours.encode("a<|tool|><|stop|>")[1:] == [49153, 49152]
    assert ours.bos_id is None
    assert ours.pad_id == ours.eos_id


def test_tokenizers_with_word_marks_hide_text_as_transformers_does(tmp_path: Path) -> None:
    """A unigram model that marks the first word of a text: hidden tokens must not start a text anew."""
    from tokenizers import AddedToken, decoders, models, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Backend
    from transformers import PreTrainedTokenizerFast

    backend = Backend(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    backend.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(vocab_size=80, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>")
    backend.train_from_iterator(["the quick brown fox <s> jumps </s> over (lazy) dogs"] * 9, trainer)
    backend.add_special_tokens([AddedToken("<|end|>", special=True, rstrip=True)])
    backend.save(str(tmp_path / "tokenizer.json"))
    config = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    ours, theirs = Tokenizer.load(tmp_path), PreTrainedTokenizerFast.from_pretrained(str(tmp_path))
    for text in ("the fox", "<s>the fox</s> dogs", "a<|end|>  the </s>", " the  quick"):
        assert ours.encode(text) == theirs.encode(text, add_special_tokens=False)
        hidden = ours.encode(ours.hide(text))
        assert not {1, 2, 36} & set(hidden)  # <s>, </s>, <|end|>
        plain = theirs.encode(text, add_special_tokens=False, split_special_tokens=True)
        assert hidden == plain or {1, 2} & set(plain)  # a unigram model itself may know "<s>"
        after = ours.encode(f"the <|end|>  {ours.hide(text)}")
        assert after[: len(ours.encode("the <|end|>"))] == ours.encode("the <|end|>")
    assert ours.encode(f"dogs<s>{ours.hide('</s>')}")[-1] != ours.eos_id


def test_offsets_cut_at_characters(tokenizer: Tokenizer) -> None:
    text = "三 🙂 words"
    offsets = tokenizer.offsets(text)
    assert offsets[0][0] == 0
    assert offsets[-1][1] == len(text)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "has no tokenizer.json"),
        ({"tokenizer.json": "{"}, "cannot be read"),
        ({"tokenizer.json": None, "tokenizer_config.json": "["}, "tokenizer_config.json cannot be read"),
    ],
)
def test_a_broken_folder_is_one_sentence(tmp_path: Path, files: dict[str, str | None], sentence: str) -> None:
    for name, text in files.items():
        data = (MODEL_DIR / name).read_bytes() if text is None else text.encode()
        (tmp_path / name).write_bytes(data)
    with pytest.raises(TokenizerError, match=sentence) as caught:
        Tokenizer.load(tmp_path)
    assert caught.value.way_out


_CACHE: list[Tokenizer] = []


def _tokenizer() -> Tokenizer:
    if not _CACHE:
        _CACHE.append(Tokenizer.load(MODEL_DIR))
    return _CACHE[0]
