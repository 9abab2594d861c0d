"""What a stranger types: wrong places, wrong words, a moved project. One sentence each, and the exit codes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.main import main
from services.jobs import queue
from services.projects.project import Project

Run = Callable[..., tuple[int, str, str]]

RECIPE = "model_name_or_path: tiny\nstage: sft\nfinetuning_type: lora\ndataset: rows\nmax_steps: 1\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command's (exit code, stdout, stderr); workers are not started."""
    monkeypatch.setattr(queue.submit, "__kwdefaults__", {"starter": lambda command, folder: None})

    def go(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        out = capsys.readouterr()
        assert "Traceback" not in out.err
        if code == 1:
            assert len(out.err.strip().splitlines()) == 1, out.err
        return code, out.out, out.err.strip()

    return go


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "我的 项目")


@pytest.fixture
def rows(tmp_path: Path, run: Run, project: Project) -> Path:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"instruction": "你 好", "output": "Hi"}] * 3), encoding="utf-8")
    assert run("data", "add", project.folder, path)[0] == 0
    return path


def test_places_where_no_project_can_be(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("x", encoding="utf-8")
    assert run("new", file) == (1, "", f"{file} is not a folder. Choose another place.")
    assert run("new", file / "inside")[2].endswith("inside is not a folder. Choose another place.")
    assert "is not a Tunesmith project" in run("jobs", file)[2]
    assert "is not a Tunesmith project" in run("data", "list", tmp_path / "nothing")[2]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no folders, even from root")
def test_a_folder_that_takes_nothing(run: Run) -> None:
    code, out, err = run("new", "/proc/mine")
    assert (code, out) == (1, "")
    assert err.startswith("No project can be made in /proc/mine:") and "that you may write to the folder" in err


def test_what_the_system_refuses_is_one_sentence_and_the_log_has_the_rest(
    run: Run, project: Project, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/that/folder")

    monkeypatch.setattr(Project, "jobs", refused)
    code, _, err = run("jobs", project.folder)
    assert code == 1 and err.startswith("/that/folder: Permission denied. Check that")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Project, "jobs", broken)
    code, _, err = run("jobs", project.folder)
    log = data_dir / "logs" / "commands.log"
    assert code == 1 and "mistake" in err and str(log) in err
    assert "ZeroDivisionError: ours" in log.read_text(encoding="utf-8")
    assert "PermissionError" in log.read_text(encoding="utf-8")


def test_a_project_file_with_nonsense_in_it(run: Run, project: Project) -> None:
    (project.folder / "project.toml").write_text('schema = "one"\n', encoding="utf-8")
    code, _, err = run("jobs", project.folder)
    assert code == 1 and "project.toml cannot be read: schema = one" in err


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("lr=1", 1, "There is no parameter lr."),
        ("learning_rat=1", 1, "Did you mean learning_rate"),
        ("learning_rate", 2, "--set needs KEY=VALUE, not 'learning_rate'"),
        ("=3", 2, "--set needs KEY=VALUE"),
        ("learning_rate=fast", 1, 'learning_rate is a number above 0 and at most 1, not "fast"'),
    ],
)
def test_a_change_that_changes_nothing_is_never_taken(
    run: Run, project: Project, rows: Path, tmp_path: Path, change: str, code: int, said: str
) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    for command in (["train", project.folder, recipe], ["recipe", "check", recipe]):
        got, _, err = run(*command, "--set", change)
        assert got == code and said in err, err
    assert project.jobs() == []


def test_keys_of_a_recipe_that_do_nothing_are_said(run: Run, project: Project, rows: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"{RECIPE}lora_rnak: 9\n", encoding="utf-8")
    code, _, err = run("train", project.folder, recipe, "--detach")
    assert code == 0 and "lora_rnak is not known here" in err and "lora_rank" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: [\n", "This file is no YAML: "),
        (b"- a\n", "This file is no recipe"),
        (b"\xff\xfe\xb0", "is no text file"),
        (b"stage: sft\nstage: dpo\n", "line 2, column 1"),
    ],
)
def test_recipes_that_are_none(run: Run, project: Project, tmp_path: Path, text: bytes, said: str) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_bytes(text)
    code, _, err = run("train", project.folder, recipe)
    assert code == 1 and said in err, err


def test_a_missing_recipe_names_no_error_number(run: Run, project: Project) -> None:
    assert "[Errno" not in run("train", project.folder, "nowhere.yaml")[2]
    assert "[Errno" not in run("train", project.folder, ".")[2]


def test_data_of_no_kind(run: Run, project: Project, rows: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no files that can be read." in run("data", "add", project.folder, tmp_path / "empty")[2]
    code, _, err = run("data", "export", project.folder, "rows", tmp_path / "o.jsonl", "--format", "nix")
    known = "arrow, csv, json, jsonl, parquet, tsv, txt, xlsx"
    assert (code, err) == (1, f"There is no kind of file called nix. Choose one of: {known}.")


def test_names_that_are_nobodys(run: Run, project: Project) -> None:
    for command in (["serve", project.folder, "99"], ["job", "stop", project.folder, "99"]):
        assert run(*command)[2] == "This project has no job 99. `tunesmith jobs PROJECT` lists them."
    code, _, err = run("chat", project.folder, "--model", "http://127.0.0.1:9", "--once", "hi")
    assert (code, err) == (
        1, "Which model of http://127.0.0.1:9? Put its name behind the address: http://127.0.0.1:9#NAME.",
    )  # fmt: skip
    code, _, err = run("quantise", project.folder, project.folder / "o.gguf")
    assert code == 1 and err.endswith("is a folder. Choose another file.")


def test_a_moved_project_and_every_way_to_name_it(
    run: Run, project: Project, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    assert run("train", project.folder, recipe, "--detach")[0] == 0
    moved = project.folder.rename(tmp_path / "moved away 走了")
    monkeypatch.chdir(tmp_path)
    wanted = run("jobs", moved, "--json")
    assert wanted[0] == 0 and json.loads(wanted[1])["id"] == "0001"
    for place in ("moved away 走了", "./moved away 走了/", moved / "project.toml", "moved away 走了/jobs/.."):
        assert run("jobs", place, "--json") == wanted
    monkeypatch.chdir(moved)
    assert run("jobs", ".", "--json") == wanted
    assert run("data", "show", ".", "rows", "--json")[0] == 0
