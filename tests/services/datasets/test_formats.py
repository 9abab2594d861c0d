"""What rows mean in each format, and how a format is recognised."""

import json
from typing import Any

import pytest

from services.datasets.conversation import Conversation, Turn
from services.datasets.formats import Sample, formats, guess_format
from services.datasets.mapping import OPENAI_TAGS, Mapping, RowProblem, Tags
from tests.services.datasets.conftest import DATA

ALPACA = Mapping(
    format="alpaca",
    columns={"prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history"},
)
SHAREGPT = Mapping(format="sharegpt", columns={"messages": "conversations", "system": "system", "tools": "tools"})
OPENAI = Mapping(format="openai", columns={"messages": "messages", "tools": "tools"}, tags=OPENAI_TAGS)
CHAT = {"human": "human", "gpt": "gpt", "obs": "observation", "call": "function_call", "sys": "system"}


def talk(*turns: str) -> list[dict[str, str]]:
    """'human:text' and so on as sharegpt turns."""
    return [{"from": CHAT[t.split(":")[0]], "value": t.split(":", 1)[1]} for t in turns]


def code(mapping: Mapping, values: dict[str, Any]) -> str:
    with pytest.raises(RowProblem) as caught:
        mapping.conversation(values)
    assert caught.value.problem.sentence.format(**caught.value.problem.values)
    return caught.value.problem.code


def guess(*rows: dict[str, Any]) -> Mapping:
    found = guess_format(Sample(list(dict.fromkeys(k for r in rows for k in r)), list(rows)))
    assert found is not None and found.reason.format(**found.values)
    return found.mapping


class TestAlpaca:
    def test_instruction_newline_input_nothing_trimmed(self) -> None:
        got = ALPACA.conversation({"instruction": " Say ", "input": "a\n", "output": " b", "system": "", "history": []})
        assert got == Conversation((Turn("user", " Say \na\n"), Turn("assistant", " b")))

    @pytest.mark.parametrize(("question", "more", "text"), [("a", "", "a"), ("", "b", "b"), ("a", None, "a")])
    def test_empty_parts_are_skipped(self, question: str, more: str | None, text: str) -> None:
        got = ALPACA.conversation({"instruction": question, "input": more, "output": "x"})
        assert got.turns[0].content == text

    def test_history_comes_first_and_is_trained(self) -> None:
        row = {"instruction": "3", "output": "c", "history": [["1", "a"], ["2", "b"]], "system": "S"}
        got = ALPACA.conversation(row)
        assert [t.content for t in got.turns] == ["1", "a", "2", "b", "3", "c"]
        assert all(t.trained for t in got.turns) and got.system == "S"
        assert ALPACA.conversation({**row, "history": json.dumps(row["history"])}) == got, "as a CSV has it"

    def test_what_stops_a_row(self) -> None:
        good = {"instruction": "a", "output": "b"}
        assert code(ALPACA, {**good, "output": None}) == "no-answer"
        assert code(ALPACA, {"instruction": "a"}) == "no-answer"
        assert code(ALPACA, {**good, "output": ""}) == "empty-answer"
        assert code(ALPACA, {**good, "output": 5}) == "not-text"
        assert code(ALPACA, {**good, "history": [["a"]]}) == "history"
        assert code(ALPACA, {**good, "history": "no list"}) == "turns"
        assert code(Mapping(), good) == "no-format"


