"""LLaMA-Factory's own ids, labels and pieces, recorded once, must come out."""

import json
from dataclasses import replace

import pytest

from services.datasets.conversation import Conversation
from services.templates import EncodeOptions, Tokenizer, encode_stage, load_template, template_names
from services.templates.messages import messages_of
from services.templates.model_template import ModelTemplate
from services.templates.named import NamedTemplate
from tests.services.templates.talks import GOLD, MODEL_DIR, demo, gold, talk

TEMPLATES = json.loads((GOLD / "templates.json").read_text(encoding="utf-8"))
PROBES = {
    "one": talk("Hello, who are you?", "I am a model."),
    "system": talk("Hello", "Hi.", system="Be short."),
    "three": talk("One", "1", "Two\nlines", "2", "三 🙂", "3"),
}


def named(name: str, tokenizer: Tokenizer) -> NamedTemplate:
    template = load_template(name, MODEL_DIR, tokenizer=tokenizer)
    assert isinstance(template, NamedTemplate)
    return template


def test_all_named_templates_are_there() -> None:
    assert len(TEMPLATES) == 48
    assert set(template_names()) >= set(TEMPLATES)


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_pieces(name: str, tokenizer: Tokenizer) -> None:
    template, facts = named(name, tokenizer), TEMPLATES[name]
    slots = template.slots
    assert slots.default_system == facts["default_system"]
    assert list(slots.stop_words) == facts["stop_words"]
    assert (slots.efficient_eos, slots.replace_eos) == (facts["efficient_eos"], facts["replace_eos"])
    if facts["kind"] == "ReasoningTemplate":
        assert list(slots.thought_words) == facts["thought_words"]
        template = NamedTemplate(name, replace(slots, thought_words=()), tokenizer)  # the record has no thoughts in it
    for probe, conversation in PROBES.items():
        parts = template.parts(conversation, str)
        pieces = [[p if isinstance(p, str) else {"token": p.name} for p in part.pieces] for part in parts]
        assert pieces == [turn["text"] for turn in facts["probes"][probe]]
        roles = ["assistant" if part.answer else "user" for part in parts]
        assert roles == [turn["role"] for turn in facts["probes"][probe]]


@pytest.mark.parametrize("name", list(TEMPLATES))
@pytest.mark.parametrize("thinking", [None, False])
def test_the_jinja_text_renders_the_same(name: str, thinking: bool | None, tokenizer: Tokenizer) -> None:
    template = named(name, tokenizer)
    shipped = ModelTemplate(template.chat_template(), tokenizer)
    blank = talk(" it's \\n {{ x }}\n", "'quotes' \"too\" {% raw %}")
    for conversation in [*PROBES.values(), blank]:
        prompt = Conversation(conversation.turns[:-1], conversation.system)
        assert shipped.render(conversation) == template.render(conversation)
        assert shipped.render(prompt, True, enable_thinking=thinking) == template.render(
            prompt, True, enable_thinking=thinking
        )
        assert messages_of(conversation)  # what was compared had messages


@pytest.mark.parametrize(
    "name",
    [
        "identity.sft.smollm2.2048",
        "alpaca_en_demo.sft.smollm2.96",
        "dpo_en_demo.dpo.smollm2.128",
        "kto_en_demo.kto.smollm2.128",
        "c4_demo.pt.smollm2.256",
    ],
)
def test_encoding(name: str, tokenizer: Tokenizer) -> None:
    dataset, stage, template, cutoff = name.split(".")
    expected = gold(name)
    conversations = demo(f"{dataset}.jsonl" if stage == "pt" else f"{dataset}.json")
    options = EncodeOptions(cutoff_len=int(cutoff), truncation="llamafactory")
    problems: list[int] = []
    rows = list(
        encode_stage(
            stage,
            enumerate(conversations),
            named(template, tokenizer),
            tokenizer,
            options,
            lambda row_id, problem: problems.append(row_id),
        )
    )
    keys = [k for k in expected[0] if k.endswith(("input_ids", "labels", "kto_tags")) and ":" not in k]
    assert not problems
    assert len(rows) == len(expected) > 40
    assert len(keys) == {"sft": 2, "dpo": 4, "kto": 5, "pt": 1}[stage]
    for row, wanted in zip(rows, expected, strict=True):
        assert {k: row[k] for k in keys} == {k: wanted[k] for k in keys}
