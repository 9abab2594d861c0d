"""Cases from public reports that a training run meets, with their right values."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.engine import rows as run_rows
from services.engine.loading import LoadOptions, load_model
from services.jobs import events as ev
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.load import load_template
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.training import add_dataset, case, curve, failure, messages, new_run, number_rows, rows_of, work_on

MESSAGES = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)


def encoded(project: Project, model: Path, name: str, **recipe: Any) -> run_rows.Encoding:
    folder = project.folder / "written"
    run_rows.write_rows(project, name, None, folder)
    return run_rows.encode([folder / f"{name}.jsonl"], Recipe(**recipe), load_template("model", model))


# ---- C13: the answer is cut away by the length limit


def test_c13_what_is_cut_is_said_with_the_cutoff_that_keeps_all(project: Project, tiny_sample: Path) -> None:
    add_dataset(project, "cut", rows_of(case("C13.cutoff.json")))
    job = new_run(project, tiny_sample, "cut", cutoff_len=128, max_steps=1)
    assert work_on(job) == 0
    said = " ".join(messages(job))
    # rows 1-4, 6 and 8 are over 128; of 4 and 8 (253 and 108 tokens of answer) the answer loses its end
    assert "8 of 8 rows are trained, with at most 128 tokens each" in said
    assert "6 rows are cut to 128 tokens" in said and "1, 2, 3, 4, 6, 8" in said
    assert "329 keep all" in said
    assert all(0 < loss < 20 for loss in curve(job).values())

    whole = new_run(project, tiny_sample, "cut", cutoff_len=329, max_steps=1)
    assert work_on(whole) == 0
    assert not any("cut" in message for message in messages(whole))


def test_c13_a_run_that_would_train_nothing_does_not_start(project: Project, tiny_sample: Path) -> None:
    add_dataset(project, "all_cut", rows_of(case("C13.all_cut.json")))
    job = new_run(project, tiny_sample, "all_cut", cutoff_len=8, max_steps=2)
    assert work_on(job) == 1
    assert failure(job) == "All 3 rows lose their whole answer to cutoff_len 8: there is nothing to train."
    assert curve(job) == {}


# ---- C16: "continue" after the run has finished

C16 = {"warmup_ratio": 0, "learning_rate": 1e-4, "seed": 42, "save_steps": 10, "save_total_limit": 9}


@pytest.fixture
def finished(project: Project, tiny: Path) -> Any:
    add_dataset(project, "forty", rows_of(case("C16.forty_rows.json")))
    job = new_run(project, tiny, "forty", num_train_epochs=3, **C16)
    assert work_on(job) == 0
    assert list(curve(job)) == list(range(1, 31))
    return job


def test_c16_more_epochs_go_on_with_a_plan_made_anew(project: Project, tiny: Path, finished: Any) -> None:
    more = new_run(project, tiny, "forty", num_train_epochs=5, resume_from_checkpoint=finished.id, **C16)
    assert work_on(more) == 0
    losses, rates = curve(more), curve(more, "learning_rate")
    assert list(losses) == list(range(1, 51))
    assert {step: losses[step] for step in range(1, 31)} == curve(finished)
    assert [e.step for e in more.events() if isinstance(e, ev.Checkpoint)] == [40, 50]
    assert rates[31] == pytest.approx(3.455e-5, rel=1e-3)
    assert rates[50] < 2e-7
    assert any("planned anew over 50 steps instead of 30" in message for message in messages(more))
    lines = (more.folder / "trainer_log.jsonl").read_bytes().splitlines()
    assert len(lines) == 50


def test_c16_unchanged_says_that_the_run_is_complete(project: Project, tiny: Path, finished: Any) -> None:
    again = new_run(project, tiny, "forty", num_train_epochs=3, resume_from_checkpoint=finished.id, **C16)
    assert work_on(again) == 1
    assert failure(again) == "This run is complete: all 30 planned steps are trained."
    failed = again.events()[-1]
    assert isinstance(failed, ev.Failed) and failed.way_out == "Raise the epochs or choose other rows."


def test_c16_other_rows_start_anew_from_the_adapter(project: Project, tiny: Path, finished: Any) -> None:
    add_dataset(project, "other", number_rows(12))
    for name, chosen in (("resume_from_checkpoint", finished.id), ("adapter_name_or_path", finished.id)):
        job = new_run(project, tiny, "other", num_train_epochs=1, **{name: chosen}, **C16)
        assert work_on(job) == 0
        assert list(curve(job)) == [1, 2, 3]
        assert curve(job, "learning_rate")[1] == pytest.approx(1e-4)
        said = any("new run that begins with its adapter" in message for message in messages(job))
        assert said == (name == "resume_from_checkpoint")
    fresh = new_run(project, tiny, "other", num_train_epochs=1, **C16)
    work_on(fresh)
    assert curve(fresh)[1] != curve(job)[1]


# ---- C18: evaluation during training eats all memory


@pytest.fixture
def evaluated(project: Project) -> Project:
    add_dataset(project, "forty", rows_of(case("C16.forty_rows.json")))
    add_dataset(project, "eval", rows_of(case("C18.eval_rows.jsonl")))
    add_dataset(project, "eval_40", rows_of(case("C18.eval_rows.jsonl"))[:40])
    return project


def test_c18_eval_loss_is_the_mean_over_tokens_whatever_the_batch(evaluated: Project, tiny_sample: Path) -> None:
    from torch.nn.functional import cross_entropy

    found = {}
    for batch in (1, 4):
        job = new_run(
            evaluated,
            tiny_sample,
            "forty",
            eval_dataset="eval_40",
            max_steps=1,
            learning_rate=1e-12,
            eval_steps=1,
            eval_strategy="steps",
            per_device_eval_batch_size=batch,
            bf16=False,
        )
        assert work_on(job) == 0
        found[batch] = curve(job, "eval_loss")[1]
    assert found[1] == pytest.approx(found[4], abs=1e-4)

    import torch

    model = load_model(tiny_sample, LoadOptions(dtype="fp32"))
    rows = encoded(evaluated, tiny_sample, "eval_40").rows
    total, count = 0.0, 0
    with torch.no_grad():
        for row in rows:
            labels = torch.tensor(row["labels"][1:])
            logits = model(input_ids=torch.tensor([row["input_ids"]]), use_cache=False).logits[0, :-1]
            total += cross_entropy(logits, labels, reduction="sum").item()
            count += int((labels != -100).sum())
    assert found[1] == pytest.approx(total / count, rel=1e-5)


_PEAK = """
import sys
from pathlib import Path
from services.engine.trainer import RunTrainer
from services.jobs.job import Job
from services.workers.shell import run_job
from services.workers.train import work