class TestSharegpt:
    def test_a_leading_system_turn_wins_over_the_column(self) -> None:
        row = {"conversations": talk("sys:turn", "human:a", "gpt:b"), "system": "column", "tools": "[1]"}
        got = SHAREGPT.conversation(row)
        assert (got.system, got.tools) == ("turn", "[1]")
        assert SHAREGPT.conversation({**row, "conversations": row["conversations"][1:]}).system == "column"
        assert SHAREGPT.conversation({"conversations": row["conversations"][1:], "system": ""}).system is None

    def test_calls_and_observations(self) -> None:
        got = SHAREGPT.conversation({"conversations": talk("human:q", "call:{}", "obs:o", "gpt:b")})
        assert [t.role for t in got.turns] == ["user", "function", "observation", "assistant"]

    @pytest.mark.parametrize(
        ("turns", "said"),
        [
            (["human:a", "human:b", "gpt:c", "gpt:d"], "Turn 2 is human; gpt/function_call is expected there."),
            (["sys:s", "gpt:a", "human:b"], "Turn 2 is gpt; human/observation is expected there."),
            (["human:a", "gpt:b", "human:c"], "The last turn has no answer."),
            (["human:a", "gpt:b", "sys:late", "gpt:c"], "Turn 3 is system; human/observation is expected there."),
        ],
    )
    def test_broken_order_names_the_turn(self, turns: list[str], said: str) -> None:
        with pytest.raises(RowProblem) as caught:
            SHAREGPT.conversation({"conversations": talk(*turns)})
        assert caught.value.problem.code == "role-order" and str(caught.value) == said
        assert caught.value.problem.way_out and caught.value.problem.column == "conversations"

    def test_what_else_stops_a_row(self) -> None:
        assert code(SHAREGPT, {"conversations": []}) == "no-turns"
        assert code(SHAREGPT, {"conversations": None}) == "no-turns"
        assert code(SHAREGPT, {"conversations": "text"}) == "turns"
        assert code(SHAREGPT, {"conversations": ["text"]}) == "turns"
        assert code(SHAREGPT, {"conversations": talk("human:a")}) == "no-answer"
        assert code(SHAREGPT, {"conversations": talk("human:a", "gpt: ")}) == "empty-answer"

    def test_own_tags(self) -> None:
        tags = Tags(role_tag="who", content_tag="says", user_tag="Q", assistant_tag="A", system_tag="")
        mapping = Mapping(format="sharegpt", columns={"messages": "m"}, tags=tags)
        got = mapping.conversation({"m": [{"who": "Q", "says": "a"}, {"who": "A", "says": "b"}]})
        assert [t.content for t in got.turns] == ["a", "b"]

    def test_json_text_in_a_cell_is_read(self) -> None:
        got = SHAREGPT.conversation({"conversations": json.dumps(talk("human:a", "gpt:b"))})
        assert len(got.turns) == 2


class TestOpenAi:
    def test_order_is_the_rows_own(self) -> None:
        messages = [{"role": "assistant", "content": "hi"}, {"role": "user", "content": "a"},
                    {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]  # fmt: skip
        assert [t.role for t in OPENAI.conversation({"messages": messages}).turns] == [m["role"] for m in messages]

    def test_nothing_is_injected(self) -> None:
        pair = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        assert OPENAI.conversation({"messages": pair}).system is None
        assert OPENAI.conversation({"messages": [{"role": "system", "content": ""}, *pair]}).system == ""

    def test_reasoning_is_kept_apart(self) -> None:
        pair = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning_content": "why"}]
        assert OPENAI.conversation({"messages": pair}).turns[1].reasoning == "why"

    def test_what_stops_a_row(self) -> None:
        user = {"role": "user", "content": "a"}
        answer = {"role": "assistant", "content": "b"}
        assert code(OPENAI, {"messages": [user]}) == "no-answer"
        assert code(OPENAI, {"messages": [user, {**answer, "weight": 0}]}) == "nothing-trained"
        assert code(OPENAI, {"messages": [user, answer, {"role": "system", "content": "late"}]}) == "system-place"
        assert code(OPENAI, {"messages": [user, {"role": "critic", "content": "b"}]}) == "role"
        assert code(OPENAI, {"messages": [user, {"role": "assistant", "tool_calls": [{"x": 1}]}]}) == "tool-calls"
        assert code(OPENAI, {"messages": [user, {"role": "assistant", "content": 5}]}) == "not-text"

    def test_an_untrained_empty_answer_stops_nothing(self) -> None:
        messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "weight": 0},
                    {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]  # fmt: skip
        assert [t.trained for t in OPENAI.conversation({"messages": messages}).turns] == [True, False, True, True]

    def test_pictures_are_said_not_trained(self) -> None:
        parts = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": "x"}}]
        row = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "b"}]}
        assert OPENAI.conversation(row).turns[0].content == "What?"
        assert [p.code for p in OPENAI.check(row)] == ["media"]


