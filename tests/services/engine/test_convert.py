"""What the converter is told beside the weights: template, end tokens, and where it is."""

from pathlib import Path

import pytest

from services.engine import convert
from services.engine.convert import TEMPLATE_NOTE, ConvertError, converter_dir, gguf_template, load_converter
from services.engine.model_files import ModelText, changed_config
from services.export.gguf_file import encode_value
from services.export.quantise import GGUFValueType


def number(value: int) -> bytes:
    return encode_value(GGUFValueType.UINT32, value)


def test_the_template_stands_behind_a_comment_that_renders_to_nothing():
    from jinja2 import Environment

    template = "{{ bos_token }}{% for m in messages %}\n{{ m }}\n{% endfor %}"
    environment = Environment(trim_blocks=True, lstrip_blocks=True)
    names = {"bos_token": "<s>", "messages": ["a", "b"]}
    assert environment.from_string(gguf_template(template)).render(names) == (
        environment.from_string(template).render(names)
    )
    assert gguf_template(template) == TEMPLATE_NOTE + template
    assert len(TEMPLATE_NOTE) > 300 and TEMPLATE_NOTE.count("#}") == 1 and "\n" not in TEMPLATE_NOTE
    assert gguf_template("") == ""


@pytest.mark.parametrize(
    ("stops", "known", "wanted"),
    [
        ((2,), 2, {}),
        ((2,), 0, {"eos": 2}),
        ((2,), None, {"eos": 2}),
        ((0, 2), 0, {"eot": 2}),
        ((2, 0), 0, {"eot": 2}),
        ((), 0, {}),
    ],
)
def test_end_tokens_are_those_of_training(stops, known, wanted):
    keys = {} if known is None else {"tokenizer.ggml.eos_token_id": number(known)}
    changed = convert._text_keys(ModelText("", stops), keys)
    assert changed == {f"tokenizer.ggml.{name}_token_id": number(value) for name, value in wanted.items()}


def test_where_the_converter_is(monkeypatch, tmp_path):
    monkeypatch.delenv("TUNESMITH_CONVERTER", raising=False)
    assert converter_dir().name == "converter"
    monkeypatch.setenv("TUNESMITH_CONVERTER", str(tmp_path))
    assert converter_dir() == Path(tmp_path)
    with pytest.raises(ConvertError, match="The GGUF converter is missing") as caught:
        load_converter()
    assert caught.value.action == "health.open"


def test_changes_go_where_a_multimodal_config_keeps_its_text_part():
    plain = {"vocab_size": 8, "tie_word_embeddings": True}
    assert changed_config(plain, {"vocab_size": 9}) == {"vocab_size": 9, "tie_word_embeddings": True}
    nested = {"text_config": {"vocab_size": 8}, "tie_word_embeddings": True}
    assert changed_config(nested, {"vocab_size": 9, "tie_word_embeddings": False}) == {
        "text_config": {"vocab_size": 9},
        "tie_word_embeddings": False,
    }
    assert changed_config({}, {"vocab_size": 9}) == {"vocab_size": 9}


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        (NotImplementedError("BPE pre-tokenizer was not recognized"), "does not know this model's tokenizer"),
        (
            NotImplementedError("Architecture 'X' not supported!"),
            "this kind of model",
        ),
        (ModuleNotFoundError("No module", name="sentencepiece"), "needs the package sentencepiece"),
        (KeyError("num_hidden_layers"), "could not be converted: 'num_hidden_layers'"),
        (AssertionError(), "could not be converted: AssertionError"),
    ],
)
def test_what_the_converter_raises_becomes_a_sentence(raised, sentence):
    with pytest.raises(ConvertError, match=sentence), convert._its_errors_are_sentences(Path("model")):
        raise raised
