"""Quantise a GGUF file: the types that llama.cpp would choose, its bytes, and its metadata kept.

One pass: the types are planned from names and shapes, the header is written, and the weights stream through from the
mapped source. The same writer takes weights that are made as they are asked for (an adapter merged into its base).
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
from gguf.constants import GGML_QUANT_VERSION, GGUFValueType

from services import files
from services.errors import TunesmithError
from services.export.gguf_file import GgufError, encode_value, open_gguf, write_header, write_padding
from services.export.quant_policy import (
    FLOATS,
    QUANTS,
    ModelFacts,
    Quant,
    Type,
    Weight,
    choose_types,
    in_file_order,
    planned_bytes,
    tensor_bytes,
)
from services.export.quant_rows import NotFiniteError, RowQuantiser, seconds_alone
from services.export.space import full_drive_is_a_sentence, need_space
from services.i18n import N_

Progress = Callable[[int, int], None]
"""Called with bytes written and bytes in all. What it raises stops the work, and no file is left."""

_DROPPED_KEYS = ("general.alignment", "split.no", "split.count", "split.tensors.count")
_COPY_BYTES = 16 << 20


class UnknownQuant(TunesmithError):
    """A quant that is not in the list."""


@dataclass(frozen=True)
class Item:
    """A weight to write. load: its stored rows, uint8 (rows, bytes of a row), in the type of `weight`; used once."""

    weight: Weight
    load: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Quantised:
    """What was written. sha256: of the whole file, 64 hex digits. types: how many tensors got which type."""

    path: Path
    quant: str
    bytes: int
    sha256: str
    types: dict[str, int] = field(default_factory=dict)


def quant_of(name: str) -> Quant:
    """The quant of a name in any spelling ('Q4_K_M', 'q4-k-m'). UnknownQuant names the known ones."""
    try:
        return QUANTS[name.strip().lower().replace("-", "_")]
    except KeyError:
        raise UnknownQuant(
            N_("There is no quant called {name}."),
            way_out=N_("Choose one of: {known}."),
            name=name,
            known=", ".join(QUANTS),
        ) from None


def quantise_file(
    source: Path, target: Path, quant: str, progress: Progress | None = None, *, processes: int = 0
) -> Quantised:
    """Write source in the types of quant to target, atomically.

    source: a GGUF in any type that llama.cpp's kernels read (F16, BF16, F32, or already quantised). processes: how many
    work on it, 0 for as many as there are cores. Raises UnknownQuant, GgufError, DiskFull; what progress raises.
    """
    chosen = quant_of(quant)
    if source.resolve() == target.resolve():
        raise GgufError(
            N_("{file} cannot be read and written at once."), way_out=N_("Name another file."), file=str(source)
        )
    with open_gguf(source) as file:
        items = [Item(t, lambda t=t: file.raw(t)) for t in file.tensors]  # type: ignore[misc]
        facts = ModelFacts.of(file.values())
        return write_quantised(target, file.keys, items, chosen, facts, progress, processes=processes)


def write_quantised(
    target: Path,
    keys: Mapping[str, bytes | memoryview],
    items: Sequence[Item],
    quant: Quant,
    facts: ModelFacts,
    progress: Progress | None = None,
    *,
    processes: int = 0,
) -> Quantised:
    """Write a GGUF of items in the types of quant, atomically. keys: stored bytes as GgufFile.keys has them.

    At any time one loaded item and a few blocks of it are in memory. Raises as quantise_file.
    """
    weights = [item.weight for item in items]
    types = choose_types(weights, quant, facts)
    loads = {item.weight.name: item.load for item in items}
    ordered = in_file_order(weights)
    written = [replace(w, type=types[w.name]) for w in ordered]
    total = planned_bytes(weights, types)
    kept = {key: value for key, value in keys.items() if key not in _DROPPED_KEYS}
    kept["general.quantization_version"] = encode_value(GGUFValueType.UINT32, GGML_QUANT_VERSION)
    kept["general.file_type"] = encode_value(GGUFValueType.UINT32, int(quant.file_type))
    header_bytes = sum(len(key) + len(value) + 8 for key, value in kept.items()) + 256 * len(ordered)
    need_space(target.parent, total + header_bytes)
    expected_s = sum(
        seconds_alone(int(np.prod(w.shape)), types[w.name]) for w in ordered if types[w.name] not in (*FLOATS, w.type)
    )
    with (
        full_drive_is_a_sentence(target.parent, total + header_bytes),
        RowQuantiser(expected_s, processes) as rows,
        files.atomic(target) as plain,
    ):
        file = _Counted(plain, total, progress)
        write_header(cast(BinaryIO, file), kept, list(written))
        file.start()
        for before, after in zip(ordered, written, strict=True):
            try:
                _write_tensor(file, loads[before.name](), before, after, rows)
            except NotFiniteError:
                raise GgufError(
                    N_("{tensor} holds numbers that are not finite, or too large for F16."),
                    way_out=N_("Training may have diverged: try an earlier checkpoint or a lower learning_rate."),
                    tensor=before.name,
                ) from None
            write_padding(cast(BinaryIO, file), tensor_bytes(after))
    return Quantised(target, quant.name, file.size, file.hash.hexdigest(), dict(Counter(w.type.name for w in written)))


def _write_tensor(file: "_Counted", stored: np.ndarray, before: Weight, after: Weight, rows: RowQuantiser) -> None:
    if before.type == after.type:
        if before.type in FLOATS:
            _must_be_finite(stored, before.type)
        step = max(1, _COPY_BYTES // max(1, stored.shape[1]))
        for start in range(0, len(stored), step):
            file.write(np.ascontiguousarray(stored[start : start + step]).data)
        return
    for block in rows.blocks(stored, before.type, after.type, before.columns):
        file.write(np.ascontiguousarray(block).data)


def _must_be_finite(stored: np.ndarray, kind: Type) -> None:
    """Floats that are copied are looked at as well: their exponent is all ones when they are not finite."""
    bits, exponent = {
        Type.F32: (np.uint32, 0x7F800000),
        Type.F16: (np.uint16, 0x7C00),
        Type.BF16: (np.uint16, 0x7F80),
    }[kind]
    step = max(1, _COPY_BYTES // max(1, stored.shape[1]))
    for start in range(0, len(stored), step):
        values = np.ascontiguousarray(stored[start : start + step]).view(bits)
        if ((values & exponent) == exponent).any():
            raise NotFiniteError


class _Counted:
    """A file that hashes what is written and says how far it is."""

    def __init__(self, file: IO[bytes], total: int, progress: Progress | None) -> None:
        self._file, self._total, self._progress = file, total, progress
        self.hash = hashlib.sha256()
        self.size = 0
        self._weights_from: int | None = None

    def start(self) -> None:
        """The header is done; what follows is counted for progress."""
        self._weights_from = self.size

    def tell(self) -> int:
        return self.size

    def write(self, data: bytes | memoryview) -> int:
        self._file.write(data)
        self.hash.update(data)
        self.size += len(data) if isinstance(data, bytes) else data.nbytes
        if self._progress is not None and self._weights_from is not None:
            self._progress(min(self.size - self._weights_from, self._total), self._total)
        return 0


def temporary_folder(near: Path) -> "tempfile.TemporaryDirectory[str]":
    """A folder for intermediate files on the same drive as `near`, gone at the end of its block."""
    near.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".export-", dir=near, ignore_cleanup_errors=True)
