"""The small files of an exported model: configs, tokenizer and the template that training used."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services import files
from services.engine.tensor_files import read_json

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "spiece.model",
)
_BASE_ONLY_FILES = ("tokenizer.model", "tekken.json", "preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class ModelText:
    """What is true of the text side of a trained model.

    template: Jinja text that training rendered with, '' if none. stop_token_ids: what ends an answer, the tokenizer's
    own end token included.
    """

    template: str
    stop_token_ids: tuple[int, ...] = ()


def write_model_files(
    folder: Path, model_dir: Path, run_dir: Path, config_changes: Mapping[str, Any], text: ModelText
) -> None:
    """Write everything but the weights into folder.

    Configs come from model_dir with config_changes; the tokenizer from run_dir, or from model_dir where the run keeps
    none; the template is the trained one. Raises MergeError for a broken file, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", changed_config(read_json(model_dir / "config.json"), config_changes))
    _write_generation_config(folder, model_dir, text.stop_token_ids)
    source = run_dir if (run_dir / "tokenizer.json").is_file() else model_dir
    for name in _TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    for name in _BASE_ONLY_FILES:
        if (model_dir / name).is_file():
            shutil.copyfile(model_dir / name, folder / name)
    settings = folder / "tokenizer_config.json"
    if settings.is_file():
        data = read_json(settings)
        data.pop("chat_template", None)  # one template, in one place
        _write_json(settings, data)
    if text.template:
        files.write_text(folder / "chat_template.jinja", text.template)


def changed_config(config: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A config.json with changes, in its text part where a multimodal model has one."""
    changed = dict(config)
    for key, value in changes.items():
        inner = changed.get("text_config")
        if isinstance(inner, dict) and (key in inner or key not in changed):
            changed["text_config"] = {**inner, key: value}
        if key in changed or not isinstance(inner, dict):
            changed[key] = value
    return changed


def _write_generation_config(folder: Path, model_dir: Path, stop_token_ids: Sequence[int]) -> None:
    path = model_dir / "generation_config.json"
    settings = read_json(path) if path.is_file() else {}
    if stop_token_ids:
        settings["eos_token_id"] = list(stop_token_ids) if len(stop_token_ids) > 1 else stop_token_ids[0]
    if settings:
        _write_json(folder / "generation_config.json", settings)


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    files.write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
