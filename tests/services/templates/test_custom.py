"""Templates of the person's own: saved whole or not at all, found by name, stopped with their line."""

import json
import time
from pathlib import Path

import pytest

from services.cli.main import main
from services.templates import EncodeOptions, Template, TemplateError, load_template
from services.templates.custom import check_syntax, custom_path, custom_templates, save_template
from services.templates.probing import TALK, TOOLS_TALK, choices, findings_of, render
from services.templates.renderer import PREVIEW_LIMIT_S, Renderer, preview
from services.templates.view import token_texts
from tests.services.templates.talks import CASES, MODEL_DIR, jinja, talk

ROW = {"messages": [{"role": "user", "content": "a"}], "names": {}}


def case(name: str) -> str:
    return (CASES / name).read_text(encoding="utf-8")


def test_a_copy_is_found_by_name_and_encodes_as_its_origin(tmp_path: Path, smol: Template) -> None:
    made = save_template("我的 copy", smol.chat_template(), tmp_path)
    assert made.path == tmp_path / "templates" / "我的 copy.jinja"
    assert [c.name for c in custom_templates(tmp_path)] == ["我的 copy.jinja"]
    assert [c.kind for c in choices(tmp_path)][:3] == ["model", "project", "named"]
    copy = load_template("我的 copy.jinja", MODEL_DIR, project=tmp_path)
    assert copy.encode(TALK) == smol.encode(TALK)
    assert copy.stop_token_ids == smol.stop_token_ids
    with pytest.raises(TemplateError, match="cannot be read"):
        load_template("我的 copy.jinja", MODEL_DIR, project=tmp_path / "another")


def test_the_projects_hides_the_one_of_all_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smol: Template
) -> None:
    monkeypatch.setenv("TUNESMITH_DATA", str(tmp_path / "data"))
    save_template("mine", "everywhere", None)
    assert load_template("mine.jinja", MODEL_DIR).chat_template() == "everywhere"
    assert load_template("mine.jinja", MODEL_DIR, project=tmp_path).chat_template() == "everywhere"
    save_template("mine", "here\r\n", tmp_path)
    assert load_template("mine.jinja", MODEL_DIR, project=tmp_path).chat_template() == "here\r\n"
    assert [c.of_project for c in custom_templates(tmp_path)] == [True]
    assert custom_path("templates/mine.jinja", tmp_path) == tmp_path / "templates" / "mine.jinja"


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "nul", "x" * 90, "a\nb", ".hidden", "what?"])
def test_unfit_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be the name"):
        save_template(name, "x", tmp_path)
    assert not (tmp_path / "templates").exists()


def test_c26_a_mistake_is_not_saved_over_the_good_one(tmp_path: Path) -> None:
    made = save_template("good", "{{ messages }}", tmp_path)
    with pytest.raises(TemplateError, match="already a template"):
        save_template("good.jinja", "other", tmp_path)
    with pytest.raises(TemplateError, match=r"mistake in line 1") as caught:
        save_template("good", case("C26.syntax_error.jinja"), tmp_path, replace=True)
    assert caught.value.values["line"] == 1
    assert made.path.read_text(encoding="utf-8") == "{{ messages }}"
    save_template("good", "{{ 1 }}", tmp_path, replace=True)
    assert made.path.read_text(encoding="utf-8") == "{{ 1 }}"
    with pytest.raises(TemplateError, match="characters"):
        check_syntax("x" * 1_000_001)


@pytest.mark.parametrize(("name", "line"), [("C26.loop.jinja", 1), ("C26.grow.jinja", 1)])
def test_c26_what_loops_or_grows_is_stopped_with_its_line(name: str, line: int) -> None:
    renderer = Renderer(patience=8)  # other programs may have the processor
    try:
        renderer.one("warm", "text", ROW)
        with pytest.raises(TemplateError, match=r"stopped in line 1") as caught:
            renderer.one(case(name), "text", ROW, time_limit_s=PREVIEW_LIMIT_S)
        assert caught.value.values["line"] == line
        assert renderer.one("next", "text", ROW) == {"text": "next"}
    finally:
        renderer.close()
    with pytest.raises(TemplateError, match="stopped"):
        preview().one(case(name), "text", ROW, time_limit_s=PREVIEW_LIMIT_S)


def test_the_line_is_that_of_the_loop_not_of_its_caller() -> None:
    source = (
        "a\n{% macro m() %}\n{% for i in range(99999) %}{% for j in range(99999) %}\n{{ '' }}{% endfor %}{% endfor %}"
    )
    source += "\n{% endmacro %}\n\n{{ m() }}"
    renderer = Renderer(patience=8)
    try:
        with pytest.raises(TemplateError) as caught:
            renderer.one(source, "text", ROW, time_limit_s=0.3)
        assert caught.value.values["line"] in (3, 4)
    finally:
        renderer.close()


