"""A training run from its request to its files, and every way of leaving it in the middle."""

import json
from pathlib import Path

import orjson
import pytest
import torch

from services.engine import checkpoints
from services.jobs import events as ev
from services.jobs.job import State
from services.projects.project import Project
from tests.helpers.training import add_dataset, curve, failure, messages, new_run, number_rows, work_on

LOG_KEYS = [
    "current_steps",
    "total_steps",
    "loss",
    "lr",
    "epoch",
    "percentage",
    "elapsed_time",
    "remaining_time",
    "throughput",
    "total_tokens",
]


@pytest.fixture
def ready(project: Project) -> Project:
    add_dataset(project, "rows", number_rows(22))
    return project


def test_a_run_leaves_its_files(ready: Project, tiny: Path) -> None:
    job = new_run(
        ready, tiny, num_train_epochs=2, save_steps=5, save_total_limit=2, val_size=2, eval_steps=5, plot_loss=True
    )
    assert work_on(job) == 0
    left = {path.name for path in job.folder.iterdir()}
    assert left >= {
        "adapter_model.safetensors",
        "adapter_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "checkpoint-5",
        "checkpoint-10",
        "trainer_state.json",
        "all_results.json",
        "train_results.json",
        "training_loss.png",
        "training_eval_loss.png",
        "trainer_log.jsonl",
        "run.json",
    }
    assert not [name for name in left if name.startswith(".") or name == "final"]
    assert (job.folder / "training_loss.png").read_bytes().startswith(b"\x89PNG")
    facts = json.loads((job.folder / "run.json").read_text(encoding="utf-8"))
    assert facts["base_model"] == str(tiny)
    assert (facts["template"], facts["finetuning_type"], facts["steps"]) == ("model", "lora", 10)
    results = json.loads((job.folder / "all_results.json").read_text(encoding="utf-8"))
    losses = curve(job)
    assert results["train_loss"] == pytest.approx(sum(losses.values()) / 10, rel=1e-5)
    assert results["eval_loss"] == pytest.approx(curve(job, "eval_loss")[10], rel=1e-6)
    assert list(curve(job, "eval_loss")) == [5, 10]


