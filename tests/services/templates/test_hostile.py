"""Templates that refuse, hang, grow or reach out: one sentence each, nothing runs, the next row is fine."""

import json

import psutil
import pytest

from services.datasets.conversation import Conversation
from services.templates import Template, TemplateError, TemplateRefusedError, Tokenizer, encode_stage
from services.templates.fixes import FOLD_SYSTEM, JOIN_TURNS, fixes_for, fold_system, join_turns
from services.templates.messages import conversation_of
from services.templates.renderer import Renderer
from services.templates.stages import problem_of
from tests.services.templates.talks import CASES, case_template, jinja, talk

GIB = 1 << 30


@pytest.fixture(scope="module")
def talks() -> list[Conversation]:
    lines = (CASES / "C26.conversations.jsonl").read_text(encoding="utf-8").splitlines()
    return [conversation_of(json.loads(line)["messages"]) for line in lines]


def test_strict_takes_the_first_talk_and_names_what_is_wrong_with_the_others(
    talks: list[Conversation], tokenizer: Tokenizer
) -> None:
    template = case_template("C26.strict.jinja", tokenizer)
    assert template.render(talks[0]) == "<user>One</user><assistant>Two</assistant>"
    reasons = []
    for one in talks[1:]:
        with pytest.raises(TemplateRefusedError) as caught:
            template.render(one)
        reasons.append((caught.value.reason, caught.value.turn, caught.value.system))
    assert reasons == [
        ("system role not supported", None, True),
        ("roles must alternate user/assistant", 1, False),
        ("roles must alternate user/assistant", 0, False),
    ]


def test_a_refused_row_is_named_and_the_others_are_trained(talks: list[Conversation], tokenizer: Tokenizer) -> None:
    problems = {}
    template = case_template("C26.strict.jinja", tokenizer)
    rows = list(encode_stage("sft", enumerate(talks), template, tokenizer, None, problems.__setitem__))
    assert [row["row_id"] for row in rows] == [0]
    assert {row_id: p.code for row_id, p in problems.items()} == dict.fromkeys((1, 2, 3), "template-refused")
    assert problems[1].sentence.format(**problems[1].values) == (
        "The chat template refuses the system text of this conversation: system role not supported"
    )
    assert "turn 2" in problems[2].sentence.format(**problems[2].values)


def test_fixes_are_offered_not_made(talks: list[Conversation], tokenizer: Tokenizer) -> None:
    template = case_template("C26.strict.jinja", tokenizer)
    assert [fixes_for(one, template) for one in talks] == [[], [FOLD_SYSTEM], [JOIN_TURNS], []]
    assert template.render(fold_system(talks[1])) == "<user>S\n\nOne</user><assistant>Two</assistant>"
    assert template.render(join_turns(talks[2])) == "<user>One\n\nOne b</user><assistant>Two</assistant>"


def test_extras_render(talks: list[Conversation], tokenizer: Tokenizer) -> None:
    template = case_template("C26.extras.jinja", tokenizer)
    texts = [template.render(one) for one in talks]
    assert texts[0][:6] == "Today "
    assert texts[0][10:] == ".[USER]One[/][A]Two[/A]"
    assert all("Two" in text for text in texts)
    row = template.encode(talks[0], tokenizer)
    assert tokenizer.decode([i for i in row.labels if i != -100]) == "[A]Two[/A]", "the generation tag drives the mask"


def test_a_loop_is_stopped(tokenizer: Tokenizer) -> None:
    template = case_template("C26.loop.jinja", tokenizer)
    template.time_limit_s = 0.3
    with pytest.raises(TemplateError, match=r"did not finish within 0\.3 s"):
        template.render(talk("a"))
    assert jinja("{{ messages[0].content }}", tokenizer).render(talk("next")) == "next"


def test_growing_is_stopped_below_a_gib(tokenizer: Tokenizer) -> None:
    template = case_template("C26.grow.jinja", tokenizer)
    with pytest.raises(TemplateError, match=r"too much memory|did not finish"):
        template.render(talk("a"))
    children = psutil.Process().children()
    assert all(child.memory_info().rss < GIB for child in children)
    assert jinja("{{ messages[0].content }}", tokenizer).render(talk("next")) == "next"


def test_the_parent_stops_growth_where_the_system_sets_no_limit() -> None:
    renderer = Renderer(memory_limit_bytes=64 << 40)  # no limit for the process itself ...
    growing = (
        "{% set ns = namespace(s=[0] * 9999) %}"
        "{% for i in range(99999) %}{% set ns.s = ns.s + ns.s[:9999] %}{% endfor %}"
    )
    try:
        renderer.one("warm", "text", {"messages": [], "names": {}})
        renderer._memory_limit_bytes = 60 << 20  # ... the watcher has one
        with pytest.raises(TemplateError, match="too much memory"):
            renderer.one(growing, "text", {"messages": [], "names": {}}, time_limit_s=20)
    finally:
        renderer.close()


@pytest.mark.parametrize(
    "source",
    [
        "{{ cycler.__init__.__globals__.os.getcwd() }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{% set ns = namespace(__class__=1) %}",
        "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
        "{{ raise_exception.__globals__.sys }}",
        "{{ messages.append(1) }}",
        "{{ '{0.__class__.__mro__}'.format(messages) }}",
    ],
)
def test_reaching_out_is_refused(source: str, tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError) as caught:
        jinja(source, tokenizer).render(talk("a"))
    assert "unsafe" in caught.value.sentence or "underscore" in caught.value.sentence


@pytest.mark.parametrize("source", ["{{ dict.__base__ }}", "{{ raise_exception.__globals__ }}"])
def test_what_is_only_printed_is_empty(source: str, tokenizer: Tokenizer) -> None:
    assert jinja(source, tokenizer).render(talk("a")) == ""


def test_files_are_out_of_reach(tokenizer: Tokenizer) -> None:
    for source in ("{% include '/etc/passwd' %}", "{% import '/etc/passwd' as x %}", "{{ open('/etc/passwd') }}"):
        with pytest.raises(TemplateError, match="chat template failed"):
            jinja(source, tokenizer).render(talk("a"))


def test_c26_reach_out(tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match="unsafe"):
        case_template("C26.reach_out.jinja", tokenizer).render(talk("a"))


def test_a_mistake_names_its_line(tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match=r"mistake in line 1: .*endfro"):
        case_template("C26.syntax_error.jinja", tokenizer).render(talk("a"))
    with pytest.raises(TemplateError, match="failed in line 3"):
        jinja("a\nb\n{{ 1 + 'x' }}", tokenizer).render(talk("a"))


def test_one_hanging_row_does_not_take_the_others_with_it(tokenizer: Tokenizer) -> None:
    renderer = Renderer()
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    source = "{% if messages[0] == 'hang' %}" + loop + "{% endif %}{{ messages[0] }}"
    rows = [{"messages": [text], "names": {}} for text in ("a", "hang", "b")]
    try:
        answers = list(renderer.run(source, "text", rows, time_limit_s=0.2))
        assert answers[0] == {"text": "a"}
        assert isinstance(answers[1], TemplateError)
        assert answers[2] == {"text": "b"}
    finally:
        renderer.close()


def test_a_killed_process_is_replaced(smol: Template) -> None:
    from services.templates import renderer

    text = smol.render(talk("a"))
    process = renderer.shared()._process
    assert process is not None
    process.kill()
    process.wait()
    assert smol.render(talk("a")) == text


def test_errors_become_findings() -> None:
    problem = problem_of(TemplateRefusedError("no", 1), talk("a"))
    assert (problem.code, problem.values) == ("template-refused", {"reason": "no", "turn": 2})
