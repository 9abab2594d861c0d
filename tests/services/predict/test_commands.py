"""tunesmith predict, as a person or a script calls it: a recipe in LLaMA-Factory's own words, a worker of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.main import main
from services.jobs import events as ev
from services.jobs.job import State
from services.jobs.kinds.predict import PredictRequest
from services.jobs.queue import resume, submit
from services.projects.project import Project
from tests.helpers.jobs import kill_worker, wait_for, wait_state
from tests.helpers.tiny_runs import make_run
from tests.helpers.training import add_dataset

RECIPE = """### model
model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
adapter_name_or_path: jobs/0001-train-greet
trust_remote_code: true
### method
stage: sft
do_predict: true
finetuning_type: lora
### dataset
eval_dataset: identity,more
template: chatml
cutoff_len: 2048
max_samples: 50
overwrite_cache: true
preprocessing_num_workers: 16
dataloader_num_workers: 4
### output
output_dir: saves/llama3-8b/lora/predict
overwrite_output_dir: true
report_to: none
### eval
per_device_eval_batch_size: 1
predict_with_generate: true
ddp_timeout: 180000000
"""


@pytest.fixture
def ready(project: Project, tiny: Path) -> Project:
    add_dataset(project, "identity", [{"instruction": "Who are you?", "output": "A tide."}])
    add_dataset(project, "more", [{"instruction": "Hi", "output": "Hello"}, {"instruction": "你好", "output": "好"}])
    make_run(project, tiny)
    (project.folder / "predict.yaml").write_text(RECIPE, encoding="utf-8")
    return project


def command(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "services.cli.main", "predict", str(project.folder), *arguments]
    return subprocess.run(line, capture_output=True, encoding="utf-8", check=False)


def test_a_recipe_of_the_peer_is_answered_by_a_worker_of_its_own(ready: Project) -> None:
    recipe = str(ready.folder / "predict.yaml")
    done = command(ready, recipe, "--set", "max_new_tokens=5", "--set", "do_sample=false", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["type"] == "finished" and events[-1]["result"]["rows"] == 3
    job = ready.jobs()[-1]
    assert job.folder.name == "0002-predict-predict"
    lines = (job.folder / "generated_predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["A tide.", "Hello", "好"]
    assert (job.folder / "predict_results.json").is_file()
    shown = command(ready, recipe, "--set", "max_new_tokens=2", "--set", "max_samples=1", "--name", "short")
    assert shown.returncode == 0, shown.stderr
    assert "bleu-4" in shown.stdout and "Job 0003 finished, 2 rows:" in shown.stdout


def test_wrong_usage_queues_nothing(ready: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(ready.folder)
    assert main(["predict", place, str(tmp_path / "none.yaml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main(["predict", place, str(ready.folder / "predict.yaml"), "--set", "temperature"]) == 2
    assert "--set needs KEY=VALUE" in capsys.readouterr().err
    assert main(["predict", place, str(ready.folder / "predict.yaml"), "--set", "temperature=hot"]) == 1
    assert "temperature" in capsys.readouterr().err
    assert len(ready.jobs()) == 1


def test_a_failure_is_one_sentence(ready: Project) -> None:
    done = command(ready, str(ready.folder / "predict.yaml"), "--set", "eval_dataset=gone")
    assert done.returncode == 1
    assert done.stderr.strip() == "This project has no data set called gone. There are: identity, more."


def test_a_worker_that_is_killed_in_earnest_goes_on(ready: Project) -> None:
    rows = [{"instruction": f"Row {i}", "output": f"{i}"} for i in range(60)]
    add_dataset(ready, "many", rows)
    recipe = {"adapter_name_or_path": "1", "eval_dataset": "many", "max_new_tokens": 60, "temperature": 1.5}
    job = submit(ready, PredictRequest(recipe={**recipe, "per_device_eval_batch_size": 1}))
    path = job.folder / "generated_predictions.jsonl"

    def lines() -> list[bytes]:
        return path.read_bytes().split(b"\n")[:-1] if path.exists() else []

    wait_for(lambda: len(lines()) >= 3)
    assert kill_worker(job)
    before = lines()
    assert 3 <= len(before) < 60
    wait_state(job, State.INTERRUPTED, State.FAILED)
    resume(job)
    wait_state(job, State.FINISHED)
    found = [json.loads(line) for line in lines()]
    assert [line["row_id"] for line in found] == list(range(1, 61))
    assert set(before) <= set(lines())  # not one of them was asked again
    attempts = [e for e in job.events() if isinstance(e, ev.Started)]
    counted = [e.step for e in job.events() if isinstance(e, ev.Metric) and e.time > attempts[-1].time]
    assert min(counted) == len(before) + 1 and max(counted) == 60