def test_the_log_has_the_peers_keys_in_their_order(ready: Project, tiny: Path) -> None:
    job = new_run(ready, tiny)
    work_on(job)
    lines = [orjson.loads(line) for line in (job.folder / "trainer_log.jsonl").read_bytes().splitlines()]
    assert [line["current_steps"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert all(list(line) == LOG_KEYS for line in lines)
    assert lines[-1]["percentage"] == 100 and lines[-1]["remaining_time"] == "0:00:00"
    assert [line["total_tokens"] for line in lines] == sorted(line["total_tokens"] for line in lines)
    assert [round(line["loss"], 5) for line in lines] == [round(value, 5) for value in curve(job).values()]


def test_the_adapter_opens_in_peft_and_answers_as_the_run_did(ready: Project, tiny: Path) -> None:
    from services.datasets.conversation import Conversation, Turn
    from services.engine.generate import answer_conversation
    from services.engine.loading import load_model
    from services.engine.server_generate import Sampling
    from services.templates.load import load_template

    job = new_run(
        ready, tiny, learning_rate=5e-3, num_train_epochs=3, sample_prompts=["Hi"], sample_steps=7, bf16=False
    )
    assert work_on(job) == 0
    samples = [e for e in job.events() if isinstance(e, ev.Sample)]
    assert [(s.step, s.label) for s in samples] == [(0, "before"), (7, ""), (14, ""), (18, "after")]
    assert samples[0].text != samples[-1].text

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from peft import PeftModel

        from services.engine.loading import LoadOptions

        model = PeftModel.from_pretrained(load_model(tiny, LoadOptions(dtype="fp32")), str(job.folder)).get_base_model()
    parts: list[str] = []
    template = load_template("model", job.folder)
    talk = Conversation(turns=(Turn("user", "Hi"),))
    answer_conversation(
        model, template, talk, Sampling(temperature=0, max_tokens=64), parts.append, enable_thinking=True
    )
    assert "".join(parts).strip() == samples[-1].text


def test_samples_do_not_disturb_training(ready: Project, tiny: Path) -> None:
    quiet = new_run(ready, tiny, lora_dropout=0.2)
    asked = new_run(ready, tiny, lora_dropout=0.2, sample_prompts=["Hi", "Who?"], sample_steps=2)
    work_on(quiet)
    work_on(asked)
    assert curve(quiet) == curve(asked)


HARD = {"num_train_epochs": 3, "lora_dropout": 0.2, "save_steps": 4, "neftune_noise_alpha": 5, "weight_decay": 0.01}


@pytest.fixture
def undisturbed(ready: Project, tiny: Path) -> dict[int, float]:
    job = new_run(ready, tiny, **HARD)
    assert work_on(job) == 0
    return curve(job)


@pytest.mark.parametrize("at_step", [0, 4, 7, 11])
def test_a_paused_run_goes_on_as_if_it_had_not_been(
    ready: Project, tiny: Path, undisturbed: dict[int, float], at_step: int
) -> None:
    job = new_run(ready, tiny, **HARD)
    assert work_on(job, lambda step: {"pause"} if step == at_step else set()) == 0
    assert job.summary().state is State.PAUSED and isinstance(job.events()[-1], ev.Paused)
    assert ev.Acknowledged in {type(e) for e in job.events()}
    assert (job.last_checkpoint() is None) == (at_step == 0)
    assert work_on(job) == 0
    assert curve(job) == undisturbed
    assert job.summary().state is State.FINISHED
    lines = [orjson.loads(line) for line in (job.folder / "trainer_log.jsonl").read_bytes().splitlines()]
    assert [line["current_steps"] for line in lines] == list(range(1, 19))
    history = json.loads((job.folder / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    assert [entry["step"] for entry in history if "loss" in entry] == list(range(1, 19))


def test_a_pause_between_two_passes_of_a_step_costs_that_step_only(
    ready: Project, tiny: Path, undisturbed: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.engine import plan

    monkeypatch.setitem(plan._MOST_TOKENS, "cpu", 60)  # several passes a step
    seen: list[int] = []

    def in_the_middle_of_step_6(step: int) -> set[str]:
        seen.append(step)
        return {"pause"} if seen.count(5) == 2 else set()

    job = new_run(ready, tiny, **HARD)
    work_on(job, in_the_middle_of_step_6)
    assert isinstance(last := job.events()[-1], ev.Paused) and last.step == 5
    work_on(job)
    whole = new_run(ready, tiny, **HARD)
    work_on(whole)
    assert curve(job) == curve(whole)
    for step, value in undisturbed.items():
        assert curve(job)[step] == pytest.approx(value, rel=0.05)  # other passes, other dropout


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    ready: Project, tiny: Path, undisturbed: dict[int, float]
) -> None:
    class KilledError(BaseException):
        pass

    def killed_in_step_11(step: int) -> set[str]:
        if step == 10:
            raise KilledError
        return set()

    job = new_run(ready, tiny, **HARD)
    with pytest.raises(KilledError):
        work_on(job, killed_in_step_11)
    assert job.summary().state is State.INTERRUPTED
    assert max(curve(job)) == 10
    (job.folder / ".writing-checkpoint-12").mkdir()  # as a kill in the middle of the next checkpoint would leave it
    assert work_on(job) == 0
    assert [e.from_step for e in job.events() if isinstance(e, ev.Started)] == [0, 8]
    assert curve(job) == undisturbed
    assert not list(job.folder.glob(".writing-*"))


def test_a_run_killed_after_its_last_step_only_saves(
    ready: Project, tiny: Path, undisturbed: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.engine import training

    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    job = new_run(ready, tiny, **HARD)
    with monkeypatch.context() as patched:
        patched.setattr(training.checkpoints, "rotate", lambda *_: None)
        patched.setattr(training.artefacts, "write_json", killed)
        patched.setattr("services.workers.train.write_json", lambda *_: None)
        with pytest.raises(KilledError):
            work_on(job)
    assert work_on(job) == 0
    assert curve(job) == undisturbed
    results = json.loads((job.folder / "all_results.json").read_text(encoding="utf-8"))
    assert results["train_loss"] == pytest.approx(sum(undisturbed.values()) / 18, rel=1e-5)


def test_logging_less_often_survives_a_pause(ready: Project, tiny: Path) -> None:
    whole, paused = (new_run(ready, tiny, num_train_epochs=2, logging_steps=5) for _ in range(2))
    work_on(whole)
    work_on(paused, lambda step: {"pause"} if step == 7 else set())
    work_on(paused)
    assert list(curve(whole)) == [5, 10]
    assert curve(paused) == pytest.approx(curve(whole), rel=1e-6)


def test_stop_leaves_a_usable_run_that_can_go_on(ready: Project, tiny: Path) -> None:
    job = new_run(ready, tiny, num_train_epochs=3, plot_loss=True)
    assert work_on(job, lambda step: {"stop"} if step == 5 else set()) == 0
    assert job.summary().state is State.STOPPED
    assert job.summary().result["steps"] == 5
    for name in ("adapter_model.safetensors", "training_loss.png", "all_results.json", "checkpoint-5"):
        assert (job.folder / name).exists()
    assert work_on(job) == 0
    assert list(curve(job)) == list(range(1, 19))


def test_save_writes_a_checkpoint_and_goes_on(ready: Project, tiny: Path) -> None:
    asked: list[int] = []

    def once(step: int) -> set[str]:
        if step == 2 and not asked:
            asked.append(step)
            return {"save"}
        return set()

    job = new_run(ready, tiny)
    assert work_on(job, once) == 0
    assert [e.step for e in job.events() if isinstance(e, ev.Checkpoint)] == [3, 6]
    assert (job.folder / "checkpoint-3" / "optimizer.pt").is_file()


def test_checkpoint_limits_keep_the_best_and_the_newest(tmp_path: Path) -> None:
    for step in (2, 10, 4, 8, 6):
        (tmp_path / f"checkpoint-{step}").mkdir()
    checkpoints.rotate(tmp_path, 2, str(tmp_path / "checkpoint-4"))
    assert [p.name for p in checkpoints.all_of(tmp_path)] == ["checkpoint-4", "checkpoint-10"]
    checkpoints.rotate(tmp_path, 1, None)
    assert [p.name for p in checkpoints.all_of(tmp_path)] == ["checkpoint-10"]


def test_a_checkpoint_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    target = tmp_path / "checkpoint-3"
    with pytest.raises(OSError, match="full"), checkpoints.writing(target) as part:
        (part / "half").write_bytes(b"x")
        raise OSError("disk full")
    assert list(tmp_path.iterdir()) == []


def test_early_stopping_and_the_best_checkpoint(ready: Project, tiny: Path) -> None:
    job = new_run(
        ready,
        tiny,
        num_train_epochs=6,
        learning_rate=1e-12,  # never better than the first evaluation
        val_size=6,
        eval_strategy="steps",
        eval_steps=2,
        save_steps=2,
        early_stopping_steps=2,
        load_best_model_at_end=True,
    )
    assert work_on(job) == 0
    losses = curve(job, "eval_loss")
    best = min(losses, key=lambda step: losses[step])
    assert max(losses) == best + 4  # two evaluations without a better one
    marked = [e.step for e in job.events() if isinstance(e, ev.Checkpoint) and e.best]
    assert marked[-1] == best
    from safetensors.torch import load_file

    final = load_file(job.folder / "adapter_model.safetensors")
    kept = load_file(job.folder / f"checkpoint-{best}" / "adapter_model.safetensors")
    assert all((final[name] == kept[name]).all() for name in kept)


@pytest.mark.parametrize("finetuning_type", ["full", "freeze"])
def test_whole_models_are_trained_saved_and_resumed(ready: Project, tiny: Path, finetuning_type: str) -> None:
    recipe = {
        "finetuning_type": finetuning_type,
        "freeze_trainable_layers": 1,
        "learning_rate": 1e-3,
        "save_steps": 2,
        "bf16": False,
    }
    whole, paused = (new_run(ready, tiny, **recipe) for _ in range(2))
    assert work_on(whole) == 0
    work_on(paused, lambda step: {"pause"} if step == 3 else set())
    assert work_on(paused) == 0
    assert curve(paused) == curve(whole)
    from safetensors.torch import load_file

    before, after = load_file(tiny / "model.safetensors"), load_file(whole.folder / "model.safetensors")
    changed = {name for name in before if not (before[name].to(after[name].dtype) == after[name]).all()}
    assert {w.dtype for w in after.values()} == {torch.float32}
    first = {name for name in before if "layers.0." in name}
    assert changed >= {name for name in before if "layers.1." in name and "proj" in name}
    assert (first & changed == set()) == (finetuning_type == "freeze")
    assert (whole.folder / "config.json").is_file()


@pytest.mark.parametrize("use_rslora", [False, True])
def test_pissa_trains_the_largest_parts_and_leaves_an_adapter_for_the_whole_base(
    ready: Project, tiny: Path, use_rslora: bool
) -> None:
    from safetensors.torch import load_file

    from services.engine.merge import MergedWeights

    recipe = {"pissa_init": True, "pissa_iter": 4, "bf16": False, "use_rslora": use_rslora, "save_steps": 2}
    plain = new_run(ready, tiny, bf16=False, max_steps=1)
    idle, whole, paused = (
        new_run(ready, tiny, **recipe, **more) for more in ({"learning_rate": 1e-12, "max_steps": 1}, {}, {})
    )
    assert work_on(plain) == work_on(idle) == work_on(whole) == 0
    assert curve(idle)[1] == pytest.approx(curve(plain)[1], rel=1e-4)  # the base and its parts together are the base
    assert curve(whole)[6] != pytest.approx(curve(plain)[1], rel=1e-3)
    work_on(paused, lambda step: {"pause"} if step == 3 else set())
    assert work_on(paused) == 0
    assert curve(paused) == curve(whole)
    base = load_file(tiny / "model.safetensors")
    for job, moved in ((idle, False), (whole, True)):
        with MergedWeights(tiny, job.folder) as merged:
            name = "model.layers.0.self_attn.q_proj.weight"
            assert bool((merged.load(name) - base[name]).norm() > 1e-4 * base[name].norm()) is moved


@pytest.mark.parametrize("recipe", [{"use_dora": True}, {"use_rslora": True}, {"loraplus_lr_ratio": 16.0}])
def test_variants_of_lora_train_and_resume(ready: Project, tiny: Path, recipe: dict[str, object]) -> None:
    plain, whole, paused = (new_run(ready, tiny, bf16=False, **more) for more in ({}, recipe, recipe))
    assert work_on(plain) == work_on(whole) == 0
    assert curve(whole) != curve(plain)
    work_on(paused, lambda step: {"pause"} if step == 2 else set())
    assert work_on(paused) == 0
    assert curve(paused) == curve(whole)


def test_a_loss_that_is_no_number_is_said_once(ready: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.engine.forward import Forward

    right = Forward.summed_loss
    monkeypatch.setattr(Forward, "summed_loss", lambda *arguments: right(*arguments) * float("nan"))
    job = new_run(ready, tiny)
    assert work_on(job) == 0
    assert curve(job) == {}  # a journal holds numbers
    assert sum("no number any more" in message for message in messages(job)) == 1


def test_a_full_drive_is_a_sentence_and_keeps_what_was_saved(
    ready: Project, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.engine.trainer import RunTrainer

    def full(self: RunTrainer, folder: str) -> None:
        if self.state.global_step == 4:
            raise RuntimeError("PytorchStreamWriter failed writing file data.pkl: file write failed")

    monkeypatch.setattr(RunTrainer, "_save_scaler", full)
    job = new_run(ready, tiny, save_steps=2)
    with monkeypatch.context() as tight:
        tight.setattr(checkpoints.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 4096})())
        assert work_on(job) == 1
    assert "is full" in failure(job)
    assert job.last_checkpoint() == job.folder / "checkpoint-2"
    monkeypatch.undo()
    assert work_on(job) == 0
    assert list(curve(job)) == [1, 2, 3, 4, 5, 6]


def test_unknown_names_are_sentences(ready: Project, tiny: Path) -> None:
    for recipe, sentence in (
        ({"dataset": "nowhere"}, "no data set called nowhere"),
        ({"dataset": ""}, "No data set is chosen"),
        ({"lora_target": "w_pack"}, "no layer called w_pack"),
        ({"adapter_name_or_path": "jobs/none"}, "no run or folder"),
        ({"model_name_or_path": str(tiny / "nowhere")}, "no folder"),
        ({"adapter_name_or_path": "1", "create_new_adapter": True}, "on top of another one"),
        ({"optim": "adamw_8bit"}, "needs a CUDA card"),
        ({"stage": "grpo"}, "cannot be trained yet"),
    ):
        job = new_run(ready, tiny, **recipe)
        assert work_on(job) == 1
        assert sentence in failure(job), recipe


def test_rows_are_read_at_the_revision_that_was_asked_for_and_kept(ready: Project, tiny: Path) -> None:
    from services.datasets.store import DatasetStore
    from services.jobs.job import Job
    from services.jobs.kinds.train import TrainRequest

    store = DatasetStore.open(ready.dataset_path("rows"))
    then = store.revision
    store.delete_rows([row.id for row in store.rows(0, 20)])
    store.close()
    asked = new_run(ready, tiny).request
    assert isinstance(asked, TrainRequest)
    job = Job.create(ready.jobs_dir, asked.model_copy(update={"dataset_versions": {"rows": then}}))
    work_on(job, lambda step: {"pause"} if step == 2 else set())
    assert "22 of 22 rows" in messages(job)[0]
    store = DatasetStore.open(ready.dataset_path("rows"))
    store.delete_rows([row.id for row in store.rows(0, 1)])
    store.close()
    assert work_on(job) == 0
    assert max(curve(job)) == 6
