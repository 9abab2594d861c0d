"""Rows of one GGUF type turned into another, block by block, on as many processes as it is worth.

The kernels are llama.cpp's own, from the `libgguf` package; each row is quantised by itself, so blocks may go to any
process and the bytes do not change. That package holds the interpreter's lock while it works, hence processes. A helper
process ends when its pipe closes, so none outlives its parent, however that dies.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import libgguf
import numpy as np
from gguf.constants import GGMLQuantizationType

Type = GGMLQuantizationType
_BLOCK_VALUES = 1 << 21  # values worked on at once: 8 MiB in F32
_MOST_HELPERS = 16
_SLOW_NS = {  # measured, per value and core; what is missing takes about 3
    Type.Q2_K: 47,
    Type.Q3_K: 8,
    Type.Q4_K: 43,
    Type.Q5_K: 37,
    Type.Q6_K: 28,
    Type.IQ4_NL: 110,
    Type.IQ4_XS: 123,
}
_WORTH_HELPERS_S = 4.0  # starting helpers takes about 0.3 s


class NotFiniteError(ValueError):
    """A weight is infinite or not a number."""


def to_f32(block: np.ndarray, kind: Type, columns: int) -> np.ndarray:
    """Stored rows, uint8 (rows, bytes of a row), as float32 (rows, columns)."""
    if kind is Type.F32:
        return block.view(np.float32)
    if kind is Type.F16:
        return block.view(np.float16).astype(np.float32)
    if kind is Type.BF16:
        return (block.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return np.asarray(libgguf.dequantize_rows(block, kind), dtype=np.float32).reshape(-1, columns)


def convert(block: np.ndarray, kind: Type, wanted: Type, columns: int) -> np.ndarray:
    """Stored rows of one type as stored rows of another: uint8 (rows, bytes of a row).

    Raises NotFiniteError where a value is infinite or not a number, also when F16 cannot hold it.
    """
    rows = to_f32(block, kind, columns)
    if not np.isfinite(rows).all():
        raise NotFiniteError
    if wanted is Type.F16:
        with np.errstate(over="ignore"):
            halves = rows.astype(np.float16)
        if not np.isfinite(halves).all():
            raise NotFiniteError
        return halves.view(np.uint8)
    if wanted is Type.F32:
        return np.ascontiguousarray(rows).view(np.uint8)
    out = np.asarray(libgguf.quantize_rows(rows, wanted))
    return out.view(np.uint8).reshape(rows.shape[0], -1)


def seconds_alone(values: int, wanted: Type) -> float:
    """About how long one core needs to quantise so many values."""
    return values * _SLOW_NS.get(wanted, 3) * 1e-9


class RowQuantiser:
    """Quantises tensors, in this process or in helpers. Use as a context manager.

    expected_s: seconds that one core would need for everything; helpers are started if that is worth it.
    """

    def __init__(self, expected_s: float, processes: int = 0) -> None:
        cores = processes or min(os.cpu_count() or 1, _MOST_HELPERS)
        self._count = cores if cores > 1 and expected_s > _WORTH_HELPERS_S else 0
        self._helpers: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []

    def blocks(self, rows: np.ndarray, kind: Type, wanted: Type, columns: int) -> Iterator[np.ndarray]:
        """The rows in the wanted type, in order, block by block: uint8 (rows of the block, bytes of a row)."""
        step = max(1, _BLOCK_VALUES // columns)
        parts = (rows[start : start + step] for start in range(0, len(rows), step))
        if not self._helpers:
            for part in parts:
                yield convert(part, kind, wanted, columns)
            return
        waiting: deque[Connection] = deque()
        free = deque(connection for _, connection in self._helpers)
        for part in parts:
            if not free:
                connection = waiting.popleft()
                yield _answer(connection)
                free.append(connection)
            connection = free.popleft()
            connection.send((int(kind), int(wanted), columns, part.shape))
            connection.send_bytes(np.ascontiguousarray(part).data.cast("B"))
            waiting.append(connection)
        while waiting:
            yield _answer(waiting.popleft())

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            helper = context.Process(target=_help, args=(theirs,), daemon=True)
            helper.start()
            theirs.close()
            self._helpers.append((helper, ours))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper, connection in self._helpers:
            connection.close()
            helper.join(timeout=5)
            if helper.is_alive():
                helper.kill()
                helper.join()
        self._helpers = []


def _answer(connection: Connection) -> np.ndarray:
    shape = connection.recv()
    if shape is None:
        raise NotFiniteError
    return np.frombuffer(connection.recv_bytes(), dtype=np.uint8).reshape(shape)


def _help(connection: Connection) -> None:
    """A helper process: quantise what comes until the pipe closes."""
    while True:
        try:
            kind, wanted, columns, shape = connection.recv()
            block = np.frombuffer(connection.recv_bytes(), dtype=np.uint8).reshape(shape)
            try:
                made = convert(block, Type(kind), Type(wanted), columns)
            except NotFiniteError:
                connection.send(None)
                continue
            connection.send(made.shape)
            connection.send_bytes(np.ascontiguousarray(made).data.cast("B"))
        except (EOFError, OSError):
            return
