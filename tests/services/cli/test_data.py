"""tunesmith data ..., as a person or a program runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from services.datasets.store import DatasetStore
from services.projects.project import Project

CASES = Path(__file__).parents[2] / "data" / "cases"
Run = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "我的 project")


@pytest.fixture
def run(project: Project, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `tunesmith data WORD PROJECT ...` and returns its output; code: the exit code that it must have."""

    def do(word: str, *args: object, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["data", word, str(project.folder), *map(str, args)]) == code
        said = capsys.readouterr()
        if code:
            assert said.out == "" and said.err.count("\n") == 1, "one sentence"
        return said.err if code else said.out

    return do


def rows(run: Run, name: str, *args: str) -> list[dict[str, Any]]:
    return [json.loads(line)["values"] for line in run("show", name, "--json", *args).splitlines()[1:]]


@pytest.fixture
def small(run: Run, tmp_path: Path) -> str:
    (tmp_path / "s.jsonl").write_text(
        '{"q": "a", "a": "b", "n": 1.50}\n{"q": "c", "a": "", "n": 2}\n', encoding="utf-8"
    )
    run("add", tmp_path / "s.jsonl", "--name", "客服", "--map", "q=prompt", "--map", "a=response")
    return "客服"


def test_add_says_what_it_found(run: Run) -> None:
    found = json.loads(run("add", CASES / "C11.broken_lines.jsonl", "--json"))
    assert (found["name"], found["rows"], found["format"], found["repairs"]) == ("C11.broken_lines", 10, "alpaca", 8)
    assert found["files"][0]["encoding"] == "utf-8" and found["counts"]["bad-byte"] == 1
    assert "encoding gb18030" in run("add", CASES / "C01.qa_gb18030.csv")
    assert "ÎÊÌâ" in run("add", CASES / "C01.qa_gb18030.csv", "--encoding", "latin-1", "--name", "l")


def test_list_and_show(run: Run, small: str) -> None:
    (about,) = json.loads(run("list", "--json"))
    assert about == {"name": small, "rows": 2, "format": "alpaca", "columns": ["q", "a", "n"]}
    text = run("show", small)
    assert "q (prompt): a" in text and "n: 1.50" in text
    lines = run("show", small, "--start", 2, "--rows", 1, "--json").splitlines()
    assert json.loads(lines[0])["columns"] == ["q", "a", "n"] and '"n":2}' in lines[1] and len(lines) == 2
    assert '"n":1.50' in run("show", small, "--json"), "numbers keep their spelling"


def test_a_broken_set_does_not_hide_the_others(run: Run, small: str, project: Project) -> None:
    project.dataset_path("broken").write_bytes(b"no")
    assert small in run("list") and "error" in json.loads(run("list", "--json"))[0]


def test_edit_undo_redo_and_versions(run: Run, small: str) -> None:
    run("save-version", small, "first")
    assert json.loads(run("set", small, 2, "n", "3.10", "--json"))["revision"] == 1
    run("set", small, 2, "a", "5")
    assert rows(run, small)[1] == {"q": "c", "a": "5", "n": 3.1}
    found = json.loads(run("versions", small, "--json"))
    assert (found["changed_cells"], found["versions"][0]["name"]) == (2, "first")
    assert run("undo", small) == "Undone: Edit\n"
    assert json.loads(run("redo", small, "--json")) == {"redone": True, "edit": "Edit", "revision": 2}
    run("undo", small), run("undo", small)
    assert run("undo", small) == "Nothing to undo.\n"
    run("redo", small), run("redo", small)
    assert run("redo", small) == "Nothing to redo.\n"
    assert rows(run, small, "--version", "first")[1]["n"] == 2
    assert "first  revision 0" in run("versions", small)


