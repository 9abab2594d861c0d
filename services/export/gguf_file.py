"""Reading and writing GGUF as a stream: the weights stay in the mapped file, the metadata is copied unread.

The `gguf` package's reader makes Python objects of every token and merge (hundreds of MB for a large vocabulary) and
trusts its input; here a value is decoded when asked for, and a broken file is a sentence. Types and sizes come from
that package. Source of the format: the GGUF specification, versions 2 and 3.
"""

import contextlib
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType

from services.errors import TunesmithError
from services.export.quant_policy import Weight, tensor_bytes
from services.i18n import N_

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32
_MOST_TENSORS, _MOST_KEYS, _MOST_DIMENSIONS = 1 << 20, 1 << 16, 8

_FORMATS = {
    GGUFValueType.UINT8: "<B",
    GGUFValueType.INT8: "<b",
    GGUFValueType.UINT16: "<H",
    GGUFValueType.INT16: "<h",
    GGUFValueType.UINT32: "<I",
    GGUFValueType.INT32: "<i",
    GGUFValueType.FLOAT32: "<f",
    GGUFValueType.BOOL: "<?",
    GGUFValueType.UINT64: "<Q",
    GGUFValueType.INT64: "<q",
    GGUFValueType.FLOAT64: "<d",
}


class GgufError(TunesmithError):
    """A GGUF file that cannot be read, or holds what cannot be worked on."""


@dataclass(frozen=True)
class StoredTensor(Weight):
    """A tensor of an open file. offset: bytes from the start of the file."""

    offset: int = 0


