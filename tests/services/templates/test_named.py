"""Named templates beyond the record: thoughts, tools, end tokens, files of one's own."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.datasets.conversation import Conversation, Turn
from services.templates import EncodeOptions, TemplateError, Tokenizer, load_template
from services.templates.encode import Encoder
from services.templates.layout import IGNORED, Encoded, Token
from services.templates.model_template import ModelTemplate
from services.templates.named import NamedTemplate, load_slots
from services.templates.slots import Slots
from tests.services.templates.talks import MODEL_DIR, talk

TOOLS = json.dumps([{"name": "stock", "description": "d", "parameters": {"type": "object"}}])
CALL = Turn("function", '{"name": "stock", "arguments": {"item": 1}}')
TOOL_TALK = Conversation(
    (Turn("user", "Stock?"), CALL, Turn("observation", "4"), Turn("assistant", "Four.")), system="S", tools=TOOLS
)
EMPTY = "<think>\n\n</think>\n\n"
THOUGHT = "<think>\nhm\n</think>\n\n"


def trained(row: Encoded, tokenizer: Tokenizer) -> str:
    return tokenizer.decode([i for i in row.labels if i != IGNORED])


def sequences(name: str, row: Conversation, tokenizer: Tokenizer, **options) -> list[tuple[str, str]]:
    """(text, trained text) of each sequence of a row."""
    encoder = Encoder(load_template(name, MODEL_DIR, tokenizer=tokenizer), tokenizer, EncodeOptions(**options))
    return [(tokenizer.decode(r.input_ids), trained(r, tokenizer)) for r in encoder.row(row)]


def test_an_answer_without_a_thought_gets_an_empty_one(tokenizer: Tokenizer) -> None:
    row = talk("A?", "A.")
    (one,) = sequences("qwen3", row, tokenizer)
    assert one == (
        f"<|im_start|>user\nA?<|im_end|>\n<|im_start|>assistant\n{EMPTY}A.<|im_end|>\n",
        f"{EMPTY}A.<|im_end|>\n",
    )
    (off,) = sequences("qwen3", row, tokenizer, enable_thinking=False)
    assert off == (one[0], "A.<|im_end|>\n")
    (nothink,) = sequences("qwen3_nothink", row, tokenizer)
    assert nothink[0] == one[0].replace(EMPTY, "")


def test_a_thought_of_the_row_is_kept_or_taken_out(tokenizer: Tokenizer) -> None:
    inline, apart = (
        talk("A?", f"{THOUGHT}A."),
        Conversation((Turn("user", "A?"), Turn("assistant", "A.", reasoning="hm"))),
    )
    for row in (inline, apart):
        assert sequences("qwen3", row, tokenizer)[0][1] == f"{THOUGHT}A.<|im_end|>\n"
        assert sequences("qwen3", row, tokenizer, enable_thinking=False)[0] == (
            f"<|im_start|>user\nA?<|im_end|>\n<|im_start|>assistant\n{EMPTY}A.<|im_end|>\n",
            "A.<|im_end|>\n",
        )


def test_histories_have_no_thoughts(tokenizer: Tokenizer) -> None:
    row = talk("A?", f"{THOUGHT}A.", "B?", "B.")
    first, second = sequences("qwen3", row, tokenizer)
    assert first[1] == f"{THOUGHT}A.<|im_end|>\n"
    assert THOUGHT not in second[0]
    assert second[1] == f"{EMPTY}B.<|im_end|>\n"
    (peer,) = sequences("qwen3", row, tokenizer, truncation="llamafactory")  # keeps them, in one sequence
    assert peer[1] == f"{THOUGHT}A.<|im_end|>\n{EMPTY}B.<|im_end|>\n"


@pytest.mark.parametrize("truncation", ["tunesmith", "llamafactory"])
def test_an_end_token_that_comes_once(truncation: str, tokenizer: Tokenizer) -> None:
    """The label at the first token of each later question is the end token that the text leaves out."""
    template = load_template("glm4", MODEL_DIR, tokenizer=tokenizer)
    row = template.encode(talk("a", "b", "c", "d"), tokenizer, EncodeOptions(truncation=truncation))  # type: ignore[arg-type]
    source = [tokenizer.encode(t) for t in ("[gMASK]<sop>", "<|user|>\na<|assistant|>")]
    start = [i for ids in source for i in ids]
    answer, question, last = (tokenizer.encode(t) for t in ("\nb", "<|user|>\nc<|assistant|>", "\nd"))
    assert row.input_ids == [*start, *answer, *question, *last, 2]
    ignored = [IGNORED] * len(question)
    assert row.labels == [*[IGNORED] * len(start), *answer, 2, *ignored[1:], *last, 2]
    whole = row.full_len
    cut = template.encode(
        talk("a", "b", "c", "d" * 90), tokenizer, EncodeOptions(cutoff_len=whole, truncation=truncation)
    )  # type: ignore[arg-type]
    assert len(cut.input_ids) <= whole
    assert cut.input_ids[-1] == cut.labels[-1] == 2


@pytest.mark.parametrize("name", ["qwen", "llama3", "mistral", "glm4", "chatml", "chatglm3", "qwen3"])
def test_tools_and_calls(name: str, tokenizer: Tokenizer) -> None:
    template = load_template(name, MODEL_DIR, tokenizer=tokenizer)
    text = template.render(TOOL_TALK)
    assert '"description": "d"' in text
    assert text.count("stock") == 3 or text.count("stock") == 2
    assert "Four." in text and "4" in text
    shipped = ModelTemplate(template.chat_template(), tokenizer)
    assert shipped.render(TOOL_TALK) == text
    two = Turn(
        "function", "Both.", tool_calls=tuple({"function": {"name": n, "arguments": '{"x": "é"}'}} for n in "ab")
    )
    both = Conversation((Turn("user", "?"), two), tools=TOOLS)
    assert shipped.render(both) == template.render(both)
    assert "Both.\n" in template.render(both) and "é" in template.render(both)


def test_qwen_calls_read_as_its_models_write_them(tokenizer: Tokenizer) -> None:
    rendered = load_template("qwen", MODEL_DIR, tokenizer=tokenizer).render(TOOL_TALK)
    assert (
        '<|im_start|>assistant\n<tool_call>\n{"name": "stock", "arguments": {"item": 1}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\n4\n</tool_response><|im_end|>\n<|im_start|>assistant\nFour.<|im_end|>\n"
    ) in rendered


def test_generation_prompt_ids_are_those_of_training(tokenizer: Tokenizer) -> None:
    for name in ("chatml", "llama2", "glm4", "qwen3", "seed_coder", "default"):
        template = load_template(name, MODEL_DIR, tokenizer=tokenizer)
        row = talk("Hi", "Hello.", "2 + 2 <|im_end|>?", "4")
        for thinking in (None, False):
            options = EncodeOptions(enable_thinking=thinking)
            ids = template.encode(row, tokenizer, options).input_ids
            prompt = template.prompt_ids(Conversation(row.turns[:-1]), tokenizer, enable_thinking=thinking)
            assert ids[: len(prompt)] == prompt


def test_stop_words(tokenizer: Tokenizer) -> None:
    chatml = load_template("chatml", MODEL_DIR, tokenizer=tokenizer)
    assert chatml.stop_words == ["<|im_end|>", "<|im_start|>"]
    assert chatml.eos_token == "<|im_end|>"
    llama = load_template("llama3", MODEL_DIR, tokenizer=tokenizer)
    assert isinstance(llama, NamedTemplate)
    assert llama.missing_tokens == ["<|eot_id|>", "<|eom_id|>"]
    assert (llama.eos_token, llama.text_end) == ("<|eot_id|>", "<|end_of_text|>")


def test_a_system_text_in_the_first_question(tokenizer: Tokenizer) -> None:
    template = load_template("gemma", MODEL_DIR, tokenizer=tokenizer)
    row = talk("Hi", "Hello.", "Bye", "Bye.", system="Be short.")
    assert "<start_of_turn>user\nBe short.\n\nHi<end_of_turn>" in template.render(row)
    assert ModelTemplate(template.chat_template(), tokenizer).render(row) == template.render(row)
    assert ModelTemplate(template.chat_template(), tokenizer).stop_words == ["<|im_end|>"]


def test_a_new_template_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer: Tokenizer) -> None:
    from services import resources
    from services.templates import template_names

    folder = tmp_path / "templates"
    (folder / "tools").mkdir(parents=True)
    original = resources.resource("templates", "tools", "default.jinja")
    (folder / "tools" / "default.jinja").write_bytes(original.read_bytes())
    (folder / "harbour.yaml").write_text(
        'title: "Harbour"\nuser: "[ship] {{content}}\\n"\ngeneration: "[quay] "\n'
        'assistant: ["{{content}}", {token: eos_token}]\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(resources, "_ROOT", tmp_path)
    assert template_names() == ["harbour"]
    template = load_template("harbour", MODEL_DIR, tokenizer=tokenizer)
    assert template.render(talk("Ahoy", "Come in.")) == "[ship] Ahoy\n[quay] Come in.<|im_end|>"
    assert trained(template.encode(talk("Ahoy", "Come in."), tokenizer), tokenizer) == "Come in.<|im_end|>"
    assert ModelTemplate(template.chat_template(), tokenizer).render(talk("Ahoy"), True) == "[ship] Ahoy\n[quay] "


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a", "no mapping"),
        ("titel: x", "unknown key 'titel'"),
        ('user: "no place"', "user must hold {{content}} once"),
        ("user: [3]", "a piece is a text or"),
        ("efficient_eos: maybe", "efficient_eos must be of type bool"),
        ("replace_eos: true", "replace_eos needs a stop word"),
        ('thought_words: ["<t>"]', "thought_words are two"),
        ("user: [", "line"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError, match=reason.replace("{", r"\{")) as caught:
        load_slots(path)
    assert "broken.yaml" in caught.value.sentence


def test_slots_fall_back_on_others() -> None:
    slots = Slots.parse('user: "U {{content}}"\nassistant: ["{{content}}", {token: "<x>"}]')
    assert slots.observation == slots.user
    assert slots.function == slots.assistant == ("{{content}}", Token("<x>"))


def test_an_end_token_that_the_model_lacks_is_one_sentence(tokenizer: Tokenizer) -> None:
    template = load_template("glm4", MODEL_DIR, tokenizer=tokenizer)
    assert isinstance(template, NamedTemplate)
    lacking = NamedTemplate("glm4", replace(template.slots, stop_words=("<|nowhere|>",), replace_eos=True), tokenizer)
    with pytest.raises(TemplateError, match="end token"):
        lacking.encode(talk("a", "b"), tokenizer)
