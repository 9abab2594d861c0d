"""Hugging Face's Trainer with Tunesmith's step, evaluation and checkpoints.

One step of the Trainer is one optimiser step: its batch holds all rows of it (per_device_train_batch_size times
gradient_accumulation_steps), divided into as few forward passes as memory allows. The loss is the mean that the
stage's objective says (over all trained tokens of the step, over its pairs ...), whatever the passes. Between passes
the control files are read.
"""

import logging
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
from services.engine.forward import Forward, unwrapped
from services.engine.methods import Method
from services.engine.objectives import Figures, Objective, Step
from services.engine.objectives.objective import Item
from services.engine.plan import Plan, write_plan
from services.i18n import N_

log = logging.getLogger("tunesmith.trainer")


class LeaveError(Exception):
    """Raised between two forward passes when the person asked for a pause or a stop. command: which."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command


@dataclass
class Collator:
    """Rows of one step to its forward passes."""

    objective: Objective
    budget_tokens: int
    packs: bool = True

    def __call__(self, rows: list[Item]) -> dict[str, Any]:
        """Divide and join; without packing each sequence is a pass of its own."""
        return {"step": self.objective.step(rows, self.budget_tokens, self.packs)}


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
        objective: Objective,
        forward: Forward,
        plan: Plan,
        commands: Callable[[int], set[str]],
        told: Callable[[int, Path, bool], None],
        warn: Callable[..., None],
        replanned: bool = False,
        **kwargs: Any,
    ) -> None:
        self.method, self.forward_pass, self.plan = method, forward, plan
        self.objective: Objective = objective
        self.commands, self.told, self.warn = commands, told, warn
        self.replanned = replanned
        self.tokens_seen = 0
        self.save_asked = False
        self._rng: dict[str, Any] = {}
        self._eval_figures: dict[str, float] = {}
        collator = Collator(objective, plan.budget_tokens, forward.packs)
        super().__init__(model=model, args=args, data_collator=collator, **kwargs)
        self.model_accepts_loss_kwargs = False
        self.remove_callback(PrinterCallback)
        self.trained: Any = self.model
        self.run_dir = Path(str(args.output_dir))

    # ---- a step

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward of one optimiser step. Returns its loss, the objective's mean."""
        step: Step = inputs["step"]
        model.train()
        self._rng = rng_state()
        while True:
            figures = self.objective.figures.kept()
            try:
                total = self._passes(model, step)
                break
            except (RuntimeError, MemoryError) as error:
                if not processor.is_out_of_memory(error):
                    raise
                log.warning("out of memory at step %s", self.state.global_step + 1, exc_info=error)
                failed = error.with_traceback(None)  # its frames hold what is to be freed
            self.objective.figures.restore(figures)
            step = self._smaller(step, failed)
        self.tokens_seen += step.tokens
        return total

    def _passes(self, model: Any, step: Step) -> torch.Tensor:
        """All forward and backward passes of a step; the mean loss."""
        where = self.args.device
        for parameter in self.objective.parameters():
            parameter.grad = None  # the Trainer knows the model's only
        total = torch.zeros((), dtype=torch.float32, device=where)
        self.objective.before_step(self.forward_pass, model, step, where)
        for part in step.passes:
            self.obey()
            loss = self.objective.summed(self.forward_pass, model, part.to(where)) / max(1, step.weight)
            self.accelerator.backward(loss)
            total += loss.detach()
        return total

    def _smaller(self, step: Step, error: BaseException) -> Step:
        """The same step in passes of half the tokens, at last with recomputation; the run keeps to it. Raises error if
        nothing smaller is left."""
        self.trained.zero_grad()
        set_rng_state(self._rng)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        items = [item for part in step.passes for item in part.items]
        longest = max(map(self.objective.size, items))
        if self.plan.budget_tokens > longest:
            self.plan.budget_tokens = max(longest, self.plan.budget_tokens // 2)
            self.warn(
                N_("Memory ran out at step {step}; the run goes on with half as many tokens at a time ({tokens})."),
                step=self.state.global_step + 1,
                tokens=self.plan.budget_tokens,
            )
        elif not self.plan.checkpointing:
            self.plan.checkpointing = True
            unwrapped(self.trained).activation_checkpointing_enable({"use_reentrant": False})
            self.warn(
                N_("Memory ran out at step {step}; the run goes on with gradient checkpointing, which is slower."),
                step=self.state.global_step + 1,
            )
        else:
            raise error
        write_plan(self.run_dir / "plan.json", self.plan)
        collator: Any = self.data_collator
        collator.budget_tokens = self.plan.budget_tokens
        return self.objective.step(items, self.plan.budget_tokens, self.forward_pass.packs)

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """With the objective's figures beside the loss."""
        super().log({**logs, **self.objective.figures.take()} if "loss" in logs else logs, *args, **kwargs)

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

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted."""
        return 0

    # ---- evaluation

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss over all trained tokens of the evaluation rows; no logits are kept, so memory does not grow.

        If memory runs out, smaller passes are tried; at last evaluation is left out and said so, and training goes on.
        """
        eval_rows: Any = self.eval_dataset
        rows: list[Item] = [part for row in eval_rows for part in row.get("parts", [row])]
        size = self.objective.size
        start = time.monotonic()
        budget = min(self.plan.budget_tokens, max(1, self.args.per_device_eval_batch_size) * max(map(size, rows)))
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
                if budget < max(map(size, rows)) // 2:
                    budget = 0
        if loss is None:
            self.warn_no_evaluation()
            return {"eval_loss": math.inf}
        elapsed_s = max(time.monotonic() - start, 1e-9)
        metrics = {
            "eval_loss": loss,
            "eval_runtime": round(elapsed_s, 4),
            "eval_samples_per_second": round(len(rows) / elapsed_s, 3),
            **self._eval_figures,
        }
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def warn_no_evaluation(self) -> None:
        """Say that evaluation was left out."""
        self.warn(
            N_("There was not enough memory to evaluate at step {step}; training goes on."), step=self.state.global_step
        )

    @torch.no_grad()
    def _mean_loss(self, rows: list[Item], budget_tokens: int) -> float:
        objective, where = self.objective, self.args.device
        kept, objective.figures = objective.figures, Figures()
        self.trained.eval()
        total, weight = 0.0, 0
        try:
            for chunk in _chunks(rows, budget_tokens, objective.size):
                step = objective.step(chunk, budget_tokens, self.forward_pass.packs)
                objective.before_step(self.forward_pass, self.model, step, where)
                for part in step.passes:
                    total += float(objective.summed(self.forward_pass, self.model, part.to(where)))
                weight += step.weight
            self._eval_figures = {f"eval_{name}": value for name, value in objective.figures.take().items()}
        finally:
            objective.figures = kept
            self.trained.train()
        return total / max(1, weight)

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
                self.objective.save(part)
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
        self.objective.load(Path(resume_from_checkpoint))

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
            self.objective.load(Path(self.state.best_model_checkpoint))

    def create_optimizer(self, model: Any = None) -> Any:
        """The recipe's optimiser; LoRA+ where the recipe asks for it."""
        ratio = getattr(self.args, "loraplus_lr_ratio", None)
        if self.optimizer is None and ratio:
            from peft.optimizers import create_loraplus_optimizer

            kind, kwargs = self.get_optimizer_cls_and_kwargs(self.args, self.trained)
            self.optimizer = create_loraplus_optimizer(
                self.trained, kind, loraplus_lr_ratio=ratio, loraplus_weight_decay=self.args.weight_decay, **kwargs
            )
        fresh = self.optimizer is None or bool(ratio)
        optimizer = super().create_optimizer(model)
        own = list(self.objective.parameters())
        if fresh and own and not any(own[0] is p for group in optimizer.param_groups for p in group["params"]):
            optimizer.add_param_group({"params": own, "weight_decay": 0.0})
        return optimizer


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


def _chunks(rows: list[Item], budget_tokens: int, size: Callable[[Item], int]) -> Any:
    chunk: list[Item] = []
    filled = 0
    for row in rows:
        if chunk and filled + size(row) > budget_tokens:
            yield chunk
            chunk, filled = [], 0
        chunk.append(row)
        filled += size(row)
    if chunk:
        yield chunk