class GgufFile:
    """An open, mapped GGUF file. Use as a context manager; views into it are void afterwards."""

    def __init__(self, path: Path, *, only_keys: bool = False) -> None:
        """Read the header. GgufError if it is none, cut short, of another version, or one part of several.

        only_keys: the tensors are not looked at (a file that has none yet).
        """
        self.path = path
        self._map = _mapped(path)
        self._at = 0
        self.keys: dict[str, memoryview] = {}
        """Key -> its stored bytes: the value's type (4 bytes) and the value."""
        self.tensors: list[StoredTensor] = []
        try:
            tensor_count = self._read_keys()
            if not only_keys:
                self._read_tensors(tensor_count)
        except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
            self.close()
            raise _broken(path, str(error)) from error
        except GgufError:
            self.close()
            raise

    def value(self, key: str, default: Any = None) -> Any:
        """The decoded value of a key: number, bool, str or list; default if the key is absent."""
        stored = self.keys.get(key)
        if stored is None:
            return default
        kind = GGUFValueType(struct.unpack_from("<I", stored)[0])
        try:
            return _decode(stored, 4, kind)[0]
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise _broken(self.path, f"{key}: {error}") from error

    def values(self) -> dict[str, Any]:
        """All keys but long lists (the vocabulary), decoded."""
        return {key: self.value(key) for key, stored in self.keys.items() if len(stored) < 1 << 16}

    def raw(self, tensor: StoredTensor) -> np.ndarray:
        """The stored bytes of a tensor, mapped: uint8 (rows, bytes of a row)."""
        size = tensor_bytes(tensor)
        flat = np.frombuffer(self._map, dtype=np.uint8, count=size, offset=tensor.offset)
        block, block_bytes = GGML_QUANT_SIZES[tensor.type]
        return flat.reshape(-1, tensor.columns // block * block_bytes)

    def close(self) -> None:
        """Unmap the file. Views that are still alive keep the mapping until they go."""
        self.keys = {}
        with contextlib.suppress(BufferError):
            self._map.close()

    def __enter__(self) -> "GgufFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_keys(self) -> int:
        if self._map[:4] != MAGIC:
            raise GgufError(
                N_("{file} is not a GGUF file."), way_out=N_("Choose a file that ends in .gguf."), file=str(self.path)
            )
        self._at = 4
        version, tensor_count, key_count = self._take("<I"), self._take("<Q"), self._take("<Q")
        if version not in (2, 3):
            raise GgufError(
                N_("{file} is of a kind of GGUF that Tunesmith does not read (version {version})."),
                way_out=N_("Convert the model again with a current llama.cpp."),
                file=str(self.path),
                version=version if version < 1 << 16 else "big-endian",
            )
        if tensor_count > _MOST_TENSORS or key_count > _MOST_KEYS:
            raise ValueError(f"{tensor_count} tensors and {key_count} keys")
        for _ in range(key_count):
            key = self._take_text()
            start = self._at
            self._at = _skip(self._map, start + 4, GGUFValueType(self._take("<I")))
            self.keys[key] = memoryview(self._map)[start : self._at].toreadonly()
        if int(self.value("split.count", 0)) > 1:
            raise GgufError(
                N_("{file} is one part of a model in {count} parts."),
                way_out=N_("Join the parts with llama-gguf-split first."),
                file=str(self.path),
                count=self.value("split.count"),
            )
        return tensor_count

    def _read_tensors(self, count: int) -> None:
        found = []
        for _ in range(count):
            name = self._take_text()
            dimensions = self._take("<I")
            if dimensions > _MOST_DIMENSIONS:
                raise ValueError(f"{name}: {dimensions} dimensions")
            shape = tuple(self._take("<Q") for _ in range(dimensions))[::-1]
            found.append(StoredTensor(name, shape, GGMLQuantizationType(self._take("<I")), self._take("<Q")))
        alignment = int(self.value("general.alignment", ALIGNMENT))
        if alignment < 1 or alignment % 8:
            raise ValueError(f"alignment {alignment}")
        start = -(-self._at // alignment) * alignment
        for t in found:
            end = start + t.offset + tensor_bytes(t)
            if end > len(self._map):
                raise ValueError(f"{t.name} ends at byte {end}, the file at {len(self._map)}")
            self.tensors.append(StoredTensor(t.name, t.shape, t.type, start + t.offset))

    def _take(self, form: str) -> int:
        value = struct.unpack_from(form, self._map, self._at)[0]
        self._at += struct.calcsize(form)
        return int(value)

    def _take_text(self) -> str:
        length = self._take("<Q")
        if self._at + length > len(self._map):
            raise ValueError("a name runs over the end of the file")
        text = self._map[self._at : self._at + length].decode("utf-8")
        self._at += length
        return text


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise GgufError(N_("There is no file {file}."), way_out=N_("Choose another file."), file=str(path)) from None
    except IsADirectoryError:
        raise GgufError(N_("{file} is a folder."), way_out=N_("Choose another file."), file=str(path)) from None
    except ValueError:  # an empty file cannot be mapped
        raise _broken(path, "it is empty") from None
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from error


def _broken(path: Path, reason: str) -> GgufError:
    return GgufError(
        N_("{file} is broken: {reason}."),
        way_out=N_("Download or export it again."),
        file=str(path),
        reason=reason,
    )


def _skip(data: mmap.mmap, at: int, kind: GGUFValueType) -> int:
    """Position after a value that starts at `at`. ValueError if it runs over the end."""
    if kind is GGUFValueType.STRING:
        at += 8 + struct.unpack_from("<Q", data, at)[0]
    elif kind is GGUFValueType.ARRAY:
        inner, count = struct.unpack_from("<IQ", data, at)
        at += 12
        element = GGUFValueType(inner)
        if element is GGUFValueType.ARRAY:
            raise ValueError("a list of lists")
        if element is GGUFValueType.STRING:
            length_at = struct.Struct("<Q").unpack_from
            for _ in range(count):
                at += 8 + length_at(data, at)[0]
        else:
            at += count * struct.calcsize(_FORMATS[element])
    else:
        at += struct.calcsize(_FORMATS[kind])
    if at > len(data):
        raise ValueError("a value runs over the end of the file")
    return at


def _decode(data: memoryview, at: int, kind: GGUFValueType) -> tuple[Any, int]:
    if kind is GGUFValueType.STRING:
        length = struct.unpack_from("<Q", data, at)[0]
        return bytes(data[at + 8 : at + 8 + length]).decode("utf-8"), at + 8 + length
    if kind is GGUFValueType.ARRAY:
        inner, count = struct.unpack_from("<IQ", data, at)
        at += 12
        items = []
        for _ in range(count):
            item, at = _decode(data, at, GGUFValueType(inner))
            items.append(item)
        return items, at
    form = _FORMATS[kind]
    return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)


def encode_value(kind: GGUFValueType, value: Any) -> bytes:
    """A scalar or text as a key's stored bytes."""
    if kind is GGUFValueType.STRING:
        text = str(value).encode("utf-8")
        return struct.pack("<IQ", kind, len(text)) + text
    return struct.pack("<I", kind) + struct.pack(_FORMATS[kind], value)


def write_header(file: BinaryIO, keys: Mapping[str, bytes | memoryview], tensors: list[Weight]) -> None:
    """Write everything that precedes the weights, padded; the weights follow in the order of `tensors`.

    keys: as in GgufFile.keys. Each tensor must be written with `write_padding` after it.
    """
    start = file.tell()
    file.write(MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(keys)))
    for key, stored in keys.items():
        name = key.encode("utf-8")
        file.write(struct.pack("<Q", len(name)) + name)
        file.write(stored)
    offset = 0
    for tensor in tensors:
        name = tensor.name.encode("utf-8")
        file.write(struct.pack("<Q", len(name)) + name + struct.pack("<I", len(tensor.shape)))
        file.write(struct.pack(f"<{len(tensor.shape)}QIQ", *tensor.shape[::-1], tensor.type, offset))
        offset += -(-tensor_bytes(tensor) // ALIGNMENT) * ALIGNMENT
    write_padding(file, file.tell() - start)


def write_padding(file: BinaryIO, written: int) -> None:
    """Zeros up to the next multiple of the alignment."""
    file.write(bytes(-written % ALIGNMENT))


def read_keys(path: Path) -> dict[str, bytes]:
    """The stored bytes of every key of a GGUF file, which need not have tensors. Raises GgufError."""
    with GgufFile(path, only_keys=True) as file:
        return {key: bytes(stored) for key, stored in file.keys.items()}


@contextlib.contextmanager
def open_gguf(path: Path) -> Iterator[GgufFile]:
    """An open GGUF file for the block."""
    file = GgufFile(path)
    try:
        yield file
    finally:
        file.close()
