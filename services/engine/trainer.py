"""Hugging Face's Trainer with Tunesmith's step, evaluation and checkpoints.

One step of the Trainer is one optimiser step: its batch holds all rows of it (per_device_train_batch_size times
gradient_accumulation_steps), divided into as few forward passes as memory allows. The loss is the mean over all trained
tokens of the step, whatever the passes. Between passes the control files are read.
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import PrinterCallback, Trainer, TrainingArguments
from transformers.trainer_callback import ExportableState

from services.engine import checkpoints, processor
from services.engine.callbacks import EarlyStopping, JournalCallback
from services.engine.forward import Forward
from services.engine.methods import Method
from services.engine.packing import MicroBatch, Row, group, join, trained_count
from services.engine.plan import Plan

Batch = dict[str, Any]
"""One step: {"passes": [MicroBatch], "trained": tokens that the loss sees, "tokens": all tokens}."""


class LeaveError(Exception):
    """Raised between two forward passes when the person asked for a pause or a stop. command: which."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command


@dataclass
class Collator:
    """Rows of one step to its forward passes."""

    budget_tokens: int
    packs: bool = True

    def __call__(self, rows: list[dict[str, Any]]) -> Batch:
        """Divide and join; without packing each row is a pass of its own."""
        parts: list[Row] = [part for row in rows for part in row.get("parts", [row])]
        groups = group(parts, self.budget_tokens) if self.packs else [[part] for part in parts]
        return {
            "passes": [join(g) for g in groups],
            "trained": trained_count(parts),
            "tokens": sum(len(part["input_ids"]) for part in parts),
        }


