"""The model's own Jinja: the text is transformers' text, the mask begins where the prompt ends."""

import json
from pathlib import Path

import pytest

from services.datasets.conversation import Conversation, Turn
from services.templates import EncodeOptions, Template, TemplateError, Tokenizer, encode_stage, load_template
from services.templates.encode import Encoder
from services.templates.layout import IGNORED
from services.templates.messages import conversation_of, messages_of, tools_of
from tests.services.templates.talks import BRACKETS, CASES, MODEL_DIR, THINKING, case_template, jinja, talk

TOOL = {"type": "function", "function": {"name": "stock", "description": "库存", "parameters": {"type": "object"}}}
CALL = {"id": "a", "type": "function", "function": {"name": "stock", "arguments": '{"item": 11, "note": "é"}'}}
TALKS = [
    talk("Tea?"),
    talk("Tea?", "Yes."),
    talk("Tea?", "Yes.", "Milk?", "No.", system="Be brief."),
    talk(" blanks \n", "三 🙂\n\n", "{{ x }} {% raw %}", "<b>&amp;'\"</b>"),
]
TOOL_TALK = Conversation(
    (
        Turn("user", "Stock?"),
        Turn("function", "I look.", tool_calls=(CALL,)),
        Turn("observation", "4", tool_call_id="a"),
        Turn("assistant", "Four.", reasoning="4 is four"),
    ),
    tools=json.dumps([TOOL["function"]]),
)


@pytest.fixture(scope="module")
def theirs():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(MODEL_DIR))


@pytest.mark.parametrize("source", ["smol", "C21", "thinking", "brackets", "extras", "trimmed"])
def test_text_equals_transformers(source: str, theirs, tokenizer: Tokenizer) -> None:
    texts = {
        "smol": (MODEL_DIR / "chat_template.jinja").read_text(encoding="utf-8"),
        "C21": (CASES / "C21.template.jinja").read_text(encoding="utf-8"),
        "thinking": THINKING,
        "brackets": BRACKETS,
        "extras": (CASES / "C26.extras.jinja").read_text(encoding="utf-8"),
        "trimmed": "  {% for m in messages %}\n    {% if loop.first %}{% continue %}{% endif %}\n{{ m | tojson }}\n"
        "{% endfor %}\n{{ tools | tojson(indent=2) }}\n",
    }
    template = jinja(texts[source], tokenizer)
    talks = [t for t in TALKS if not (source == "brackets" and t.system)]
    for conversation in [*talks, *([TOOL_TALK] if source == "thinking" else [])]:
        for prompt in (False, True):
            text = theirs.apply_chat_template(
                messages_of(conversation),
                tools=tools_of(conversation),
                chat_template=texts[source],
                add_generation_prompt=prompt,
                tokenize=False,
            )
            assert template.render(conversation, add_generation_prompt=prompt) == text


def test_c21_renders_what_ollama_must_render(smol: Template, tokenizer: Tokenizer) -> None:
    talks = [conversation_of(m) for m in json.loads((CASES / "C21.conversations.json").read_text(encoding="utf-8"))]
    system = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    own = f"{system}<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n"
    assert smol.render(talks[0], True) == own
    template = case_template("C21.template.jinja", tokenizer)
    assert [template.render(t, True) for t in talks[:3]] == [
        "[[asks]] Tea?\n[[says]] ",
        "[[note]] Be brief.\n[[asks]] Tea?\n[[says]] ",
        "[[asks]] Tea?\n[[says]] Yes.<|im_end|>\n[[asks]] Milk?\n[[says]] ",
    ]
    fourth = template.render(talks[3], True)
    assert all(text in fourth for text in ("{{ braces }}", "{{ .Prompt }}", "{% raw %}"))
    assert smol.stop_words == template.stop_words == ["<|im_end|>"]


def spans(conversation: Conversation, template: Template, tokenizer: Tokenizer, **options) -> list[str]:
    """Decoded trained spans of a row's last sequence."""
    row = template.encode(conversation, tokenizer, EncodeOptions(**options))
    assert len(row.input_ids) == len(row.labels)
    texts, run = [], []
    for i, label in zip([*row.input_ids, 0], [*row.labels, IGNORED], strict=True):
        if label != IGNORED:
            assert label == i
            run.append(i)
        elif run:
            texts.append(tokenizer.decode(run))
            run = []
    return texts


