"""tunesmith data filter, sort, replace, star, tag, untag and tags."""

import json
from typing import Any

import pytest

from services.cli.main import main
from services.datasets.building import Builder
from services.datasets.mapping import Mapping
from services.datasets.values import SpelledFloat
from services.projects.project import Project
from tests.services.cli.test_data import Run, project, rows, run

__all__ = ["project", "run"]

ROLES = {"prompt": "question", "response": "answer"}


@pytest.fixture
def orders(project: Project) -> str:
    """Five rows."""
    with Builder(project.dataset_path("订单")) as builder:
        builder.add(
            [
                {"question": "Refund?", "answer": "Yes, a refund.", "score": 3},
                {"question": "退款多久", "answer": "", "score": 11},
                {"question": "Other", "answer": "No", "score": "none"},
                {"question": "Long " * 50, "answer": "REFUND", "score": SpelledFloat("2.50")},
                {"question": "z", "answer": "x@y"},
            ]
        )
        builder.finish(Mapping(format="alpaca", columns=ROLES), {})
    return "订单"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_filter(run: Run, orders: str) -> None:
    *found, end = lines(run("filter", orders, "contains", "refund", "--json"))
    assert [row["row"] for row in found] == [1, 4]
    assert found[1]["values"]["score"] == 2.5 and end == {"found": 2, "rows": 5}
    assert "2.50" in run("filter", orders, "contains refund", "--json"), "numbers are spelled as they came"
    assert lines(run("filter", orders, "回答 为空", "--json"))[0]["id"] == 2
    said = run("filter", orders, "length > 2 and not starred", "--limit", "1")
    assert said.splitlines()[0].startswith("1  question: Refund?") and said.endswith("5 of 5 rows\n")
    assert run("filter", orders, "nonsense here", code=1).startswith("nonsense is not understood in this filter.")


def test_filter_by_findings_and_tokens(
    run: Run, orders: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines(run("filter", orders, "has finding empty-answer", "--json"))
    assert [row["row"] for row in found[:-1]] == [2]
    assert main(["data", "filter", str(project.folder), orders, "tokens > 5"]) == 2
    assert "say --model" in capsys.readouterr().err


def test_sort(run: Run, orders: str) -> None:
    assert [row["row"] for row in lines(run("sort", orders, "--by", "answer", "--json"))[:-1]] == [2, 3, 4, 5, 1]
    numbers = lines(run("sort", orders, "--by", "score", "--number", "--reverse", "--json"))
    assert [row["row"] for row in numbers[:-1]] == [2, 1, 4, 3, 5]
    assert run("sort", orders, "--length", "--reverse", "--limit", "1").startswith("4  question: Long Long")
    end = lines(run("sort", orders, "--by", "answer", "--keep", "--limit", "0", "--json"))[-1]
    assert end == {"rows": 5, "kept": True, "revision": 1}
    assert [row["answer"] for row in rows(run, orders)] == ["", "No", "REFUND", "x@y", "Yes, a refund."]
    assert json.loads(run("undo", orders, "--json"))["edit"] == "Keep this order"
    assert "no column gone" in run("sort", orders, "--by", "gone", code=1)


def test_replace(run: Run, orders: str) -> None:
    dry = json.loads(run("replace", orders, "--find", "refund", "--with", "money", "--dry-run", "--json"))
    assert (dry["places"], dry["cells"], dry["rows"], dry["changed"]) == (3, 3, 2, False)
    assert rows(run, orders)[3]["answer"] == "REFUND"
    done = run("replace", orders, "--find", "refund", "--with", "money", "--columns", "answer")
    assert "1  answer: Yes, a refund. -> Yes, a money." in done
    assert done.endswith("2 places in 2 cells of 2 rows were replaced.\n")
    assert rows(run, orders)[0]["question"] == "Refund?" and rows(run, orders)[3]["answer"] == "money"
    run("undo", orders)
    some = json.loads(
        run("replace", orders, "--find", "e", "--with", "E", "--where", "question is Other", "--case", "--json")
    )
    assert (some["rows"], some["changed"]) == (1, True)
    run("replace", orders, "--find", r"(\w)@(\w)", "--with", r"\2@\1", "--regex")
    assert rows(run, orders)[4]["answer"] == "y@x"
    none = json.loads(run("replace", orders, "--find", "nowhere", "--with", "", "--json"))
    assert (none["cells"], none["changed"]) == (0, False)
    assert "is no regular expression" in run("replace", orders, "--find", "(", "--with", "", "--regex", code=1)


def test_marks(run: Run, orders: str) -> None:
    made = json.loads(run("star", orders, 1, 3, "--json"))
    assert made["changed"] and [row["star"] for row in made["rows"]] == [True, True]
    run("tag", orders, 2, 3, "--tag", "very good")
    assert json.loads(run("tags", orders, "--json")) == {"very good": 2}
    assert [r["row"] for r in lines(run("filter", orders, 'starred tag is "very good"', "--json"))[:-1]] == [3]
    assert run("untag", orders, 2, "--tag", "very good") == "1 row changed.\n"
    assert run("untag", orders, 2, "--tag", "very good") == "Nothing to change.\n"
    run("star", orders, 1, "--off")
    assert lines(run("filter", orders, "starred", "--json"))[-1]["found"] == 1
    assert "There is no row 9." in run("star", orders, 9, code=1)
    run("undo", orders)
    assert lines(run("filter", orders, "starred", "--json"))[-1]["found"] == 2


def test_history(run: Run, orders: str) -> None:
    run("star", orders, 1)
    run("star", orders, 2)
    listed = json.loads(run("history", orders, "--json"))
    assert listed["steps"][0]["when"] == "now" and listed["steps"][0]["cells"] == 1
    assert run("history", orders).startswith(">")
    first = listed["steps"][1]["revision"]
    gone = json.loads(run("history", orders, "--to", first, "--json"))
    assert gone["revision"] == first and gone["steps"][0]["when"] == "undone"
    assert "is not among" in run("history", orders, "--to", 99, code=1)
