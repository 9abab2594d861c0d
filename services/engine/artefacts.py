"""The files that a run leaves beside its weights: tokenizer with the trained template, figures, results, run.json."""

import json
import shutil
from pathlib import Path
from typing import Any

from services import files
from services.templates.template import Template

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)
_CURVES = {
    "loss": "training_loss.png",
    "eval_loss": "training_eval_loss.png",
    "rewards/accuracies": "training_rewards_accuracies.png",
    "rewards/margins": "training_rewards_margins.png",
}


def write_tokenizer(model_dir: Path, template: Template, folder: Path) -> None:
    """The model's tokenizer files, their chat template replaced by the trained one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _TOKENIZER_FILES:
        if (model_dir / name).is_file():
            shutil.copyfile(model_dir / name, folder / name)
    config = dict(template.tokenizer.config)
    config.pop("chat_template", None)
    if template.eos_token and template.tokenizer.token_id(template.eos_token) is not None:
        config["eos_token"] = template.eos_token  # one that the vocabulary lacks would become a token without a row
    files.write_text(folder / "tokenizer_config.json", json.dumps(config, indent=2, ensure_ascii=False, default=str))
    files.write_text(folder / "chat_template.jinja", template.chat_template())


def write_json(path: Path, data: dict[str, Any]) -> None:
    """A JSON file that a person may read."""
    files.write_text(path, json.dumps(data, indent=4, ensure_ascii=False))


def plot_curves(log_history: list[dict[str, Any]], folder: Path) -> list[Path]:
    """training_loss.png and one picture for each of the other curves that has points. Returns what was written."""
    written = []
    for key, name in _CURVES.items():
        points = [(entry["step"], entry[key]) for entry in log_history if key in entry]
        if points:
            written.append(folder / name)
            _plot(points, key, folder / name)
    return written


def _plot(points: list[tuple[int, float]], key: str, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps, values = zip(*points, strict=True)
    figure = Figure(figsize=(7, 4.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(steps, values, color="#9db8e8" if len(points) > 4 else "#2f6fde", label="original", linewidth=1)
    if len(points) > 4:
        axes.plot(steps, smoothed(list(values)), color="#2f6fde", label="smoothed", linewidth=2)
        axes.legend(frameon=False)
    axes.set_xlabel("step")
    axes.set_ylabel(key)
    axes.grid(alpha=0.25)
    with files.atomic(path) as file:
        figure.savefig(file, format="png")


def smoothed(values: list[float]) -> list[float]:
    """An exponential mean whose weight grows with the number of points."""
    weight = min(0.95, 1 - 4 / (len(values) + 4))
    out, last = [], values[0]
    for value in values:
        last = weight * last + (1 - weight) * value
        out.append(last)
    return out
