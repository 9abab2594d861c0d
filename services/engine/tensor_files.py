"""Weights of a model folder, mapped: names, shapes and types are known without reading one."""

import contextlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from services.errors import TunesmithError
from services.i18n import N_

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


class MergeError(TunesmithError):
    """A base or an adapter that cannot be merged."""


class TensorFiles:
    """The tensors of a folder of safetensors, mapped. Names, shapes and types are known without reading weights."""

    def __init__(self, folder: Path, stem: str = "model") -> None:
        """Open `stem.safetensors`, or the shards that its index names. MergeError if one is missing or broken."""
        self._where: dict[str, Any] = {}
        self._stack = contextlib.ExitStack()
        for path in _weight_files(folder, stem):
            try:
                file = self._stack.enter_context(safe_open(path, framework="pt"))
            except (OSError, SafetensorError) as error:
                raise MergeError(
                    N_("{file} cannot be read: {reason}"),
                    way_out=N_("Download the model again, or choose another checkpoint."),
                    file=str(path),
                    reason=str(error),
                ) from error
            self._where.update(dict.fromkeys(file.keys(), file))

    def names(self) -> list[str]:
        """All tensor names, in file order."""
        return list(self._where)

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor."""
        return tuple(self._where[name].get_slice(name).get_shape())

    def dtype(self, name: str) -> torch.dtype:
        """Type of a tensor. MergeError for 8-bit floats and others that are no plain weights."""
        stored = self._where[name].get_slice(name).get_dtype()
        try:
            return _DTYPES[stored]
        except KeyError:
            raise MergeError(
                N_("{tensor} is stored as {dtype}, which cannot be merged into."),
                way_out=N_("Use the 16-bit release of the base model."),
                tensor=name,
                dtype=stored,
            ) from None

    def load(self, name: str) -> torch.Tensor:
        """A tensor, mapped from its file: read it, do not write into it."""
        return self._where[name].get_tensor(name)

    def close(self) -> None:
        """Let the files go."""
        self._where = {}
        self._stack.close()


def _weight_files(folder: Path, stem: str) -> list[Path]:
    index = folder / f"{stem}.safetensors.index.json"
    if index.is_file():
        try:
            names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise MergeError(
                N_("{file} cannot be read: {reason}"),
                way_out=N_("Download the model again."),
                file=str(index),
                reason=str(error),
            ) from error
        files = [folder / Path(name).name for name in names]  # never out of the folder
    else:
        files = [folder / f"{stem}.safetensors"]
    missing = next((file for file in files if not file.is_file()), None)
    if missing is not None:
        raise MergeError(
            N_("{folder} has no weights: {file} is missing."),
            way_out=N_("Download the model again; only safetensors are read."),
            folder=str(folder),
            file=missing.name,
        )
    return files


def read_json(path: Path) -> dict[str, Any]:
    """An object from a JSON file of a model folder. MergeError if it is missing or broken."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MergeError(
            N_("{folder} has no {file}."),
            way_out=N_("Choose a whole model folder, or another checkpoint."),
            folder=str(path.parent),
            file=path.name,
        ) from None
    except (ValueError, OSError) as error:
        raise MergeError(
            N_("{file} cannot be read: {reason}"),
            way_out=N_("Download the model again, or choose another checkpoint."),
            file=str(path),
            reason=str(error),
        ) from error
    if not isinstance(data, dict):
        raise MergeError(
            N_("{file} cannot be read: {reason}"),
            way_out=N_("Download the model again, or choose another checkpoint."),
            file=str(path),
            reason="it is not an object",
        )
    return data
