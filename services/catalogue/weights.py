"""What safetensors files say of themselves: names, shapes and types, read from their headers alone.

Format: 8 bytes little-endian length, a JSON header of that length, then the tensors' bytes.
Source: the safetensors format description.
"""

import math
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import orjson

_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit
_INDEX = "model.safetensors.index.json"
_EMBEDDINGS = (
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "tok_embeddings.weight",
    "embed_in.weight",
)
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


@dataclass
class Weights:
    """All weights of a model folder. embedding_rows: rows of the input embedding, 0 if none was found.

    broken: file name -> why it cannot be read. missing: shards that the index names and that are not there.
    """

    parameters: int = 0
    bytes_by_dtype: Counter[str] = field(default_factory=Counter)
    embedding_rows: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def dtype(self) -> str:
        """The type of most bytes, as safetensors spells it; "" without weights."""
        return self.bytes_by_dtype.most_common(1)[0][0] if self.bytes_by_dtype else ""


def read_weights(folder: Path) -> Weights | None:
    """Headers of a model folder's safetensors files; None if it has none (adapters do not count)."""
    found = [p for p in sorted(folder.glob("*.safetensors")) if not p.name.startswith("adapter_")]
    index = folder / _INDEX
    if not found and not index.is_file():
        return None
    out = Weights()
    if index.is_file():
        try:
            named = set(orjson.loads(index.read_bytes())["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            out.broken[_INDEX] = "not an index"
            named = set()
        out.missing = sorted(str(name) for name in named if not (folder / str(name)).is_file())
        found = [p for p in found if p.name in named] or found
    for path in found:
        try:
            _add(out, read_header(path))
        except ValueError as error:
            out.broken[path.name] = str(error)
    return out


def read_header(path: Path) -> dict[str, tuple[str, list[int]]]:
    """Tensor name -> (dtype, shape) of one file. ValueError that says what is wrong with it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            raise ValueError("it is empty")
        length = int(struct.unpack("<Q", start)[0])
        if length > _LONGEST_HEADER or 8 + length > size:
            raise ValueError("it is no safetensors file")
        try:
            header = orjson.loads(file.read(length))
            tensors = {
                str(name): (str(entry["dtype"]), [int(n) for n in entry["shape"]])
                for name, entry in header.items()
                if name != "__metadata__"
            }
            end = max((int(e["data_offsets"][1]) for n, e in header.items() if n != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError("it is no safetensors file") from error
    if 8 + length + end > size:
        raise ValueError("it is cut off")
    return tensors


def _add(out: Weights, tensors: dict[str, tuple[str, list[int]]]) -> None:
    for name, (dtype, shape) in tensors.items():
        count = math.prod(shape)
        out.parameters += count
        out.bytes_by_dtype[dtype] += count * _BYTES.get(dtype, 1)
        if name.endswith(_EMBEDDINGS) and len(shape) == 2:
            out.embedding_rows = max(out.embedding_rows, shape[0])
