"""What a run says while it trains: curves, progress, trainer_log.jsonl, sample answers."""

import datetime
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import torch
from transformers import EarlyStoppingCallback, TrainerCallback

from services import files
from services.engine import processor
from services.i18n import N_
from services.jobs import events as ev

_CURVES = ("loss", "learning_rate", "grad_norm", "eval_loss")
_OWN = ("rewards/", "logps/", "kl", "eval_rewards/")
"""What a stage measures beside them begins so."""
Say = Callable[[ev.Event], None]


class JournalCallback(TrainerCallback):
    """Turns the Trainer's logs into events and lines of trainer_log.jsonl.

    Its state goes into each checkpoint: time and tokens so far, and the loss summed since the last logged step, so that
    a resumed run logs what an undisturbed one would have.
    """

    def __init__(self, say: Say, log_path: Path) -> None:
        self.say, self.log_path = say, log_path
        self.trainer: Any = None
        self.earlier_s = 0.0
        self.started = time.monotonic()
        self.first_step = 0
        self._tokens_logged = 0
        self._warned = False
        self._time_logged = self.started

    # ---- what a checkpoint keeps

    def kept(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {
            "earlier_s": self.elapsed_s(),
            "tokens": self.trainer.tokens_seen,
            "unlogged_loss": float(self.trainer._tr_loss),
            "logged_step": self.trainer._globalstep_last_logged,
            "total_loss": self.trainer._total_loss_scalar,
            "figures": self.trainer.objective.figures.kept(),
        }

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take up what a checkpoint kept; drop lines of steps that are trained again."""
        found = state.stateful_callbacks.get(type(self).__name__)
        if state.global_step and isinstance(found, dict):
            self.earlier_s = found["earlier_s"]
            self.trainer.tokens_seen = found["tokens"]
            self.trainer._tr_loss = self.trainer._tr_loss + found["unlogged_loss"]
            self.trainer._globalstep_last_logged = found["logged_step"]
            self.trainer._total_loss_scalar = found["total_loss"]
            self.trainer.objective.figures.restore(found.get("figures", {}))
        self.started = self._time_logged = time.monotonic()
        self.first_step, self._tokens_logged = state.global_step, self.trainer.tokens_seen
        cut_log(self.log_path, state.global_step)
        self._progress(state)

    # ---- while training

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Progress, and a checkpoint when the person asked for one."""
        self._progress(state)
        if self.trainer.save_asked:
            control.should_save = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Curves and a line of the log."""
        logs = logs or {}
        if "loss" not in logs and "eval_loss" not in logs:
            return
        step = state.global_step
        if not all(math.isfinite(float(logs[name])) for name in ("loss", "grad_norm") if name in logs):
            self._warn_once(step)
        for name in [*_CURVES, *(name for name in logs if name.startswith(_OWN))]:
            if name in logs and math.isfinite(float(logs[name])):
                self.say(ev.Metric(step=step, name=name, value=float(logs[name])))
        if "loss" in logs:
            self._speed(step)
        self._line(state, logs)

    def _warn_once(self, step: int) -> None:
        if not self._warned:
            self._warned = True
            self.trainer.warn(
                N_(
                    "At step {step} the loss is no number any more; the run has gone astray."
                    " Stop it and lower learning_rate."
                ),
                step=step,
            )

    def _speed(self, step: int) -> None:
        now = time.monotonic()
        tokens = self.trainer.tokens_seen - self._tokens_logged
        self.say(ev.Metric(step=step, name="tokens_per_s", value=round(tokens / max(now - self._time_logged, 1e-9), 2)))
        where = self.trainer.args.device
        self.say(ev.Metric(step=step, name=processor.memory_metric(where), value=round(processor.used_gib(where), 3)))
        self._time_logged, self._tokens_logged = now, self.trainer.tokens_seen

    def _progress(self, state: Any) -> None:
        remaining = self._remaining_s(state)
        self.say(
            ev.Progress(step=state.global_step, total=state.max_steps, phase=N_("training"), remaining_s=remaining)
        )

    def elapsed_s(self) -> float:
        """Seconds of training so far, earlier attempts included."""
        return self.earlier_s + time.monotonic() - self.started

    def _remaining_s(self, state: Any) -> float | None:
        done = state.global_step - self.first_step
        if done <= 0:
            return None
        return round((time.monotonic() - self.started) / done * (state.max_steps - state.global_step), 1)

    def _line(self, state: Any, logs: dict[str, Any]) -> None:
        line: dict[str, Any] = {"current_steps": state.global_step, "total_steps": state.max_steps}
        if "loss" in logs:
            line["loss"] = round(float(logs["loss"]), 6)
        if "eval_loss" in logs:
            line["eval_loss"] = round(float(logs["eval_loss"]), 6)
        if "learning_rate" in logs:
            line["lr"] = float(logs["learning_rate"])
        if "rewards/accuracies" in logs:
            line["accuracy"] = round(float(logs["rewards/accuracies"]), 4)
        elapsed_s = self.elapsed_s()
        line["epoch"] = round(float(state.epoch or 0), 4)
        line["percentage"] = round(100 * state.global_step / max(1, state.max_steps), 2)
        line["elapsed_time"] = _clock(elapsed_s)
        line["remaining_time"] = _clock(self._remaining_s(state) or 0)
        line["throughput"] = round(self.trainer.tokens_seen / max(elapsed_s, 1e-9), 2)
        line["total_tokens"] = self.trainer.tokens_seen
        with self.log_path.open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")


class SampleCallback(TrainerCallback):
    """Asks the person's questions while the model trains. ask(step, label) says the answers."""

    def __init__(self, ask: Callable[[int, str], None], every_steps: int) -> None:
        self.ask, self.every_steps = ask, every_steps

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Before the first step, once."""
        if state.global_step == 0:
            self.ask(0, "before")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Every so many steps."""
        if self.every_steps and state.global_step % self.every_steps == 0 and state.global_step < state.max_steps:
            self.ask(state.global_step, "")


class EarlyStopping(EarlyStoppingCallback):
    """Stops when eval_loss has not fallen for so many evaluations; whether the best is loaded is ours to say."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Nothing: what the library checks and advises here does not concern us."""


class NoiseCallback(TrainerCallback):
    """NEFTune: noise on the embeddings while training, scaled by the length of each row. Source: arXiv 2310.05914."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self._hooks: list[Any] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Hook the embedding."""
        from services.engine.forward import decoder, unwrapped

        inner = unwrapped(model)
        lengths: list[int] = []

        def remember(module: Any, arguments: Any, kwargs: dict[str, Any]) -> None:
            lengths[:] = kwargs.get("row_lengths") or []

        def disturb(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
            if not inner.training or not torch.is_grad_enabled():
                return output
            sizes = torch.tensor(lengths or [output.shape[1]], device=output.device)
            scale = self.alpha / (sizes * output.shape[2]).float().sqrt()
            per_token = scale.repeat_interleave(sizes)[None, :, None]
            noise = torch.empty_like(output).uniform_(-1, 1)
            return output + (noise * per_token).to(output.dtype)

        self._hooks = [
            decoder(inner).register_forward_pre_hook(remember, with_kwargs=True),
            inner.get_input_embeddings().register_forward_hook(disturb),
        ]

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the noise off again."""
        for hook in self._hooks:
            hook.remove()


def cut_log(path: Path, last_step: int) -> None:
    """Keep the lines of trainer_log.jsonl up to a step, and whole lines only."""
    if not path.exists():
        return
    kept = []
    for raw in path.read_bytes().split(b"\n"):
        try:
            if raw and orjson.loads(raw)["current_steps"] <= last_step:
                kept.append(raw + b"\n")
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue
    files.write_bytes(path, b"".join(kept))


def _clock(seconds: float) -> str:
    return str(datetime.timedelta(seconds=int(seconds)))
