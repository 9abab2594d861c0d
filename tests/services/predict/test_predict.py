"""A prediction from its request to its files: right answers, whatever the batches and whatever kills it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.datasets.conversation import Conversation, Turn
from services.engine import metrics
from services.engine.asked import asked_model, load_asked
from services.engine.generate import answer_conversation
from services.engine.loading import LoadOptions
from services.engine.predict import Answerer
from services.engine.server_generate import Sampling
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.kinds.predict import PredictRequest
from services.projects.project import Project
from services.workers.predict import work
from services.workers.shell import run_job
from tests.helpers.tiny_runs import make_run
from tests.helpers.training import add_dataset, failure, messages

ROWS = [
    {"instruction": "Who are you?", "output": "I am Xiaochao."},
    {"instruction": "你是谁？", "output": "我是小潮。"},
    {"instruction": "Name a colour of a light on the port side of a ship, please.", "output": "Red"},
    {"instruction": "Hi", "output": ""},
    {"instruction": "Count", "input": "to three", "output": "one two three", "system": "You count."},
    {"instruction": "Hello there", "output": "Hello"},
    {"instruction": "Say <|im_end|> aloud", "output": "<|im_end|>"},
]
KEYS = [
    "prompt",
    "predict",
    "label",
    "bleu-4",
    "rouge-1",
    "rouge-2",
    "rouge-l",
    "finish",
    "tokens",
    "dataset",
    "row_id",
]
RESULTS = {
    "predict_bleu-4",
    "predict_rouge-1",
    "predict_rouge-2",
    "predict_rouge-l",
    "predict_runtime",
    "predict_samples_per_second",
    "predict_steps_per_second",
}


@pytest.fixture
def ready(project: Project, tiny: Path) -> Project:
    """A project with the rows and run 1."""
    add_dataset(project, "rows", ROWS)
    make_run(project, tiny, checkpoints=(10,))
    return project


def predict(project: Project, commands: Callable[[int], set[str]] | None = None, **recipe: Any) -> Job:
    """Do a prediction here and return its job, ended."""
    values = {
        "adapter_name_or_path": "1",
        "eval_dataset": "rows",
        "do_predict": True,
        "predict_with_generate": True,
        "do_sample": False,
        "bf16": False,
        "max_new_tokens": 12,
        "per_device_eval_batch_size": 3,
        **recipe,
    }
    job = Job.create(project.jobs_dir, PredictRequest(recipe={k: v for k, v in values.items() if v is not None}))
    run_job(job, work)
    return job


def lines(job: Job) -> list[dict[str, Any]]:
    text = (job.folder / "generated_predictions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def results(job: Job) -> dict[str, Any]:
    return json.loads((job.folder / "predict_results.json").read_text(encoding="utf-8"))


def test_a_prediction_leaves_its_files(ready: Project) -> None:
    job = predict(ready)
    assert failure(job) == ""
    found = lines(job)
    assert [list(line) for line in found] == [KEYS] * 7
    assert [line["row_id"] for line in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [line["label"] for line in found] == [row["output"] for row in ROWS]
    assert found[4]["prompt"] == (
        "<|im_start|>system\nYou count.<|im_end|>\n<|im_start|>user\nCount\nto three<|im_end|>\n<|im_start|>assistant\n"
    )
    assert all(metrics.score(x["predict"], x["label"]) == {name: x[name] for name in metrics.NAMES} for x in found)
    told = results(job)
    assert set(told) == RESULTS == set(json.loads((job.folder / "all_results.json").read_text(encoding="utf-8")))
    assert told["predict_bleu-4"] == pytest.approx(sum(line["bleu-4"] for line in found) / 7)
    assert told["predict_runtime"] > 0
    ratio = told["predict_samples_per_second"] / told["predict_steps_per_second"]
    assert ratio == pytest.approx(7 / 3, rel=0.01)
    summary = job.summary()
    assert (summary.state, summary.step, summary.total) == (State.FINISHED, 7, 7)
    assert summary.result["rows"] == 7
    curve = [(e.step, e.value) for e in job.events() if isinstance(e, ev.Metric) and e.name == "predict_rouge-l"]
    assert [step for step, _ in curve] == [3, 6, 7]
    assert curve[-1][1] == told["predict_rouge-l"]
    assert messages(job) == ["Rows without an answer of their own: 1. Their scores are 0."]


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_an_answer_is_the_one_that_the_prompt_gets_alone(ready: Project, batch: int) -> None:
    found = lines(predict(ready, per_device_eval_batch_size=batch))
    trained = asked_model(ready, "run-1")
    model = load_asked(trained, LoadOptions(dtype="fp32"))
    assert trained.template is not None
    for line, row in zip(found, ROWS, strict=True):
        text = "\n".join(part for part in (row["instruction"], row.get("input", "")) if part)
        talk = Conversation(turns=(Turn("user", text),), system=row.get("system"))
        parts: list[str] = []
        sampling = Sampling(temperature=0, max_tokens=12)
        outcome = answer_conversation(model, trained.template, talk, sampling, parts.append)
        written = "".join(parts)
        for token in trained.tokenizer.control:
            written = written.replace(token, "")
        assert (line["predict"], line["finish"]) == (written, outcome.reason)
        assert line["tokens"] == outcome.completion_tokens
        seen = trained.template.prompt_ids(talk)
        assert line["prompt"] == trained.tokenizer.decode(seen)


def test_adapter_checkpoint_and_base_answer_differently(ready: Project, tiny: Path) -> None:
    run = ready.job("1").folder
    by_number = [line["predict"] for line in lines(predict(ready))]
    by_folder = predict(ready, adapter_name_or_path=f"jobs/{run.name}", model_name_or_path=str(tiny))
    assert [line["predict"] for line in lines(by_folder)] == by_number
    checkpoint = predict(ready, adapter_name_or_path=str(run / "checkpoint-10"))
    base = predict(ready, adapter_name_or_path=None, model_name_or_path=str(tiny))
    texts = [tuple(line["predict"] for line in lines(job)) for job in (by_folder, checkpoint, base)]
    assert len(set(texts)) == 3


def test_an_adapter_of_another_program_answers_on_its_base(ready: Project, tiny: Path, tmp_path: Path) -> None:
    bare = tmp_path / "适配器 adapter"
    bare.mkdir()
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        (bare / name).write_bytes((ready.job("1").folder / name).read_bytes())
    job = predict(ready, adapter_name_or_path=str(bare), model_name_or_path=str(tiny), template="chatml")
    assert [line["predict"] for line in lines(job)][:3] == [line["predict"] for line in lines(predict(ready))][:3]


@pytest.mark.parametrize("sampling", [{}, {"do_sample": True, "temperature": 1.5, "top_p": 1.0, "top_k": 0}])
def test_a_killed_prediction_goes_on_and_asks_no_row_twice(
    ready: Project, sampling: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lines(predict(ready, per_device_eval_batch_size=2, **sampling))
    asked: list[int] = []
    own = Answerer.answer

    def dying(self: Answerer, prompts: list[list[int]], seed: int) -> Any:
        if len(asked) == 2:
            raise SystemExit("killed")  # nothing of ours sees this coming
        asked.append(len(prompts))
        return own(self, prompts, seed)

    monkeypatch.setattr(Answerer, "answer", dying)
    with pytest.raises(SystemExit):
        predict(ready, per_device_eval_batch_size=2, **sampling)
    job = ready.jobs()[-1]
    assert job.summary().state is State.INTERRUPTED
    path = job.folder / "generated_predictions.jsonl"
    before = path.read_bytes()
    assert before.count(b"\n") == 4
    path.write_bytes(before + before[: len(before) // 8])  # half a line that was not on disk yet
    ready.dataset_path("rows").unlink()  # edits and deletions meanwhile do not reach it
    asked.clear()
    monkeypatch.setattr(Answerer, "answer", lambda self, p, seed: (asked.append(len(p)), own(self, p, seed))[1])
    assert run_job(job, work) == 0
    assert asked == [2, 1]
    assert lines(job) == whole
    assert {name: value for name, value in results(job).items() if "rouge" in name or "bleu" in name} == {
        f"predict_{name}": value for name, value in metrics.means(whole).items()
    }


def leaving(monkeypatch: pytest.MonkeyPatch, command: str, after: int) -> None:
    """Ask the job for something when so many batches are answered."""
    own, done = Answerer.answer, [0]

    def steered(self: Answerer, prompts: list[list[int]], seed: int) -> Any:
        done[0] += 1
        if done[0] == after + 1:
            Job(LAST[-1]).ask(command)
        return own(self, prompts, seed)

    monkeypatch.setattr(Answerer, "answer", steered)


LAST: list[Path] = []


@pytest.fixture(autouse=True)
def remember_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    create = Job.create.__func__  # type: ignore[attr-defined]

    def remembered(cls: type[Job], *args: Any) -> Job:
        job: Job = create(cls, *args)
        LAST.append(job.folder)
        return job

    monkeypatch.setattr(Job, "create", classmethod(remembered))


def test_stop_keeps_what_is_answered(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving(monkeypatch, "stop", after=1)
    job = predict(ready, max_new_tokens=400)
    summary = job.summary()
    assert (summary.state, summary.step) == (State.STOPPED, 3)
    assert summary.result["rows"] == len(lines(job)) == 3
    assert [line["row_id"] for line in lines(job)] == sorted(line["row_id"] for line in lines(job))
    assert results(job)["predict_rouge-1"] == pytest.approx(metrics.means(lines(job))["rouge-1"])


def test_pause_goes_on_where_it_was(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lines(predict(ready))
    with monkeypatch.context() as patched:
        leaving(patched, "pause", after=2)
        job = predict(ready)
    assert job.summary().state is State.PAUSED
    assert not (job.folder / "predict_results.json").exists()
    assert run_job(job, work) == 0
    assert lines(job) == whole


def test_a_batch_that_does_not_fit_is_halved(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lines(predict(ready))
    own, sizes = Answerer._generate, []

    def short(self: Answerer, prompts: list[list[int]]) -> Any:
        sizes.append(len(prompts))
        if len(prompts) > 1:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes.")
        return own(self, prompts)

    monkeypatch.setattr(Answerer, "_generate", short)
    assert lines(predict(ready)) == whole
    assert sizes == [3, 1, 2, 1, 1] * 2 + [1]
    monkeypatch.setattr(Answerer, "_generate", lambda self, prompts: (_ for _ in ()).throw(MemoryError()))
    assert "not enough memory for one answer" in failure(predict(ready))


def test_a_repetition_penalty_does_not_count_padding(ready: Project) -> None:
    alone = lines(predict(ready, repetition_penalty=1.7, per_device_eval_batch_size=1))
    assert lines(predict(ready, repetition_penalty=1.7, per_device_eval_batch_size=7)) == alone


def test_max_samples_counts_for_each_data_set(ready: Project) -> None:
    add_dataset(ready, "more", ROWS[:2])
    found = lines(predict(ready, eval_dataset="more, rows", max_samples=1, max_new_tokens=1))
    assert [(line["dataset"], line["row_id"]) for line in found] == [("more", 1), ("rows", 1)]
    assert [line["tokens"] for line in found] == [1, 1]


def test_data_set_and_model_may_be_named_as_for_training(ready: Project, tiny: Path) -> None:
    job = predict(ready, eval_dataset=None, dataset="rows", adapter_name_or_path=None, model_name_or_path=str(tiny))
    assert len(lines(job)) == 7


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({"eval_dataset": None}, "No data set is chosen."),
        ({"eval_dataset": "none"}, "This project has no data set called none."),
        ({"adapter_name_or_path": None}, "No model is chosen."),
        ({"adapter_name_or_path": "1,2"}, "Several adapters at once cannot answer."),
        ({"adapter_name_or_path": "run-1/checkpoint-99"}, "Run 0001 has no checkpoint checkpoint-99."),
        ({"adapter_name_or_path": None, "model_name_or_path": "no/such"}, "The model no/such is not on this machine."),
        ({"eval_dataset": "empty"}, "The chosen data set has no rows."),
        ({"eval_dataset": "texts"}, "None of the 1 rows can be asked. The reason at row 1:"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(ready: Project, recipe: dict[str, Any], sentence: str) -> None:
    from services.datasets.mapping import Mapping

    add_dataset(ready, "empty", [])
    add_dataset(ready, "texts", [{"text": "The sea."}], Mapping(format="text", columns={"text": "text"}))
    job = predict(ready, **recipe)
    assert failure(job) == sentence
    assert not (job.folder / "generated_predictions.jsonl").exists()


def test_a_run_of_another_kind_is_no_model(ready: Project) -> None:
    first = predict(ready, max_new_tokens=1)
    assert failure(predict(ready, adapter_name_or_path=first.id)) == f"Job {first.id} is no training run."


def test_an_adapter_that_is_none_is_a_sentence(ready: Project, tiny: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    told = failure(predict(ready, adapter_name_or_path=str(nothing), model_name_or_path=str(tiny)))
    assert told == f"There is no adapter in {nothing}."
    run = ready.job("1").folder
    (run / "adapter_model.safetensors").write_bytes(b"broken")
    assert "cannot be loaded" in failure(predict(ready))
    (run / "adapter_model.safetensors").unlink()
    assert "has no .safetensors weights" in failure(predict(ready))
