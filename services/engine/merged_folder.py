"""Write merged weights as a folder of safetensors, streamed: one tensor in memory, shards of a chosen size."""

import json
import math
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from services import files
from services.engine.merge import MergedWeights
from services.engine.model_files import ModelText, write_model_files
from services.engine.tensor_files import MergeError
from services.export.space import full_drive_is_a_sentence, need_space
from services.i18n import N_

SHARD_BYTES = 5_000_000_000
_WRITE_BYTES = 16 << 20
_CODES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}

Progress = Callable[[int, int], None]
"""Called with bytes written and bytes in all. What it raises stops the work and leaves nothing behind."""


def write_folder(
    weights: MergedWeights,
    target: Path,
    model_dir: Path,
    run_dir: Path,
    text: ModelText,
    progress: Progress | None = None,
    *,
    shard_bytes: int = SHARD_BYTES,
    overwrite: bool = False,
) -> Path:
    """Write a whole model folder beside target and rename it into place. Returns target.

    Raises MergeError (target exists, weights unusable), DiskFull, OSError; what progress raises.
    """
    if target.exists() and not overwrite and (not target.is_dir() or any(target.iterdir())):
        raise MergeError(
            N_("{folder} exists already."),
            way_out=N_("Choose another name, or allow it to be replaced."),
            folder=target,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    total = weights.total_bytes()
    need_space(target.parent, total)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        with full_drive_is_a_sentence(target.parent, total):
            write_model_files(part, model_dir, run_dir, weights.config_changes, text)
            _write_weights(weights, part, shard_bytes, progress)
        part.chmod(0o755)
        take_place(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return target


def take_place(part: Path, target: Path) -> None:
    """Rename a finished folder into its place; one that stood there goes when the new one stands. OSError."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
        files.replace(target, old / target.name)
        try:
            files.replace(part, target)
        except OSError:
            files.replace(old / target.name, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        files.replace(part, target)
    files.sync_dir(target.parent)


def plan_shards(weights: MergedWeights, shard_bytes: int) -> list[list[str]]:
    """Tensor names of each file, in order; a tensor larger than a shard has one of its own."""
    shards: list[list[str]] = []
    size = 0
    for name in weights.names:
        length = _bytes_of(weights, name)
        if not shards or size + length > shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += length
    return shards


def _write_weights(weights: MergedWeights, folder: Path, shard_bytes: int, progress: Progress | None) -> None:
    shards = plan_shards(weights, shard_bytes)
    total, done = weights.total_bytes(), 0
    places: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        single = len(shards) == 1
        path = folder / ("model.safetensors" if single else f"model-{number:05d}-of-{len(shards):05d}.safetensors")
        done = _write_shard(weights, path, names, progress, done, total)
        places.update(dict.fromkeys(names, path.name))
    if len(shards) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": places}
        files.write_text(folder / "model.safetensors.index.json", json.dumps(index, indent=2) + "\n")


def _write_shard(
    weights: MergedWeights, path: Path, names: list[str], progress: Progress | None, done: int, total: int
) -> int:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in names:
        length = _bytes_of(weights, name)
        header[name] = {
            "dtype": _CODES[weights.dtype(name)],
            "shape": list(weights.shape(name)),
            "data_offsets": [offset, offset + length],
        }
        offset += length
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with files.atomic(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            data = _as_bytes(weights.load(name))
            for start in range(0, len(data), _WRITE_BYTES):
                file.write(data[start : start + _WRITE_BYTES])
            done += len(data)
            del data
            if progress is not None:
                progress(done, total)
    return done


def _as_bytes(tensor: torch.Tensor) -> memoryview:
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data if flat.numel() else memoryview(b"")


def _bytes_of(weights: MergedWeights, name: str) -> int:
    return math.prod(weights.shape(name)) * weights.dtype(name).itemsize
