"""The projects of late."""

from pathlib import Path

import pytest

from services.jobs.job import State, Summary
from services.paths import data_dir
from services.projects import recent
from services.projects.contents import Contents, DatasetItem, DeployedItem
from services.projects.project import Project


def test_newest_first_once_each_and_only_those_that_are_there(tmp_path: Path) -> None:
    one, two = (Project.create(tmp_path / n) for n in ("一 one", "two"))
    recent.remember(one.folder, "one")
    recent.remember(two.folder, "two")
    recent.remember(one.folder, "one again")
    assert [e.name for e in recent.recent_projects()] == ["one again", "two"]
    (two.folder / "project.toml").unlink()
    assert [e.name for e in recent.recent_projects()] == ["one again"]
    recent.forget(one.folder)
    assert recent.recent_projects() == []


def test_a_note_stays_until_a_new_one_is_known(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    recent.remember(project.folder, "p", Contents(datasets=(DatasetItem("d", 312),)))
    recent.remember(project.folder, "p")
    assert recent.recent_projects()[0].said()[2] == "312 examples, not trained yet"


RUN = Summary("0007", "lora", "train", State.FINISHED, result={"eval_loss": 1.1849})


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (Contents(), "no examples yet"),
        (Contents(datasets=(DatasetItem("d", 1),)), "1 example, not trained yet"),
        (Contents(runs=(RUN,)), "run 7 finished: eval loss 1.18"),
        (Contents(runs=(Summary("0007", "", "train", State.FINISHED),)), "run 7 finished"),
        (Contents(runs=(Summary("0007", "", "train", State.FAILED),)), "run 7 stopped by an error"),
        (Contents(runs=(Summary("0007", "", "train", State.PAUSED),)), "run 7 is not finished"),
        (Contents(runs=(RUN,), deployed=(DeployedItem("minutes", "host", "0007"),)), "deployed as minutes"),
    ],
)
def test_what_is_said_of_a_project(tmp_path: Path, contents: Contents, said: str) -> None:
    project = Project.create(tmp_path / "p")
    recent.remember(project.folder, "p", contents)
    assert recent.recent_projects()[0].said()[2] == said


@pytest.mark.parametrize("text", ["not toml [", '[[project]]\nname = "no folder"\n', ""])
def test_a_broken_list_begins_anew(tmp_path: Path, text: str) -> None:
    (data_dir() / "recent.toml").write_text(text, encoding="utf-8")
    assert recent.recent_projects() == []
    project = Project.create(tmp_path / "p")
    recent.remember(project.folder, "p")
    assert len(recent.recent_projects()) == 1


def test_the_list_does_not_grow_for_ever(tmp_path: Path) -> None:
    for number in range(recent.KEPT + 3):
        recent.remember(tmp_path / str(number), str(number))
    text = (data_dir() / "recent.toml").read_text(encoding="utf-8")
    assert text.count("[[project]]") == recent.KEPT
