"""Between formats: what a row means stays, and what it loses is said with its number."""

from pathlib import Path
from typing import Any

import pytest

from services.datasets.conversation import Conversation
from services.datasets.convert import Conversion, convert_to_set
from services.datasets.converting import targets
from services.datasets.errors import DatasetError
from services.datasets.formats import Sample, formats, guess_format
from services.datasets.importing import import_file
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, Make, values

ALPACA = [
    {"instruction": "Q1", "input": "more", "output": "A1", "system": "S", "history": [["q", "a"]], "id": 7},
    {"instruction": "Q2", "input": "", "output": "A2", "id": 8},
    {"instruction": "Q3", "input": "", "output": "", "id": 9},
]
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"n": 1.50}'}}
OPENAI = [
    {"messages": [
        {"role": "system", "content": "S"}, {"role": "user", "content": "Q"},
        {"role": "assistant", "content": "Wait.", "tool_calls": [CALL, {**CALL, "id": "c2"}]},
        {"role": "tool", "content": "r1", "tool_call_id": "c1"},
        {"role": "tool", "content": "r2", "tool_call_id": "c2"},
        {"role": "assistant", "content": "A", "weight": 0, "reasoning_content": "hm"},
        {"role": "user", "content": "Q2"}, {"role": "assistant", "content": "A2"},
    ], "tools": [{"type": "function", "function": {"name": "look"}}]},
]  # fmt: skip
PAIRS = [{"conversations": [{"from": "human", "value": "Q"}], "chosen": {"from": "gpt", "value": "good"},
          "rejected": {"from": "gpt", "value": "bad"}}]  # fmt: skip
KTO = [
    {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": a}], "label": good}
    for a, good in (("yes", True), ("no", False))
]


def guessed(rows: list[dict[str, Any]]) -> Mapping:
    guess = guess_format(Sample(list(dict.fromkeys(k for row in rows for k in row)), rows))
    assert guess is not None
    return guess.mapping


def converted(make: Make, rows: list[dict[str, Any]], to: str) -> tuple[list[dict[str, Any]], list[str]]:
    conversion = Conversion(make(rows, guessed(rows), name=f"set{len(rows)}{to}"), to)
    found = [row.values for row in conversion]
    assert conversion.columns == [c for c in conversion.columns if any(c in row for row in found)]
    return found, [loss.text for loss in conversion.losses.values()]


def meant(row: dict[str, Any], mapping: Mapping) -> Conversation:
    return mapping.model_copy(update={"train_empty_answers": True}).conversation(row)


def test_alpaca_to_openai_and_back_means_the_same(make: Make) -> None:
    rows, lost = converted(make, ALPACA, "openai")
    assert lost == []
    assert rows[0]["messages"][0] == {"role": "system", "content": "S"} and rows[0]["id"] == 7
    for old, new in zip(ALPACA, rows, strict=True):
        assert meant(old, guessed(ALPACA)).turns == meant(new, targets.get("openai").mapping).turns
    back, lost = converted(make, rows, "alpaca")
    assert lost == [] and [row["id"] for row in back] == [7, 8, 9]
    for old, new in zip(ALPACA, back, strict=True):
        assert meant(old, guessed(ALPACA)) == meant(new, targets.get("alpaca").mapping)


def test_the_same_format_is_the_same_rows(make: Make) -> None:
    assert converted(make, OPENAI, "openai") == (OPENAI, [])


def test_tools_into_sharegpt_and_back(make: Make) -> None:
    rows, lost = converted(make, OPENAI, "sharegpt")
    turns = rows[0]["conversations"]
    assert [turn["from"] for turn in turns] == ["human", "function_call", "observation", "gpt", "human", "gpt"]
    assert '"arguments":{"n":1.50}' in turns[1]["value"] and turns[1]["value"].startswith("Wait.\n[")
    assert turns[3]["weight"] == 0 and turns[3]["value"] == "<think>\nhm\n</think>\n\nA"
    assert rows[0]["tools"] == '[{"name":"look"}]' and rows[0]["system"] == "S"
    assert {text.split(" (")[0] for text in lost} == {
        "The ids of tool calls are left out.",
        "Text beside a tool call was put before the call, as text.",
        "Reasoning was put before its answer, between <think> marks.",
        "Turns of one side that follow each other were joined.",
    }
    plain = [
        {
            "conversations": [
                {"from": "human", "value": "Q"},
                {"from": "function_call", "value": '{"name": "look", "arguments": {"n": 1}}'},
                {"from": "observation", "value": "r"},
                {"from": "gpt", "value": "A"},
            ],
            "tools": '[{"name": "look"}]',
        }
    ]
    back, lost = converted(make, plain, "openai")
    assert lost == []
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"n":1}'}}
    assert back[0]["messages"][1:3] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "r", "tool_call_id": "call_1"},
    ]
    assert back[0]["tools"] == [{"type": "function", "function": {"name": "look"}}]


