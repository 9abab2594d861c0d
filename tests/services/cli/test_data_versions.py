"""tunesmith data: versions, diff, revert, split, sample, merge, rename, copy, remove."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from services.projects.project import Project

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
        return said.err if code else said.out

    return do


@pytest.fixture
def small(run: Run, tmp_path: Path) -> str:
    lines = [json.dumps({"q": f"q{i % 4}", "a": f"a{i}", "kind": "odd" if i % 2 else "even"}) for i in range(10)]
    (tmp_path / "s.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run("add", tmp_path / "s.jsonl", "--name", "客服", "--map", "q=prompt", "--map", "a=response")
    return "客服"


def stream(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def count(run: Run, name: str) -> int:
    return int(next(s["rows"] for s in json.loads(run("list", "--json")) if s["name"] == name))


def test_versions_are_named_noted_compared_and_gone_back_to(run: Run, small: str) -> None:
    run("save-version", small, "first", "--note", "as it came")
    run("set", small, 2, "a", "a better answer")
    assert "a1" in run("diff", small) and "+ a better answer" in run("diff", small)
    head, row = stream(run("diff", small, "first", "now", "--json"))
    assert (head["changed"], head["columns"]) == (1, {"a": 1})
    assert row == {"kind": "changed", "id": 2, "row_before": 2, "row_after": 2,
                   "cells": {"a": {"before": "a1", "after": "a better answer"}}}  # fmt: skip
    assert len(stream(run("diff", small, "first", "--kind", "added", "--json"))) == 1
    assert json.loads(run("revert", small, "first", "--json"))["changed"] is True
    assert "Nothing differs" in run("diff", small, "first") and "Nothing differs" in run("revert", small, "first")
    run("undo", small)
    assert "+ a better answer" in run("diff", small)
    run("version", small, "first", "--rename", "as it came", "--note", "")
    (version,) = json.loads(run("versions", small, "--json"))["versions"]
    assert (version["name"], version["note"], version["runs"]) == ("as it came", "", [])
    run("version", small, "as it came", "--delete")
    assert json.loads(run("versions", small, "--json"))["versions"] == []
    assert "no version called first" in run("diff", small, "first", code=1)
    run("version", small, "x", "--delete", "--note", "y", code=2)


def test_split_by_chance_by_value_and_by_hand(run: Run, small: str) -> None:
    dry = run("split", small, "--count", 4, "--dry-run")
    assert "4 of 10 rows would go to 客服-validation; 6 stay" in dry and "--together" in dry
    made = json.loads(run("split", small, "--share", 0.3, "--together", "--json"))
    assert made["into"] == "客服-validation" and made["shared_questions"] == 0
    assert count(run, small) + count(run, "客服-validation") == 10
    run("undo", small)
    assert count(run, small) == 10, "here they are back; the other set stays"
    run("split", small, "--column", "kind", "--value", "odd", "--into", "odd", "--copy")
    assert (count(run, small), count(run, "odd")) == (10, 5)
    run("split", small, "--row", 1, "--row", 10, "--into", "hand")
    assert (count(run, small), count(run, "hand")) == (8, 2)
    assert "already a data set called odd" in run("split", small, "--count", 1, "--into", "ODD", code=1).replace(
        "ODD", "odd"
    )
    run("split", small, "--count", 1, "--row", 2, code=2)
    run("split", small, "--column", "kind", code=2)


def test_sample_and_merge(run: Run, small: str) -> None:
    assert "客服-sample has 3 of 10 rows" in run("sample", small, 3)
    assert "cannot be drawn" in run("sample", small, 11, code=1)
    told = run("merge", small, "客服-sample", "--into", "all", "--dry-run")
    assert "q (prompt): q, q" in told and "all would have 13 rows" in told
    made = json.loads(run("merge", small, "客服-sample", "--into", "all", "--drop-equal", "--source-column", "from",
                          "--json"))  # fmt: skip
    assert (made["merged"], made["left_out"]) == (10, {"客服": 0, "客服-sample": 3})
    run("merge", small, small, "--into", "twice", code=2)


def test_whole_sets_are_renamed_copied_removed_and_brought_back(run: Run, small: str) -> None:
    run("rename", small, "desk")
    assert json.loads(run("copy", "desk", "--json"))["name"] == "desk-copy"
    assert "brings it back" in run("remove", "desk")
    assert [s["name"] for s in json.loads(run("trash", "--json"))] == ["desk"]
    assert "desk is back" in run("restore", "desk") and count(run, "desk") == 10
    assert "no desk in the trash" in run("restore", "desk", code=1)
    run("remove", "desk-copy")
    assert "are free now" in run("trash", "--empty") and "empty" in run("trash")