def test_what_gives_no_other_thread_its_turn_is_killed_by_the_parent() -> None:
    renderer = Renderer(patience=8)
    try:
        began = time.process_time()
        with pytest.raises(TemplateError, match=r"did not finish|too much memory"):
            renderer.one("{% set n = messages | length + 8 %}{{ n ** (n ** n) }}", "text", ROW, time_limit_s=0.3)
        assert renderer.one("next", "text", ROW) == {"text": "next"}
        assert time.process_time() - began < 60
    finally:
        renderer.close()


def test_rendering_says_text_and_tokens(smol: Template) -> None:
    made = render(TALK, smol, EncodeOptions())
    (sequence,) = made.sequences
    assert "".join(p.text for p in sequence.pieces) == made.text
    assert "  What's the tide in Sète? 潮水多高？🌊\n" in made.text
    assert "".join(token_texts([p.id for p in sequence.pieces if p.trained], smol.tokenizer)).count("<|im_end|>") == 2
    asked = render(TALK, smol, EncodeOptions(), generation_prompt=True)
    assert asked.text.startswith(made.text)
    assert len(asked.text) > len(made.text)
    tools = render(TOOLS_TALK, load_template("qwen", MODEL_DIR), EncodeOptions())
    assert "tide" in tools.text
    broken = render(TALK, jinja("{{ 1 / 0 }}", smol.tokenizer), EncodeOptions())
    assert broken.problem is not None
    assert broken.problem.values["line"] == 1


def test_findings(smol: Template) -> None:
    strict = {p.code for p in findings_of(jinja(case("C26.strict.jinja"), smol.tokenizer))}
    assert {"refuses-system", "no-end-mark"} <= strict
    assert findings_of(smol) == []
    assert "tokens-missing" in {p.code for p in findings_of(load_template("llama3", MODEL_DIR))}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert main(["new", str(tmp_path / "p 一")]) == 0
    return tmp_path / "p 一"


def run(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["template", *args]) == code
    out, err = capsys.readouterr()
    return out + err


def test_commands(project: Path, capsys: pytest.CaptureFixture[str], smol: Template) -> None:
    folder = str(project)
    made = json.loads(run(capsys, "copy", folder, "model", "mine", "--json"))
    assert Path(made["path"]).read_text(encoding="utf-8") == smol.chat_template()
    listed = json.loads(run(capsys, "list", folder, "--json"))["templates"]
    assert len(listed) == 50
    assert listed[1]["name"] == "mine.jinja"
    assert next(t for t in listed if t["name"] == "chatml")["lacks"] == []
    assert "(sample lacks <sep>, <eod>)" in run(capsys, "list", folder)
    assert run(capsys, "show", folder, "mine.jinja").strip() == smol.chat_template().strip()
    shown = json.loads(run(capsys, "show", folder, "mine.jinja", "--talk", "--json"))
    assert "".join(t["text"] for t in shown["tokens"]) == shown["text"]
    assert "tide" in run(capsys, "show", folder, "qwen", "--tools")
    assert run(capsys, "check", folder, "mine.jinja").strip() == "Nothing is doubtful about this template."
    assert "takes no system text" in run(capsys, "check", folder, str(CASES / "C26.strict.jinja"))
    assert "line 1" in run(capsys, "check", folder, str(CASES / "C26.syntax_error.jinja"), code=1)
    broken = str(CASES / "C26.syntax_error.jinja")
    assert "mistake in line 1" in run(capsys, "copy", folder, "model", "mine", "--file", broken, "--replace", code=1)
    assert "already a template" in run(capsys, "copy", folder, "chatml", "mine", code=1)


def test_rows_train_by_the_copy(project: Path, capsys: pytest.CaptureFixture[str], smol: Template) -> None:
    source = project.parent / "one.json"
    source.write_text('[{"instruction": "a", "output": "b"}]', encoding="utf-8")
    assert main(["data", "add", str(project), str(source)]) == 0
    save_template("short", smol.chat_template().replace("<|im_start|>assistant", "A:"), project)
    capsys.readouterr()
    command = ["data", "encode", str(project), "one", "--model", str(MODEL_DIR), "--template"]
    assert main([*command, "short.jinja"]) == 0
    row = json.loads(capsys.readouterr().out)
    copy = load_template("short.jinja", MODEL_DIR, project=project)
    assert row["input_ids"] == copy.encode(talk("a", "b")).input_ids
    assert main([*command, "none.jinja"]) == 1
    assert "none.jinja cannot be read" in capsys.readouterr().err
