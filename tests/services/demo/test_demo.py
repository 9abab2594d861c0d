"""The whole road in real processes on a tiny model, which learns nothing: the promise must be seen to break."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.commands.demo import _Drive
from services.cli.main import main
from services.demo import road
from services.demo.sample import QUESTIONS
from services.ollama.names import full
from services.projects.project import Project
from tests.helpers.ollama_contract import ollama_contract
from tests.helpers.tiny_model import make_tiny_model


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model in the sample model's place."""
    model = make_tiny_model(tmp_path / "tiny", tokenizer="sample")
    monkeypatch.setattr("services.catalogue.sample_model", lambda progress=None: model)
    return model


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_short_demo_goes_to_the_end(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "我的 demo"
    with ollama_contract(answer=lambda prompt, messages: "I am Tessaly.") as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        assert main(["demo", str(folder), "--steps", "2", "--json"]) == 0
        assert [full(name) for name in ollama.models] == [full(road.OLLAMA_NAME)]
    said = lines(capsys.readouterr().out)
    steps = [line["demo"] for line in said if "demo" in line and line["demo"] != "answer"]
    assert steps == ["project", "data", "model", "train", "gguf", "ollama", "end"]
    answers = [(line["form"], line["question"]) for line in said if line.get("demo") == "answer"]
    assert answers == [(form, q) for form in ("before", "after", "gguf", "ollama") for q in QUESTIONS]
    assert [e["step"] for e in said if e.get("type") == "metric" and e["name"] == "loss"] == [1, 2]
    project = Project.open(folder)
    run, export, _deploy = project.jobs()
    assert (run.folder / "training_loss.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (run.folder / "adapter_model.safetensors").is_file()
    assert Path(str(export.summary().result["gguf"])).read_bytes()[:4] == b"GGUF"
    assert said[-1]["named"] == {"before": 0, "after": 0, "gguf": 0, "ollama": 5}


@pytest.mark.parametrize(("steps", "kept"), [(0, False), (5, True)])
def test_a_broken_promise_is_said(
    steps: int, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model forgot its name on the way into the GGUF; a shortened demo promises nothing."""
    before, after = [["I am SmolLM."] * 5, ["I am Tessaly."] * 4 + ["I am SmolLM."]]

    def go(drive: _Drive, folder: Path | None) -> None:
        drive.said = {"before": before, "after": after, "gguf": after[:3] + before[:2]}
        drive._end()

    monkeypatch.setattr(_Drive, "go", go)
    assert main(["demo", *(["--steps", str(steps)] if steps else [])]) == (0 if kept else 1)
    printed = capsys.readouterr()
    assert "before 0, after 4, gguf 3" in printed.out
    sentence = "Only 3 of 5 answers give the new name (gguf); the demo promises 4. Run the demo again;"
    assert printed.err.startswith(sentence) is not kept


def test_without_a_folder_a_free_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [road.make_project(None).folder.name for _ in range(3)] == ["demo", "demo-2", "demo-3"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("Dear", encoding="utf-8")
    assert main(["demo", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path} is not empty. Choose a new or empty folder.\n"


def test_the_recipe_shortens(tmp_path: Path) -> None:
    assert "max_steps" not in road.recipe(tmp_path)
    assert road.recipe(tmp_path, 7)["max_steps"] == 7


def test_nothing_is_deployed_where_no_ollama_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    assert road.ollama_url() == ""