def peak_mib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

evaluate = RunTrainer.evaluate

def measured(self, *_, **__):
    rows, peaks = self.eval_dataset, [peak_mib()]
    for part in (rows[:30], rows):
        self.eval_dataset = part
        metrics = evaluate(self)
        peaks.append(peak_mib())
    print("PEAKS", *peaks)
    return metrics

RunTrainer.evaluate = measured
assert run_job(Job(Path(sys.argv[1])), work) == 0
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads VmHWM")
def test_c18_memory_in_evaluation_does_not_grow_with_rows(evaluated: Project, tiny_sample: Path) -> None:
    job = new_run(evaluated, tiny_sample, "forty", eval_dataset="eval", max_steps=1, eval_steps=1)
    command = [sys.executable, "-W", "ignore", "-c", _PEAK, str(job.folder)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, few, all_rows = map(float, printed.split("PEAKS")[1].split()[:3])
    assert few - before < 600
    assert all_rows - few < 350  # keeping the logits of these 120 rows would be 3,360 MiB


def test_c18_evaluation_that_does_not_fit_is_left_out_and_training_goes_on(
    evaluated: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.engine.trainer import RunTrainer

    tried: list[int] = []

    def too_much(self: RunTrainer, rows: Any, budget_tokens: int) -> float:
        tried.append(budget_tokens)
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: not enough memory")

    monkeypatch.setattr(RunTrainer, "_mean_loss", too_much)
    job = new_run(evaluated, tiny, "forty", eval_dataset="eval", eval_steps=5, eval_strategy="steps")
    assert work_on(job) == 0
    assert list(curve(job)) == list(range(1, 11))
    assert len(tried) > 2 and tried[1] < tried[0]
    assert any("not enough memory to evaluate at step 5" in message for message in messages(job))


# ---- C20: no rows, one row, empty answers


def test_c20_one_row_trains_and_cannot_be_split(project: Project, tiny: Path) -> None:
    add_dataset(project, "one", rows_of(case("C20.one_row.json")))
    job = new_run(project, tiny, "one", num_train_epochs=3)
    assert work_on(job) == 0
    assert list(curve(job)) == [1, 2, 3]
    packed = new_run(project, tiny, "one", packing=True)
    assert work_on(packed) == 0
    assert list(curve(packed)) == [1]
    split = new_run(project, tiny, "one", val_size=0.1)
    assert work_on(split) == 1
    assert failure(split) == "One row cannot be split into training and validation."


def test_c20_rows_without_answers_are_named_and_pt_runs_on_their_text(project: Project, tiny: Path) -> None:
    with case("C20.empty_answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    add_dataset(project, "qa", rows, Mapping(format="alpaca", columns={"prompt": "prompt", "response": "answer"}))
    job = new_run(project, tiny, "qa")
    assert work_on(job) == 1
    assert failure(job) == "None of the 8 rows has an answer to train."
    assert "stage pt" in job.events()[-1].way_out  # type: ignore[union-attr]

    add_dataset(project, "texts", rows, Mapping(format="text", columns={"text": "prompt"}))
    raw = new_run(project, tiny, "texts", stage="pt", cutoff_len=64)
    assert work_on(raw) == 0
    assert len(curve(raw)) >= 1


def test_c20_the_good_row_among_empty_ones_is_trained_and_the_others_named(project: Project, tiny: Path) -> None:
    add_dataset(project, "some", rows_of(case("C20.some_empty.jsonl")), MESSAGES)
    job = new_run(project, tiny, "some")
    assert work_on(job) == 0
    said = " ".join(messages(job))
    assert "2 of 7 rows are trained" in said  # the fourth has an answer to an empty question: the checker names it
    assert "5 of 7 rows train nothing: 2, 3, 5, 6, 7. The reason of the first: The answer is empty." in said
    silent = MESSAGES.model_copy(update={"train_empty_answers": True})
    add_dataset(project, "silent", rows_of(case("C20.some_empty.jsonl"))[:2], silent)
    (row,) = [r for r in encoded(project, tiny, "silent").rows if r["row_id"] == 2]
    assert next(i for i in row["labels"] if i != -100) == 2  # <|im_end|>


def test_c20_no_rows_is_a_sentence(project: Project, tiny: Path) -> None:
    add_dataset(project, "nothing", [])
    job = new_run(project, tiny, "nothing")
    assert work_on(job) == 1
    assert failure(job) == "The chosen data set has no rows."


# ---- C23: tokens without rows, rows without tokens


@pytest.fixture
def tools(project: Project) -> Project:
    add_dataset(project, "tools", rows_of(case("C23.uses_new_tokens.jsonl")), MESSAGES)
    return project


@pytest.fixture
def rowless(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "rowless", add_tokens=("<|tool|>", "<|obs|>"))


def test_c23_tokens_without_rows_are_found_before_the_first_step(tools: Project, rowless: Path) -> None:
    job = new_run(tools, rowless, "tools", max_steps=2)
    assert work_on(job) == 1
    assert failure(job) == "2 tokens have no row in the model: `<|tool|>`, `<|obs|>`"
    assert "resize_vocab" in job.events()[-1].way_out  # type: ignore[union-attr]
    assert curve(job) == {}


@pytest.mark.parametrize("tied", [False, True])
def test_c23_enlarging_trains_the_new_rows_and_merges(tools: Project, tmp_path: Path, tied: bool) -> None:
    import torch

    from services.engine.merge import MergedWeights

    model = make_tiny_model(tmp_path / "m", add_tokens=("<|tool|>", "<|obs|>"), tied=tied)
    job = new_run(tools, model, "tools", max_steps=2, resize_vocab=True, bf16=False, learning_rate=1e-2)
    assert work_on(job) == 0
    assert all(0 < loss < 30 for loss in curve(job).values())
    with MergedWeights(model, job.folder) as merged:
        table = merged.load("model.embed_tokens.weight").clone()
        assert table.shape == (261, 64)
        assert merged.config_changes.get("vocab_size") == 261
        mean = table[:259].mean(dim=0)
        assert (table[259] - mean).norm() > 1e-3  # no longer the mean it began as
        if not tied:
            assert merged.load("lm_head.weight").shape == (261, 64)
    resumed = new_run(tools, model, "tools", max_steps=2, resize_vocab=True, bf16=False, learning_rate=1e-2)
    work_on(resumed, lambda step: {"pause"} if step == 1 else set())
    assert work_on(resumed) == 0
    assert curve(resumed) == curve(job)
    assert torch.isfinite(table).all()


def test_c23_rows_without_tokens_are_no_error(tools: Project, tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path / "spare", rows=323)
    job = new_run(tools, model, "tools", max_steps=2)
    assert work_on(job) == 0
    assert len(curve(job)) == 2
