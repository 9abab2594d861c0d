"""tunesmith data turns, and data turn ACTION, as a person or a program runs them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from services.datasets.store import DatasetStore
from services.projects.project import Project

TALK = '{"conversations": [{"from": "human", "value": "a", "n": 1.50}, {"from": "human", "value": "b"}]}\n'


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    project = Project.create(tmp_path / "我的 project")
    (tmp_path / "t.jsonl").write_text(TALK, encoding="utf-8")

    def do(*words: object, code: int = 0, project: Project = project) -> str:
        capsys.readouterr()
        command = ["data", *map(str, words)]
        at = 3 if words[0] == "turn" else 2
        assert main([*command[:at], str(project.folder), *command[at:]]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    do("add", tmp_path / "t.jsonl", "--name", "对话")
    return do


def texts(run: Callable[..., str]) -> list[tuple[str, str]]:
    (part,) = json.loads(run("turns", "对话", 1, "--json"))["parts"]
    return [(turn["speaker"], turn["text"]) for turn in part["turns"]]


def test_turns_are_shown_with_what_is_wrong(run: Callable[..., str]) -> None:
    shown = run("turns", "对话", 1)
    assert "conversations (messages)" in shown and "! Two questions in a row." in shown
    (part,) = json.loads(run("turns", "对话", 1, "--json"))["parts"]
    assert part["turns"][0]["more"] == ["n"] and part["turns"][1]["marks"][0]["code"] == "role-order"
    assert part["turns"][1]["marks"][0]["fixes"][0] == "Join it to the one before"


def test_each_action_is_one_edit_that_undo_takes_back(run: Callable[..., str]) -> None:
    run("turn", "role", "对话", 1, 2, "assistant")
    assert texts(run) == [("user", "a"), ("assistant", "b")]
    run("turn", "set", "对话", 1, 2, "你好")
    run("turn", "add", "对话", 1, 3, "user", "c")
    run("turn", "move", "对话", 1, 3, 1)
    assert texts(run) == [("user", "c"), ("user", "a"), ("assistant", "你好")]
    run("turn", "join", "对话", 1, 1)
    run("turn", "split", "对话", 1, 1, 1)
    run("turn", "duplicate", "对话", 1, 3)
    run("turn", "train", "对话", 1, 3, "--off")
    run("turn", "remove", "对话", 1, 4)
    assert "(not trained)" in run("turns", "对话", 1)
    assert texts(run) == [("user", "c"), ("user", "a"), ("assistant", "你好")]
    for _ in range(9):
        run("undo", "对话")
    assert texts(run) == [("user", "a"), ("user", "b")]


def test_what_is_not_touched_keeps_its_spelling(run: Callable[..., str], tmp_path: Path) -> None:
    run("turn", "set", "对话", 1, 1, "A")
    run("export", "对话", tmp_path / "out.jsonl")
    assert '"n":1.50' in (tmp_path / "out.jsonl").read_text(encoding="utf-8").replace(" ", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("turn", "set", "对话", 1, 9, "x"), "no turn 9"),
        (("turn", "set", "对话", 4, 1, "x"), "no row 4"),
        (("turn", "set", "对话", 1, 1, "x", "--column", "z"), "no turns in z"),
        (("turn", "set", "对话", 1, 1, "x", "--field", 5), "no field 5"),
    ],
)
def test_what_is_not_there_is_a_sentence(run: Callable[..., str], words: tuple[Any, ...], sentence: str) -> None:
    said = run(*words, code=1)
    assert sentence in said and "Traceback" not in said


def test_nothing_to_change_is_no_revision(run: Callable[..., str], tmp_path: Path) -> None:
    before = json.loads(run("turn", "set", "对话", 1, 1, "a", "--json"))
    assert not before["changed"]
    with DatasetStore.open(tmp_path / "我的 project" / "datasets" / "对话.sqlite", read_only=True) as store:
        assert store.revision == before["revision"]


def test_texts_of_a_row_without_turns(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("question,answer\nwhy,because\n", encoding="utf-8")
    run("add", tmp_path / "q.csv", "--name", "qa")
    run("turn", "set", "qa", 1, 1, "so", "--column", "answer")
    assert "so" in run("turns", "qa", 1)
    assert "holds one text" in run("turn", "remove", "qa", 1, 1, code=1)


def test_fixes_calls_and_swapping(run: Callable[..., str], tmp_path: Path) -> None:
    run("turn", "mend", "对话", 1, 2, "--fix", 2)
    assert texts(run) == [("user", "a"), ("assistant", ""), ("user", "b")]
    assert "no fix 9" in run("turn", "mend", "对话", 1, 3, "--fix", 9, code=1)
    (tmp_path / "m.jsonl").write_text('{"messages": [{"role": "assistant", "content": "x"}]}\n', encoding="utf-8")
    run("add", tmp_path / "m.jsonl", "--name", "m")
    run("turn", "call", "m", 1, 1)
    assert "[]" in run("turns", "m", 1)
    run("turn", "call", "m", 1, 1, "--remove", 1)
    assert "[]" not in run("turns", "m", 1)
    (tmp_path / "p.csv").write_text("prompt,chosen,rejected\nq,good,bad\n", encoding="utf-8")
    run("add", tmp_path / "p.csv", "--name", "p")
    assert json.loads(run("turn", "swap", "p", 1, "--json"))["swapped"]
    assert "bad" in run("turns", "p", 1).split("rejected")[0]