def test_lint_map_and_fix(run: Run, small: str) -> None:
    assert run("lint", small) == (
        "row 2: The answer is empty. [empty-answer]\n1 of 2 rows can be trained; empty-answer 1\n"
    )
    last = json.loads(run("lint", small, "--json").splitlines()[-1])
    assert last == {"rows": 2, "trainable": 1, "counts": {"empty-answer": 1}, "fixed": 0, "ignored": 0}
    run("map", small, "--train-empty-answers")
    assert "2 of 2 rows can be trained; nothing found" in run("lint", small)
    run("undo", small)
    assert "text; q = text" in run("map", small, "q=text", "--format", "text")
    run("undo", small)
    assert "1 fixed" in run("lint", small, "--fix", "empty-answer")
    assert len(rows(run, small)) == 1


def test_export(run: Run, small: str, tmp_path: Path) -> None:
    assert json.loads(run("export", small, tmp_path / "o.jsonl", "--json"))["rows"] == 2
    assert (tmp_path / "o.jsonl").read_text(encoding="utf-8").startswith('{"q":"a","a":"b","n":1.50}\n')
    run("export", small, tmp_path / "o.bin", "--format", "csv")
    assert (tmp_path / "o.bin").read_bytes().startswith(b"q,a,n\r\n")


def test_repairs(run: Run) -> None:
    run("add", CASES / "C11.broken_lines.jsonl", "--name", "c11")
    assert "1  C11.broken_lines.jsonl, line 4: There is a comma too many before }." in run("repairs", "c11")
    assert run("repair", "c11", 1, '{"instruction": "Mended.", "output": "x"}') == "It is row 2 now.\n"
    assert [r["open"] for r in json.loads(run("repairs", "c11", "--json"))][:2] == [False, True]
    assert "still no record" in run("repair", "c11", 2, "{'a'}", code=1)


def test_mistakes_are_one_sentence(run: Run, small: str, tmp_path: Path, project: Project) -> None:
    assert "no data set nope. It has: 客服." in run("show", "nope", code=1)
    assert "cannot be read" in run("add", tmp_path / "nope.json", code=1)
    assert "There is no row 9. There are 2 rows." in run("set", small, 9, "a", "x", code=1)
    assert "no column x" in run("set", small, 1, "x", "y", code=1)
    assert "no version called v" in run("export", small, tmp_path / "o.csv", "--version", "v", code=1)
    assert "no format xml" in run("map", small, "--format", "xml", code=1)
    with DatasetStore.open(project.dataset_path(small)):
        assert "edited elsewhere" in run("set", small, 1, "a", "x", code=1)
        assert len(rows(run, small)) == 2, "reading goes on"
    assert main(["data", "list", str(tmp_path / "no project")]) == 1
    assert main(["data", "set", str(project.folder), small, "0", "a", "x"]) == 2


def test_export_in_another_format_and_never_over_a_file_unasked(run: Run, small: str, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    said = json.loads(run("export", small, out, "--format", "openai", "--json"))
    assert said["kind"] == "xlsx" and said["lost"][0] == "Lists and objects became JSON text."
    run("export", small, out, code=1)
    assert json.loads(run("export", small, out, "--force", "--json"))["rows"] == said["rows"]
    run("export", small, tmp_path / "out.jsonl", "--register")
    assert "out.jsonl" in (tmp_path / "dataset_info.json").read_text(encoding="utf-8")


def test_convert_into_a_set_and_a_file(run: Run, small: str, tmp_path: Path) -> None:
    made = json.loads(run("convert", small, "--to", "sharegpt", "--json"))
    assert made["name"] == f"{small}-sharegpt" and "conversations" in rows(run, made["name"])[0]
    assert "Wrote" in run("convert", small, "--to", "kto", "--out", tmp_path / "k.jsonl")
    run("convert", small, "--to", "preference", code=1)


def test_a_folder_of_sets(run: Run) -> None:
    folder = CASES / "C08.folder"
    code = main(["data", "offers", str(folder), "--json"])
    assert code == 0
    assert json.loads(run("add", folder, "--entry", "numbers", "--json"))["rows"] == 5
