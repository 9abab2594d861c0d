"""`tunesmith train`: a real run of a tiny model through the queue, and what wrong input gets."""

import json
from pathlib import Path

import pytest

from services.cli.main import main
from services.jobs.job import State
from services.projects.project import Project
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.training import QUICK, add_dataset, number_rows


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.create(tmp_path / "My 项目")
    add_dataset(made, "rows", number_rows(12))
    return made


@pytest.fixture
def recipe(tmp_path: Path, project: Project) -> Path:
    from services.yaml import dump_yaml

    values = {
        **QUICK,
        "model_name_or_path": str(make_tiny_model(tmp_path / "tiny")),
        "dataset": "rows",
        "finetuning_type": "lora",
        "logging_steps": 1,
        "stage": "sft",
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(dump_yaml(values), encoding="utf-8")
    return path


def test_a_run_from_a_recipe_file(
    project: Project, recipe: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = str(project.folder)
    assert main(["train", folder, str(recipe), "--set", "max_steps=2", "--ask", "Hi", "--json"]) == 0
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "started" and kinds[-1] == "finished"
    assert [e["step"] for e in events if e["type"] == "metric" and e["name"] == "loss"] == [1, 2]
    assert [e["label"] for e in events if e["type"] == "sample"] == ["before", "after"]
    (job,) = project.jobs()
    assert job.summary().state is State.FINISHED
    assert (job.folder / "adapter_model.safetensors").is_file()


def test_detached_runs_are_queued_and_named(
    project: Project, recipe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.jobs import queue

    monkeypatch.setattr(queue.submit, "__kwdefaults__", {"starter": lambda command, folder: None})
    arguments = [
        "train",
        str(project.folder),
        str(recipe),
        "--detach",
        "--json",
        "--name",
        "支持",
        "--set",
        "lora_rank=16",
    ]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    job = project.job(told["job"])
    assert str(job.folder) == told["folder"] and job.folder.name.endswith("支持")
    assert job.request.recipe["lora_rank"] == 16  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ("lora_rank=zero", 1, "lora_rank"),
        ("lora_rank", 2, "KEY=VALUE"),
        ("finetuning_type=magic", 1, "finetuning_type"),
    ],
)
def test_wrong_changes_are_named(
    project: Project, recipe: Path, capsys: pytest.CaptureFixture[str], change: str, code: int, sentence: str
) -> None:
    assert main(["train", str(project.folder), str(recipe), "--set", change]) == code
    assert sentence in capsys.readouterr().err
    assert project.jobs() == []


def test_a_recipe_that_is_not_there_is_a_sentence(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project.folder), "nowhere.yaml"]) == 1
    assert "nowhere.yaml cannot be read" in capsys.readouterr().err
