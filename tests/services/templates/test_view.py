"""What the window shows of a row, and what it says about a template."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.templates import EncodeOptions, Template, TemplateError, Tokenizer, load_template
from services.templates.findings import template_findings, whole_difference
from services.templates.layout import IGNORED
from services.templates.view import token_sequences, token_texts, token_view
from tests.services.templates.talks import BRACKETS, MODEL_DIR, THINKING, case_rows, case_template, jinja, talk


def test_the_view_is_what_training_gets(smol: Template, tokenizer: Tokenizer) -> None:
    row = talk("Say <|im_end|> 三", "🙂 yes", "Again", "é")
    pieces = token_view(row, smol, tokenizer, EncodeOptions())
    encoded = smol.encode(row, tokenizer)
    assert [p.id for p in pieces] == encoded.input_ids
    assert [p.trained for p in pieces] == [label != IGNORED for label in encoded.labels]
    assert "".join(p.text for p in pieces) == smol.render(row)
    assert {p.text for p in pieces if p.kind == "control"} == {"<|im_start|>", "<|im_end|>"}
    assert sum(p.kind == "control" for p in pieces) == 10
    assert not any(p.cut for p in pieces)


def test_what_is_cut_stays_in_its_place(smol: Template, tokenizer: Tokenizer) -> None:
    rows = case_rows("C13.cutoff.json")
    pieces = token_view(rows[0], smol, tokenizer, EncodeOptions(cutoff_len=128))
    assert sum(not p.cut for p in pieces) == 128
    assert sum(p.cut for p in pieces) == 219 - 128
    assert "".join(p.text for p in pieces) == smol.render(rows[0])
    assert not any(p.cut and p.trained for p in pieces)
    first_cut = next(i for i, p in enumerate(pieces) if p.cut)
    assert 20 < first_cut < 120  # the middle of the question
    (sequence,) = token_sequences(rows[3], smol, tokenizer, EncodeOptions(cutoff_len=128))
    assert (sequence.cut, sequence.full_len, sequence.needed_len, sequence.kept_len) == ("answer", 276, 275, 128)
    assert sequence.trained_len == 106


def test_a_row_that_trains_nothing_is_shown_all_cut(smol: Template, tokenizer: Tokenizer) -> None:
    pieces = token_view(talk("Q " * 60, "A"), smol, tokenizer, EncodeOptions(cutoff_len=16))
    assert all(p.cut and not p.trained for p in pieces)
    with pytest.raises(TemplateError, match="no answer"):
        token_view(talk("Q"), smol, tokenizer, EncodeOptions())


def test_a_row_of_several_sequences_shows_each(tokenizer: Tokenizer) -> None:
    row = talk("A?", "<think>\na\n</think>\n\nA.", "B?", "B.")
    first, second = token_sequences(row, jinja(THINKING, tokenizer), tokenizer, EncodeOptions())
    assert "".join(p.text for p in first.pieces if p.trained) == "<think>\na\n</think>\n\nA.<|im_end|>\n"
    assert "".join(p.text for p in second.pieces if p.trained).endswith("B.<|im_end|>\n")
    assert token_view(row, jinja(THINKING, tokenizer), tokenizer, EncodeOptions()) == list(second.pieces)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_texts_of_tokens_are_the_text(text: str) -> None:
    tokenizer = _tokenizer()
    ids = tokenizer.encode(text)
    texts = token_texts(ids, tokenizer)
    assert len(texts) == len(ids)
    assert "".join(texts) == tokenizer.decode(ids)


def test_a_template_that_suits_its_model_has_no_findings(smol: Template, tokenizer: Tokenizer) -> None:
    assert template_findings(smol, tokenizer) == []
    assert whole_difference(talk("Hi", "Hello."), smol, tokenizer) is None


def test_pieces_that_servers_would_join_are_a_finding(tokenizer: Tokenizer) -> None:
    template = jinja(
        "{% for m in messages %}{{ m.content }}{% if m.role != 'user' %}<|im_end|>{% endif %}{% endfor %}", tokenizer
    )
    difference = whole_difference(talk("Hel", "lo"), template, tokenizer)
    assert difference is not None
    assert (difference.at, difference.training[0], difference.whole[0]) == (0, "Hel", "Hello")
    vicuna = load_template("vicuna", MODEL_DIR, tokenizer=tokenizer)
    assert "ids-differ" in [f.code for f in template_findings(vicuna, tokenizer)]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{% for m in messages %}{{ m.content }}\n{% endfor %}", "no-end-mark"),
        ("{{ raise_exception('never') }}", "template-refused"),
        ("{% for m in messages %}{{ m.content }}", "template"),
        (
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}<|im_end|>{% endfor %}"
            "{% if add_generation_prompt %}[assistant]<think>\n{% endif %}",
            "prompt-differs",
        ),
    ],
)
def test_doubtful_templates(source: str, code: str, tokenizer: Tokenizer) -> None:
    findings = template_findings(jinja(source, tokenizer), tokenizer)
    assert code in [f.code for f in findings]
    for finding in findings:
        assert finding.sentence.format(**finding.values)
        assert finding.way_out
        assert finding.blocks == finding.code.startswith("template")


def test_a_template_of_another_model(tokenizer: Tokenizer) -> None:
    findings = template_findings(load_template("llama3", MODEL_DIR, tokenizer=tokenizer), tokenizer)
    (missing,) = [f for f in findings if f.code == "tokens-missing"]
    assert "<|eot_id|>" in missing.sentence.format(**missing.values)
    assert "no-end-mark" in [f.code for f in findings]


def test_c21_and_brackets_teach_their_end_mark(tokenizer: Tokenizer) -> None:
    for template in (case_template("C21.template.jinja", tokenizer), jinja(BRACKETS, tokenizer)):
        assert not [f for f in template_findings(template, tokenizer) if f.code == "no-end-mark"]


_CACHE: list[Tokenizer] = []


def _tokenizer() -> Tokenizer:
    if not _CACHE:
        _CACHE.append(Tokenizer.load(MODEL_DIR))
    return _CACHE[0]
