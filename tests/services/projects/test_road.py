"""The road: where a project stands, and the one next thing."""

import pytest

from desktop.commands import commands, load
from services.jobs.job import State, Summary
from services.projects.contents import ChatItem, Contents, DatasetItem, DeployedItem
from services.projects.road import road


def _run(state: State, **kw: object) -> Summary:
    return Summary("0007", "lora", "train", state, **kw)  # type: ignore[arg-type]


DATA = (DatasetItem("support", 1240),)
CASES = [
    (Contents(), ["now", "todo", "todo", "todo"], "data.import", "Next: put in your first examples"),
    (
        Contents(datasets=(DatasetItem("few", 7),)),
        ["now", "todo", "todo", "todo"],
        "data.open",
        "Next: 3 more examples",
    ),
    (Contents(datasets=DATA), ["now", "todo", "todo", "todo"], "train.new", "Next: train on them"),
    (
        Contents(datasets=DATA, runs=(_run(State.RUNNING, step=312, total=465),)),
        ["done", "now", "todo", "todo"],
        "run.latest",
        "Run 7 is training",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.WAITING),)),
        ["done", "now", "todo", "todo"],
        "",
        "Run 7 waits for its turn",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.FAILED),)),
        ["done", "bad", "todo", "todo"],
        "run.latest",
        "Next: see what stopped run 7",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.PAUSED),)),
        ["done", "now", "todo", "todo"],
        "road.resume",
        "Next: let run 7 go on",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.INTERRUPTED),)),
        ["done", "now", "todo", "todo"],
        "road.resume",
        "Next: let run 7 go on",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.FINISHED),)),
        ["done", "done", "now", "todo"],
        "chat.new",
        "Next: ask your model something",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.STOPPED),), chats=(ChatItem("a", "hello", 2),)),
        ["done", "done", "done", "now"],
        "export.latest",
        "Next: bring it to Ollama",
    ),
    (
        Contents(datasets=DATA, runs=(_run(State.FINISHED),), deployed=(DeployedItem("lantern", "host", "0007"),)),
        ["done", "done", "done", "done"],
        "chat.new",
        "lantern is deployed",
    ),
]


@pytest.mark.parametrize(("contents", "states", "command", "sentence"), CASES)
def test_where_a_project_stands(contents: Contents, states: list[str], command: str, sentence: str) -> None:
    found = road(contents)
    assert [s.state for s in found.steps] == states
    assert (found.command, found.sentence) == (command, sentence)
    assert found.folded is bool(contents.deployed)


def test_details_say_how_far() -> None:
    assert road(Contents(datasets=DATA)).steps[0].detail == "1,240 rows"
    running = road(Contents(datasets=DATA, runs=(_run(State.RUNNING, step=312, total=465),)))
    assert running.steps[1].detail == "312 / 465"


def test_findings_do_not_stop_anyone() -> None:
    found = road(Contents(datasets=DATA), findings=4)
    assert found.sentence == "4 findings, none blocks you"
    assert found.command == "train.new"


def test_every_command_it_asks_for_exists() -> None:
    load()
    assert {c for _, _, c, _ in CASES if c} <= set(commands.ids())


def test_a_later_run_at_work_counts_more_than_an_earlier_finished_one() -> None:
    earlier = Summary("0006", "lora", "train", State.FINISHED)
    found = road(Contents(datasets=DATA, runs=(_run(State.RUNNING), earlier)))
    assert found.steps[1].state == "now"