def test_what_is_trained(smol: Template, tokenizer: Tokenizer) -> None:
    row = talk("Hi", "Hello.", "2 + 2?", "4")
    assert spans(row, smol, tokenizer) == ["Hello.<|im_end|>\n", "4<|im_end|>\n"]
    assert spans(row, smol, tokenizer, mask_history=True) == ["4<|im_end|>\n"]
    whole = smol.render(row)
    assert spans(row, smol, tokenizer, train_on_prompt=True) == [whole]
    assert smol.encode(row, tokenizer, EncodeOptions(train_on_prompt=True)).input_ids == tokenizer.encode(whole)


def test_an_answer_that_the_row_excludes_is_not_trained(smol: Template, tokenizer: Tokenizer) -> None:
    row = Conversation(
        (Turn("user", "Stock?"), Turn("assistant", "100.", trained=False), Turn("user", "No."), Turn("assistant", "4."))
    )
    assert spans(row, smol, tokenizer) == ["4.<|im_end|>\n"]
    assert spans(row, smol, tokenizer, truncation="llamafactory") == ["4.<|im_end|>\n"]


def test_text_and_call_of_a_turn_are_both_trained(tokenizer: Tokenizer) -> None:
    (function, answer) = spans(TOOL_TALK, jinja(THINKING, tokenizer), tokenizer)
    assert function.endswith(
        'I look.<tool_call>\n{"name": "stock", "arguments": {"item": 11, "note": "é"}}\n</tool_call><|im_end|>\n'
    )
    assert answer == "<think>\n4 is four\n</think>\n\nFour.<|im_end|>\n"


def test_a_thought_goes_into_the_text_where_the_template_has_no_place_for_it(
    smol: Template, tokenizer: Tokenizer
) -> None:
    row = Conversation((Turn("user", "2 + 2?"), Turn("assistant", "4", reasoning="easy")))
    assert spans(row, smol, tokenizer) == ["<think>\neasy\n</think>\n\n4<|im_end|>\n"]


def test_a_history_without_thoughts_makes_sequences_of_their_own(tokenizer: Tokenizer) -> None:
    template = jinja(THINKING, tokenizer)
    row = talk("A?", "<think>\na\n</think>\n\nA.", "B?", "<think>\nb\n</think>\n\nB.")
    first, second = Encoder(template, tokenizer, EncodeOptions()).row(row)
    assert tokenizer.decode(first.input_ids) == template.render(talk("A?", "<think>\na\n</think>\n\nA."))
    assert tokenizer.decode([i for i in first.labels if i != IGNORED]) == "<think>\na\n</think>\n\nA.<|im_end|>\n"
    assert tokenizer.decode(second.input_ids) == template.render(row)
    assert "a\n</think>" not in template.render(row)
    assert tokenizer.decode([i for i in second.labels if i != IGNORED]) == "<think>\nb\n</think>\n\nB.<|im_end|>\n"


def test_thinking_switched_off_belongs_to_the_prompt(tokenizer: Tokenizer) -> None:
    template = jinja(THINKING, tokenizer)
    assert spans(talk("A?", "A."), template, tokenizer) == ["<think>\n\n</think>\n\nA.<|im_end|>\n"]
    assert spans(talk("A?", "A."), template, tokenizer, enable_thinking=False) == ["A.<|im_end|>\n"]


def test_the_generation_tag_says_what_is_trained(tokenizer: Tokenizer) -> None:
    template = case_template("C26.extras.jinja", tokenizer)
    assert spans(talk("One", "Two"), template, tokenizer) == ["[A]Two[/A]"]
    assert spans(talk("One", "Two"), template, tokenizer, generation_tag=False) == ["Two[/A]"]
    assert spans(talk("1", "2", "3", "4"), template, tokenizer, mask_history=True) == ["[A]4[/A]"]
    split = jinja(
        "{% for m in messages %}{% if m.role == 'user' %}<{{ m.content }}>{% else %}"
        "{% generation %}{{ m.content }}{% endgeneration %}|{% generation %}!{% endgeneration %};"
        "{% endif %}{% endfor %}",
        tokenizer,
    )
    assert spans(talk("1", "2", "3", "4"), split, tokenizer) == ["2", "!", "4", "!"]
    assert spans(talk("1", "2", "3", "4"), split, tokenizer, mask_history=True) == ["4", "!"]