class TestPreference:
    def test_sharegpt_shape(self) -> None:
        row = {"conversations": talk("human:q"), "chosen": talk("gpt:a")[0], "rejected": talk("gpt:b")[0]}
        mapping = guess(row)
        got = mapping.conversation(row)
        assert (mapping.format, got.turns, got.chosen, got.rejected) == (
            "preference", (Turn("user", "q"),), Turn("assistant", "a"), Turn("assistant", "b"),
        )  # fmt: skip
        assert code(mapping, {**row, "conversations": talk("human:q", "gpt:a")}) == "role-order"
        assert code(mapping, {**row, "rejected": talk("human:b")[0]}) == "role-order"

    def test_talks_repeated_in_both_answers(self) -> None:
        def chat(*texts: str) -> list[dict[str, str]]:
            return [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(texts)]

        row = {"chosen": chat("q", "a"), "rejected": chat("q", "b")}
        mapping = guess(row)
        got = mapping.conversation(row)
        assert (got.turns, got.chosen.content, got.rejected.content) == ((Turn("user", "q"),), "a", "b")
        row = {"prompt": chat("q"), "chosen": chat("", "a")[1:], "rejected": chat("", "b")[1:]}
        got = guess(row).conversation(row)
        assert (got.turns, got.chosen.content, got.rejected.content) == ((Turn("user", "q"),), "a", "b")


class TestKto:
    def test_only_the_judged_answer_is_trained(self) -> None:
        row = {"conversations": talk("human:1", "gpt:a", "human:2", "gpt:b"), "kto_tag": False}
        got = guess(row).conversation(row)
        assert got.label is False and [t.trained for t in got.turns] == [True, False, True, True]

    def test_trl_columns(self) -> None:
        row = {"prompt": "q", "completion": "a", "label": True}
        mapping = guess(row)
        assert mapping.format == "kto"
        got = mapping.conversation(row)
        assert (got.label, [t.content for t in got.turns]) == (True, ["q", "a"])
        row = {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}],
               "label": True}  # fmt: skip
        assert [t.content for t in guess(row).conversation(row).turns] == ["q", "a"]

    def test_a_column_called_label_that_holds_classes_is_no_kto(self) -> None:
        assert guess({"prompt": "q", "completion": "a", "label": "positive"}).format == "alpaca"


def test_text() -> None:
    mapping = guess({"text": "a"}, {"text": "b"})
    assert mapping.format == "text" and mapping.conversation({"text": "a"}) == Conversation(text="a")
    assert code(mapping, {"text": " \n"}) == "empty-text" and code(mapping, {"text": None}) == "empty-text"
    listed = Mapping(format="text", columns={"prompt": "body"})  # as dataset_info.json names it
    assert listed.conversation({"body": "x"}).text == "x"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["instruction", "input", "output"], {"prompt": "instruction", "query": "input", "response": "output"}),
        (["Question", "Answer"], {"prompt": "Question", "response": "Answer"}),
        (["input", "output"], {"prompt": "input", "response": "output"}),
        (["问题", "回答", "系统提示"], {"prompt": "问题", "response": "回答", "system": "系统提示"}),
        (
            ["System Prompt", "User", "Assistant"],
            {"prompt": "User", "response": "Assistant", "system": "System Prompt"},
        ),
        (["Col1", "Col2"], {"prompt": "Col1", "response": "Col2"}),
    ],
)
def test_questions_and_answers_by_their_names(columns: list[str], expected: dict[str, str]) -> None:
    mapping = guess(dict.fromkeys(columns, "words"))
    assert (mapping.format, mapping.columns) == ("alpaca", expected)


def test_what_nobody_recognises() -> None:
    assert guess_format(Sample(["a", "b", "c"], [{"a": "x", "b": "y", "c": "z"}])) is None
    assert guess_format(Sample([], [])) is None


def test_keys_in_other_case_are_understood_and_said() -> None:
    row = {"Instruction": "a", "OUTPUT": "b"}
    assert [p.code for p in ALPACA.check(row)] == ["key-case", "key-case"]
    assert ALPACA.conversation(row).turns[1].content == "b"


@pytest.mark.parametrize(
    ("name", "format_id", "rows"),
    [("alpaca_en_demo", "alpaca", 6), ("identity", "alpaca", 6), ("glaive_toolcall_en_demo", "sharegpt", 6),
     ("dpo_en_demo", "preference", 6), ("kto_en_demo", "kto", 6)],
)  # fmt: skip
def test_the_peers_own_files(name: str, format_id: str, rows: int) -> None:
    found = json.loads((DATA / "datasets" / f"{name}.json").read_text(encoding="utf-8"))
    mapping = guess(*found)
    assert mapping.format == format_id
    assert len([mapping.conversation(row) for row in found]) == rows


def test_every_format_describes_itself() -> None:
    for item in formats:
        assert item.id in formats and item.title and item.roles