class RunTrainer(Trainer):
    """A Trainer whose step, evaluation, checkpoints and loading are ours; the rest (optimisers, schedules, state) is
    the library's.

    commands: returns what the person asked for since the last call ('pause', 'stop', 'save'). told: called with each
    whole checkpoint (step, folder, best). replanned: the checkpoint to go on from was planned otherwise.
    """

    def __init__(
        self,
        *,
        model: Any,
        args: TrainingArguments,
        method: Method,
        forward: Forward,
        plan: Plan,
        commands: Callable[[int], set[str]],
        told: Callable[[int, Path, bool], None],
        warn: Callable[..., None],
        replanned: bool = False,
        **kwargs: Any,
    ) -> None:
        self.method, self.forward_pass, self.plan = method, forward, plan
        self.commands, self.told, self.warn = commands, told, warn
        self.replanned = replanned
        self.tokens_seen = 0
        self.save_asked = False
        self._rng: dict[str, Any] = {}
        collator = Collator(plan.budget_tokens, forward.packs)
        super().__init__(model=model, args=args, data_collator=collator, **kwargs)
        self.model_accepts_loss_kwargs = False
        self.remove_callback(PrinterCallback)
        self.trained: Any = self.model
        self.run_dir = Path(str(args.output_dir))

    # ---- a step

    def training_step(self, model: Any, inputs: Batch, num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward of one optimiser step. Returns its loss, the mean over trained tokens."""
        model.train()
        self._rng = rng_state()
        total = torch.zeros((), dtype=torch.float32, device=self.args.device)
        for batch in inputs["passes"]:
            self.obey()
            loss = self.forward_pass.summed_loss(model, batch.to(self.args.device)) / max(1, inputs["trained"])
            self.accelerator.backward(loss)
            total += loss.detach()
        self.tokens_seen += inputs["tokens"]
        return total

    def obey(self) -> None:
        """Read the control files. LeaveError for pause and stop, the state then being that of the last whole step."""
        asked = self.commands(self.state.global_step)
        if "save" in asked:
            self.save_asked = True
        for command in ("stop", "pause"):
            if command in asked:
                self.trained.zero_grad()
                set_rng_state(self._rng)
                raise LeaveError(command)

    def floating_point_ops(self, inputs: Batch) -> int:
        """Not counted."""
        return 0

    # ---- evaluation

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss over all trained tokens of the evaluation rows; no logits are kept, so memory does not grow.

        If memory runs out, smaller passes are tried; at last evaluation is left out and said so, and training goes on.
        """
        eval_rows: Any = self.eval_dataset
        rows: list[Row] = [part for row in eval_rows for part in row.get("parts", [row])]
        start = time.monotonic()
        budget = min(self.plan.budget_tokens, max(1, self.args.per_device_eval_batch_size) * max(map(_length, rows)))
        loss = None
        while loss is None and budget:
            try:
                loss = self._mean_loss(rows, budget)
            except (RuntimeError, MemoryError) as error:
                if not processor.is_out_of_memory(error):
                    raise
                budget //= 2
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
                if budget < max(map(_length, rows)) // 2:
                    budget = 0
        if loss is None:
            self.warn_no_evaluation()
            return {"eval_loss": math.inf}
        elapsed_s = max(time.monotonic() - start, 1e-9)
        metrics = {
            "eval_loss": loss,
            "eval_runtime": round(elapsed_s, 4),
            "eval_samples_per_second": round(len(rows) / elapsed_s, 3),
        }
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def warn_no_evaluation(self) -> None:
        """Say that evaluation was left out."""
        from services.i18n import N_

        self.warn(
            N_("There was not enough memory to evaluate at step {step}; training goes on."), step=self.state.global_step
        )

    @torch.no_grad()
    def _mean_loss(self, rows: list[Row], budget_tokens: int) -> float:
        self.trained.eval()
        total, count = 0.0, 0
        try:
            for chunk in _chunks(rows, budget_tokens):
                groups = [chunk] if self.forward_pass.packs else [[row] for row in chunk]
                for part in groups:
                    batch: MicroBatch = join(part).to(self.args.device)
                    total += float(self.forward_pass.summed_loss(self.model, batch))
                    count += len(batch.targets)
        finally:
            self.trained.train()
        return total / max(1, count)

    # ---- checkpoints

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write RUN/checkpoint-STEP whole or not at all, tell it, drop what save_total_limit no longer keeps."""
        step = self.state.global_step
        folder = self.run_dir / f"checkpoint-{step}"
        best = step == self.state.best_global_step
        if best:
            self.state.best_model_checkpoint = str(folder)
        if not checkpoints.is_whole(folder, step):
            with checkpoints.writing(folder) as part:
                self.method.save(self.trained, part)
                if not self.args.save_only_model:
                    self._save_optimizer_and_scheduler(str(part))
                    self._save_scaler(str(part))
                    self._save_rng_state(str(part))
                self._keep_callbacks()
                self.state.save_to_json(str(part / "trainer_state.json"))
        self.save_asked = False
        self.told(step, folder, best)
        checkpoints.rotate(self.run_dir, self.args.save_total_limit, self.state.best_model_checkpoint)

    def _keep_callbacks(self) -> None:
        kept: Any = self.state.stateful_callbacks
        for callback in self.callback_handler.callbacks:
            if isinstance(callback, JournalCallback):
                kept[type(callback).__name__] = callback.kept()
            elif isinstance(callback, ExportableState):
                kept[type(callback).__name__] = callback.state()

    def _load_callback_state(self) -> None:
        """Early stopping goes on counting where it was; JournalCallback takes up its own part by itself."""
        for callback in self.callback_handler.callbacks:
            found: Any = self.state.stateful_callbacks
            kept = found.get(type(callback).__name__)
            if isinstance(callback, EarlyStopping) and isinstance(kept, dict):
                callback.early_stopping_patience_counter = kept["attributes"]["early_stopping_patience_counter"]

    def save_now(self) -> None:
        """A checkpoint of the last whole step, for pause, stop and the end."""
        if self.state.global_step:
            self._save_checkpoint(self.trained, None)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        self.method.load(self.trained, Path(resume_from_checkpoint))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """The checkpoint's state; where its plan was another one, the learning rate is that of the new plan."""
        super()._load_optimizer_and_scheduler(checkpoint)
        scheduler = self.lr_scheduler
        if not self.replanned or not isinstance(scheduler, LambdaLR):
            return
        change = self.args.learning_rate / scheduler.base_lrs[0]
        scheduler.base_lrs = [rate * change for rate in scheduler.base_lrs]
        rates = [scale(scheduler.last_epoch) for scale in scheduler.lr_lambdas]
        scheduler._last_lr = [base * rate for base, rate in zip(scheduler.base_lrs, rates, strict=True)]
        for parameters, rate in zip(scheduler.optimizer.param_groups, scheduler._last_lr, strict=True):
            parameters["lr"] = rate

    def _load_best_model(self) -> None:
        if self.state.best_model_checkpoint:
            self.method.load(self.trained, Path(self.state.best_model_checkpoint))

    def create_optimizer(self, model: Any = None) -> Any:
        """The recipe's optimiser; LoRA+ where the recipe asks for it."""
        ratio = getattr(self.args, "loraplus_lr_ratio", None)
        if self.optimizer is None and ratio:
            from peft.optimizers import create_loraplus_optimizer

            kind, kwargs = self.get_optimizer_cls_and_kwargs(self.args, self.trained)
            self.optimizer = create_loraplus_optimizer(
                self.trained, kind, loraplus_lr_ratio=ratio, loraplus_weight_decay=self.args.weight_decay, **kwargs
            )
        return super().create_optimizer(model)


def rng_state() -> dict[str, Any]:
    """State of every generator of random numbers that training draws from."""
    state: dict[str, Any] = {"python": random.getstate(), "numpy": np.random.get_state(), "cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def set_rng_state(state: dict[str, Any]) -> None:
    """Put `rng_state` back; nothing for an empty one."""
    if not state:
        return
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(state["cpu"])
    if "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"])


def _length(row: Row) -> int:
    return len(row["input_ids"])


def _chunks(rows: list[Row], budget_tokens: int) -> Any:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        if chunk and size + _length(row) > budget_tokens:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += _length(row)
    if chunk:
        yield chunk