def test_control_tokens_of_a_person_stay_text(smol: Template, tokenizer: Tokenizer) -> None:
    row = talk("What is <|im_start|>?", "It ends with <|im_end|>, see?")
    encoded = smol.encode(row, tokenizer)
    assert encoded.input_ids.count(1) == 3  # system, user, assistant: the template's own
    assert encoded.input_ids.count(2) == 3
    assert tokenizer.decode(encoded.input_ids) == smol.render(row)
    assert spans(row, smol, tokenizer) == ["It ends with <|im_end|>, see?<|im_end|>\n"]
    assert smol.prompt_ids(talk("What is <|im_start|>?"), tokenizer).count(1) == 3
    as_there = smol.encode(row, tokenizer, EncodeOptions(truncation="llamafactory"))
    assert as_there.input_ids.count(1) == 4


def test_a_template_that_mangles_a_control_token_leaves_the_row_out(tokenizer: Tokenizer) -> None:
    mangling = "{% for m in messages %}{{ m.content | tojson(ensure_ascii=true) }}<|im_end|>{% endfor %}"
    template, problems = jinja(mangling, tokenizer), {}
    rows = list(enumerate([talk("a", "b"), talk("a", "<|im_end|>")]))
    kept = list(encode_stage("sft", rows, template, tokenizer, None, problems.__setitem__))
    assert [row["row_id"] for row in kept] == [0]
    assert problems[1].code == "template"
    assert "spells a control token" in problems[1].sentence


def test_the_prompt_of_training_is_the_prompt_of_inference(smol: Template, tokenizer: Tokenizer) -> None:
    for row in (talk("Hi", "Hello."), talk("Hi", "Hello.", "2 + 2?", "4", system="Be plain.")):
        encoded = smol.encode(row, tokenizer)
        prompt = Conversation(row.turns[:-1], row.system)
        ids = smol.prompt_ids(prompt, tokenizer)
        assert encoded.input_ids[: len(ids)] == ids
        messages = messages_of(prompt)
        assert tokenizer.encode(smol.render_messages(messages)) == ids


def test_an_end_mark_that_is_written_before_the_next_turn_belongs_to_the_answer(tokenizer: Tokenizer) -> None:
    template = jinja(
        "{% for m in messages %}{% if not loop.first and m.role == 'user' %}{{ eos_token }}{% endif %}"
        "[{{ m.role }}] {{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}",
        tokenizer,
    )
    assert spans(talk("a", "b", "c", "d"), template, tokenizer) == ["b<|im_end|>", "d"]


def test_half_a_surrogate_does_not_stop_a_run(smol: Template, tokenizer: Tokenizer) -> None:
    row = talk("a \ud83d b", "c \udc00")
    assert spans(row, smol, tokenizer) == ["c \ufffd<|im_end|>\n"]
    chatml = load_template("chatml", MODEL_DIR, tokenizer=tokenizer)
    assert spans(row, chatml, tokenizer, cutoff_len=30) == ["c \ufffd<|im_end|>\n"]


def test_bos_comes_once(tokenizer: Tokenizer) -> None:
    template = jinja(BRACKETS, tokenizer)  # this tokenizer's BOS is <|im_start|>
    assert template.encode(talk("a", "b"), tokenizer).input_ids.count(tokenizer.bos_id) == 1


def test_where_templates_are_found(tmp_path: Path, tokenizer: Tokenizer) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((MODEL_DIR / name).read_bytes())
    with pytest.raises(TemplateError, match="no chat template") as caught:
        load_template("", tmp_path)
    assert "chatml" in caught.value.way_out
    with pytest.raises(TemplateError, match="no template called nonsense"):
        load_template("nonsense", tmp_path)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    two = [{"name": "default", "template": "D{{ messages | length }}"}, {"name": "tool_use", "template": "T"}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**config, "chat_template": two}), encoding="utf-8")
    template = load_template("model", tmp_path)
    assert template.render(talk("a")) == "D1"
    assert template.render(TOOL_TALK) == "T"
    (tmp_path / "chat_template.jinja").write_bytes(b"file\r\n{{ messages[0].content }}")
    assert load_template("model", tmp_path).render(talk("a")) == "file\na"
    assert load_template(str(tmp_path / "chat_template.jinja"), tmp_path).chat_template().startswith("file\r\n")


def test_stop_tokens_come_from_every_place_that_names_them(tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((MODEL_DIR / name).read_bytes())
    (tmp_path / "chat_template.jinja").write_text(
        "{% for m in messages %}{{ m.content }}<file_sep>{% endfor %}", encoding="utf-8"
    )
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [0, 2]}', encoding="utf-8")
    assert load_template("model", tmp_path).stop_words == ["<|im_end|>", "<file_sep>", "<|endoftext|>"]


def test_tools_that_are_no_json_are_one_sentence(smol: Template, tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match="tools of this row"):
        smol.encode(Conversation(talk("a", "b").turns, tools="[not json"), tokenizer)
