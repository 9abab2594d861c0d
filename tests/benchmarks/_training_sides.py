"""One side of the training benchmark, in a process of its own: prints its figures as one JSON object."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.training import ACCUMULATION, BATCH, CUTOFF_LEN

_BEGUN = time.time()
RECIPE: dict[str, Any] = {
    "template": "model",
    "cutoff_len": CUTOFF_LEN,
    "per_device_train_batch_size": BATCH,
    "gradient_accumulation_steps": ACCUMULATION,
    "num_train_epochs": 1,
    "learning_rate": 1e-4,
    "lora_rank": 8,
    "warmup_ratio": 0.1,
    "save_steps": 1000,
    "seed": 42,
}


def peak_mib() -> float:
    """Highest resident memory of this process so far."""
    import psutil

    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def project_of(folder: Path, rows: Path) -> Any:
    """A project that holds the rows."""
    from services.projects.project import Project
    from tests.helpers.training import add_dataset

    project = Project.create(folder / "project")
    add_dataset(project, "rows", json.loads(rows.read_text(encoding="utf-8")))
    return project


def figures(marks: list[tuple[float, int, float]], **more: Any) -> dict[str, Any]:
    """marks: (time, tokens so far, loss) after each step. The first step warms up and is not timed."""
    seconds, tokens = marks[-1][0] - marks[0][0], marks[-1][1] - marks[0][1]
    last = [loss for _, _, loss in marks[-3:]]
    return {
        "tokens_per_s": round(tokens / seconds, 1),
        "final_loss": sum(last) / len(last),
        "peak_mib": round(peak_mib()),
        "first_step_s": round(marks[0][0] - _BEGUN, 1),
        **more,
    }


def ours(model: Path, rows: Path) -> dict[str, Any]:
    """The worker's own work on a job of a project."""
    import orjson

    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.kinds.train import TrainRequest
    from services.workers.train import main as worker

    with tempfile.TemporaryDirectory() as folder:
        project = project_of(Path(folder), rows)
        recipe = {**RECIPE, "model_name_or_path": str(model), "dataset": "rows"}
        job = Job.create(project.jobs_dir, TrainRequest(recipe=recipe))
        sys.argv[1:] = [str(job.folder)]
        if worker():
            raise SystemExit("the run failed")
        lines = [orjson.loads(line) for line in (job.folder / "trainer_log.jsonl").read_bytes().splitlines()]
        times = {e.step: e.time for e in job.events() if isinstance(e, ev.Metric) and e.name == "loss"}
        dtype = orjson.loads((job.folder / "plan.json").read_bytes())["dtype"]
        marks = [(times[line["current_steps"]], line["total_tokens"], line["loss"]) for line in lines]
        return figures(marks, dtype=dtype)


def peer(model_dir: Path, rows: Path, *, checkpointing: bool) -> dict[str, Any]:
    """A plain Trainer with PEFT on the same ids."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments

    from services.engine import rows as run_rows
    from services.recipes.recipe import Recipe
    from services.templates.load import load_template

    with tempfile.TemporaryDirectory() as folder:
        project = project_of(Path(folder), rows)
        run_rows.write_rows(project, "rows", None, Path(folder) / "written")
        found = run_rows.encode(
            [Path(folder) / "written" / "rows.jsonl"], Recipe(**RECIPE), load_template("model", model_dir)
        )
    data = [{"input_ids": row["input_ids"], "labels": row["labels"]} for row in found.rows]
    marks: list[tuple[float, int, float]] = []
    tokens = 0

    def pad(batch: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
        nonlocal tokens
        longest = -(-max(len(row["input_ids"]) for row in batch) // 8) * 8
        tokens += sum(len(row["input_ids"]) for row in batch)
        filled = {
            "input_ids": [row["input_ids"] + [2] * (longest - len(row["input_ids"])) for row in batch],
            "labels": [row["labels"] + [-100] * (longest - len(row["labels"])) for row in batch],
            "attention_mask": [[1] * len(row["labels"]) + [0] * (longest - len(row["labels"])) for row in batch],
        }
        return {name: torch.tensor(values) for name, values in filled.items()}

    class Marks(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if "loss" in logs:
                marks.append((time.time(), in_steps(state.global_step), float(logs["loss"])))

    def in_steps(step: int) -> int:
        return tokens_by_step[step - 1]

    torch.manual_seed(42)
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
    model.config.use_cache = False
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    if checkpointing:
        model.enable_input_require_grads()
    args = TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=BATCH,
        gradient_accumulation_steps=ACCUMULATION,
        num_train_epochs=1,
        learning_rate=1e-4,
        lr_scheduler_type="cosine",
        warmup_steps=0.1,
        logging_steps=1,
        save_strategy="no",
        seed=42,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        gradient_checkpointing=checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": True} if checkpointing else None,
    )
    trainer = Trainer(model=model, args=args, train_dataset=data, data_collator=pad, callbacks=[Marks()])
    tokens_by_step: list[int] = []
    sizes: list[int] = []
    for batch in trainer.get_train_dataloader():
        sizes.append(int(batch["attention_mask"].sum()))
    for start in range(0, len(sizes), ACCUMULATION):
        tokens_by_step.append(sum(sizes[: start + ACCUMULATION]))
    trainer.train()
    return figures(marks, dtype="fp32")


def main(side: str, model: str, rows: str) -> None:
    """Run a side and print its figures."""
    if side == "ours":
        found = ours(Path(model), Path(rows))
    else:
        found = peer(Path(model), Path(rows), checkpointing=side == "peer")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
