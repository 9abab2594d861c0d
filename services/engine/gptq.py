"""A merged model folder in 4 or 8 bit GPTQ, by GPTQModel, with the run's own rows to calibrate on.

GPTQModel pins an older NumPy than the engine uses and works with the newer one, so it lies in a folder of its own
(see installers/environment.py). Use in a process of its own. Source of the method: Frantar et al., "GPTQ", 2023.
"""

import importlib
import json
import logging
import os
import random
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

from services.engine.rows import encode
from services.engine.tensor_files import read_json
from services.errors import TunesmithError
from services.export.trained import read_run
from services.i18n import N_
from services.projects.project import Project
from services.recipes.recipe import read_recipe

log = logging.getLogger("tunesmith.gptq")

BITS = (4, 8)
ROWS = 128  # as the paper calibrates
_GROUPS = (128, 64, 32)
_LONGEST = 1024  # tokens of a calibration row; more cost memory and teach nothing new
_SHORTEST = 10  # GPTQModel leaves shorter ones out
_KEPT = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
         "generation_config.json", "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json")  # fmt: skip


class GptqError(TunesmithError):
    """A model that cannot become GPTQ."""


def gptq_dir() -> Path:
    """Where GPTQModel is installed: TUNESMITH_GPTQ, or `gptq` in the running environment."""
    chosen = os.environ.get("TUNESMITH_GPTQ")
    return Path(chosen) if chosen else Path(sys.prefix) / "gptq"


def need_gptq() -> None:
    """GptqError if GPTQModel is not installed."""
    if not (gptq_dir() / "gptqmodel").is_dir():
        raise GptqError(
            N_("GPTQModel is not installed ({folder})."),
            way_out=N_("Fetch it on the health page; a GGUF or a folder needs nothing more."),
            action="health.gptq",
            folder=str(gptq_dir()),
        )


