"""tunesmith exam, as a person or a script calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.main import main
from services.projects.project import Project
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run
from tests.helpers.training import case

MINI = str(case("C29.mini_exam.csv"))


def command(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "services.cli.main", "exam", str(project.folder), *arguments]
    return subprocess.run(line, capture_output=True, encoding="utf-8", check=False)


def test_an_exam_is_sat_by_a_worker_of_its_own(project: Project, tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path / "tiny 模型")
    done = command(project, str(tiny), "--task", "own", "--data", MINI, "--shots", "1", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])["result"]
    assert result["questions"] == 6 and set(result["subjects"]) == {"harbour_rules", "counting"}
    assert result == json.loads((project.jobs()[-1].folder / "exam_results.json").read_text(encoding="utf-8"))
    make_run(project, tiny)
    shown = command(project, "run-2", "--task", "own", "--data", MINI, "--shots", "0", "--show", "1", "--name", "mine")
    assert shown.returncode == 0, shown.stderr
    assert "over all questions" in shown.stdout and "mean of the subjects" in shown.stdout
    assert "What colour is a starboard light?\nA. Red" in shown.stdout and ", right B" in shown.stdout
    assert project.jobs()[-1].folder.name == "0003-exam-mine"


def test_what_is_wrong_is_one_sentence(project: Project, tmp_path: Path) -> None:
    done = command(project, "9", "--task", "own", "--data", MINI)
    assert (done.returncode, done.stderr.splitlines()[0][:39]) == (1, "The model 9 is not on this machine. Dow")
    done = command(project, "9", "--task", "gsm8k", "--data", MINI)
    assert done.stderr.strip() == ("There is no exam called gsm8k. Choose one of: mmlu, cmmlu, ceval, own, own_zh.")


def test_wrong_usage(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exam", str(project.folder), "1", "--task", "own"]) == 2
    assert "--data" in capsys.readouterr().err
    assert main(["exam", str(project.folder), "1", "--task", "own", "--data", MINI, "--shots", "101"]) == 2
    assert project.jobs() == []