def test_tools_into_alpaca_lose_what_they_lose(make: Make) -> None:
    rows, lost = converted(make, OPENAI, "alpaca")
    assert rows[0]["output"] == "A2" and len(rows[0]["history"]) == 2
    said = " ".join(lost)
    for part in ("list of tools", "Tool calls and their results", "weight 0", "(1 row: 1)"):
        assert part in said


def test_pairs(make: Make) -> None:
    rows, lost = converted(make, PAIRS, "alpaca")
    assert rows == [{"instruction": "Q", "input": "", "output": "good"}] and "rejected answer" in lost[0]
    rows, lost = converted(make, PAIRS, "kto")
    assert [(row["messages"][-1]["content"], row["label"]) for row in rows] == [("good", True), ("bad", False)]
    assert converted(make, PAIRS, "preference") == (PAIRS, [])


def test_bad_answers_are_never_learned(make: Make) -> None:
    rows, lost = converted(make, KTO, "sharegpt")
    assert [row["conversations"][-1]["value"] for row in rows] == ["yes"]
    assert "Answers that are labelled as bad are left out. (1 row: 2)" in lost


def test_text_both_ways(make: Make) -> None:
    rows, lost = converted(make, ALPACA, "text")
    assert rows[0] == {"text": "S\n\nq\n\na\n\nQ1\nmore\n\nA1", "id": 7} and "Who says what" in lost[0]
    back, lost = converted(make, [{"text": "T"}], "openai")
    assert back[0]["messages"][-1] == {"role": "assistant", "content": "T"} and "Raw text has no question" in lost[0]


def test_what_cannot_be(make: Make) -> None:
    for rows, to, says in (
        (ALPACA, "preference", "one answer each"),
        (ALPACA, "xml", "There is no format xml"),
    ):
        with pytest.raises(DatasetError, match=says):
            converted(make, rows, to)
    with pytest.raises(DatasetError, match="Nothing says yet"):
        Conversion(make([{"a": 1}]), "openai")


def test_rows_that_mean_nothing_are_named(make: Make, tmp_path: Path) -> None:
    bad = {"conversations": [{"from": "gpt", "value": "x"}]}
    good = {"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}
    rows, lost = converted(make, [good, bad], "openai")
    assert len(rows) == 1 and "Turn 1 is gpt; human/observation is expected there. (1 row: 2)" in lost[0]
    with pytest.raises(DatasetError, match=r"No row can be converted. .*Turn 1 is gpt"):
        convert_to_set(Conversion(make([bad], guessed([good]), "bad"), "openai"), tmp_path / "new.sqlite", "bad")
    assert not (tmp_path / "new.sqlite").exists()


def test_a_column_that_is_in_the_way_is_kept_beside(make: Make) -> None:
    rows = [{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "output": "note"}]
    assert converted(make, rows, "alpaca")[0] == [
        {"instruction": "Q", "input": "", "output": "A", "output (2)": "note"}
    ]


@pytest.mark.parametrize("to", targets.ids())
def test_c05_into_every_format_and_it_is_one(to: str, project: Project) -> None:
    report = import_file(project, DATA / "cases" / "C05.openai_tools.jsonl")
    with DatasetStore.open(report.path) as store:
        if to == "preference":
            return
        conversion = Conversion(store, to)
        count = convert_to_set(conversion, project.dataset_path("new"), "c05")
    with DatasetStore.open(project.dataset_path("new")) as made:
        assert made.count() == count >= 10
        assert made.mapping.format == to
        guess = formats.get(to).guess(Sample(made.columns, values(made)))
        assert guess is not None
        broken = [talk for _, talk in made.conversations() if not isinstance(talk, Conversation)]
        assert len(broken) <= 1