def load_gptq() -> ModuleType:
    """Import GPTQModel. GptqError if it is not installed."""
    need_gptq()
    folder = str(gptq_dir())
    if folder not in sys.path:
        sys.path.append(folder)  # last: what the engine has comes first
    # its thread pool wants two workers for loading and takes one on two cores
    os.environ.setdefault("GPTQMODEL_CPU_WORKERS", str(max(2, (os.cpu_count() or 1) // 2)))
    os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")  # compiling needs a C++ compiler, which a PC rarely has
    # it gives PCRE a few plain patterns; PCRE's package must be compiled, and Python's own engine reads them too
    flags = SimpleNamespace(CASELESS=re.IGNORECASE, **{flag.name or "": flag for flag in re.RegexFlag})
    stand_in = ModuleType("pcre", "Python's re under PCRE's name, for GPTQModel.")
    vars(stand_in).update({name: getattr(re, name) for name in re.__all__}, Flag=flags)
    sys.modules.setdefault("pcre", stand_in)
    return importlib.import_module("gptqmodel")


def calibration(rows: Sequence[Sequence[int]], count: int = ROWS, seed: int = 42) -> list[list[int]]:
    """At most count rows of token ids, chosen by seed, each at most 1,024 tokens. GptqError if none is long enough."""
    usable = [list(ids[:_LONGEST]) for ids in rows if len(ids) >= _SHORTEST]
    if not usable:
        raise GptqError(
            N_("The run has no row of {tokens} tokens or more to calibrate GPTQ on."),
            way_out=N_("Export a GGUF: its quants need no rows."),
            tokens=_SHORTEST,
        )
    return random.Random(seed).sample(usable, min(count, len(usable)))


def run_rows(run_dir: Path, project_dir: Path, run: str) -> list[list[int]]:
    """Token ids of the rows that a run trained on, as it encoded them. GptqError if they are gone."""
    paths = sorted((run_dir / "rows").glob("*.jsonl"))
    if not paths:
        raise GptqError(
            N_("Run {run} does not have its rows any more, on which GPTQ would be calibrated."),
            way_out=N_("Export a GGUF: its quants need no rows."),
            run=run,
        )
    request = Project.open(project_dir).job(run).request
    recipe = read_recipe(getattr(request, "recipe", {})).model_copy(update={"packing": False, "neat_packing": False})
    trained = read_run(Project.open(project_dir), run)
    if trained.template is None:
        raise GptqError(
            N_("The model has no chat template, and GPTQ is calibrated on rendered rows."),
            way_out=N_("Export a GGUF: its quants need no rows."),
        )
    rows = encode(paths, recipe, trained.template).rows
    return [row.get("input_ids") or row.get("chosen_input_ids") or [] for row in rows]


def group_size(folder: Path) -> int:
    """The largest usual group that divides the rows of every quantised matrix; -1 (one group a row) if none does."""
    config = read_json(folder / "config.json")
    config = config.get("text_config", config)
    heads = int(config.get("num_attention_heads") or 1)
    inner = heads * int(config.get("head_dim") or int(config.get("hidden_size", 0)) // heads)
    widths = [int(config.get(name) or 0) for name in ("hidden_size", "intermediate_size", "moe_intermediate_size")]
    return next((g for g in _GROUPS if all(w % g == 0 for w in [*widths, inner] if w)), -1)


def quantise(
    merged: Path,
    target: Path,
    bits: int,
    rows: Sequence[Sequence[int]],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Write the model of folder merged as GPTQ into target (which must not exist). Returns bits, group_size, rows.

    bits: 4 or 8. rows: token ids to calibrate on. progress: (layers done, layers); what it raises stops the work.
    Raises GptqError; what progress raises.
    """
    if bits not in BITS:
        raise GptqError(N_("GPTQ has 4 or 8 bits, not {bits}."), way_out=N_("Choose 4 or 8."), bits=bits)
    gptqmodel = load_gptq()
    size = group_size(merged)
    layers = int(read_json(merged / "config.json").get("num_hidden_layers") or 0)
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    examples = [{"input_ids": list(ids), "attention_mask": [1] * len(ids)} for ids in rows]
    try:
        settings = gptqmodel.QuantizeConfig(bits=bits, group_size=size)
        model = gptqmodel.GPTQModel.load(str(merged), settings, device=device, trust_remote_code=False)
        if progress is not None:
            model.layer_callback = _Layers(layers, progress)
        model.quantize(examples, batch_size=1)
        model.save(str(target))
    except TunesmithError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError, RuntimeError, OSError) as error:
        log.exception("GPTQModel")
        raise GptqError(
            N_("This model could not be quantised by GPTQ: {reason}"),
            way_out=N_("Export a GGUF or a folder instead. The log has the details."),
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    for name in _KEPT:  # as they were trained, whatever the library made of them
        if (merged / name).is_file():
            shutil.copyfile(merged / name, target / name)
    _one_template(target)
    return {"bits": bits, "group_size": size, "calibration_rows": len(examples), "device": device}


def agreement(merged: Path, quantised: Path, rows: Sequence[Sequence[int]]) -> float:
    """Share of positions at which the quantised model's likeliest next token is the merged model's. 0 to 1.

    rows: token ids; a few suffice.
    """
    same = total = 0
    first, second = _likeliest(merged, rows, quantised=False), _likeliest(quantised, rows, quantised=True)
    for ours, theirs in zip(first, second, strict=True):
        same += int((ours == theirs).sum())
        total += ours.numel()
    return same / max(1, total)


def _likeliest(folder: Path, rows: Sequence[Sequence[int]], *, quantised: bool) -> list[torch.Tensor]:
    """(T,) likeliest next tokens of each row."""
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    model: Any
    if quantised:
        gptqmodel = load_gptq()
        backend = gptqmodel.BACKEND.GPTQ_TORCH
        model = gptqmodel.GPTQModel.load(str(folder), device=device, backend=backend, trust_remote_code=False).model
    else:
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True)
        model = model.to(device)
    with torch.inference_mode():
        return [model(input_ids=torch.tensor([list(ids)], device=device)).logits[0].argmax(-1).cpu() for ids in rows]


class _Layers:
    """GPTQModel's callback: a layer is finished when its second call says so."""

    def __init__(self, layers: int, progress: Callable[[int, int], None]) -> None:
        self._layers, self._progress = layers, progress

    def layer_complete(self, *, layer_idx: int, submodule_finalized: bool) -> None:
        """Tell the progress."""
        if submodule_finalized:
            self._progress(layer_idx + 1, max(self._layers, layer_idx + 1))


def _one_template(folder: Path) -> None:
    """The template stands in one place."""
    path = folder / "tokenizer_config.json"
    if path.is_file():
        data = read_json(path)
        if data.pop("chat_template", None) is not None:
            path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
