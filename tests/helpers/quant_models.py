"""The two models that llama.cpp's quantiser was recorded on, and what it made of them.

`gqa4` is seeded noise in the shapes of a Llama with grouped-query attention and rows that K-quants fit; its bytes are
checked against the recording, so the generator must stay as it is.
"""

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

import gguf
import numpy as np

from services.export.gguf_file import open_gguf
from services.export.quant_policy import ModelFacts, Type, Weight

HIDDEN, FFN, LAYERS, HEADS, KV_HEADS, VOCAB, SEED = 512, 1536, 12, 8, 2, 49152, 1
RECORDED = Path(__file__).parent.parent / "data" / "quant" / "llama_quantize.json.gz"

FACTS = {"gqa4": ModelFacts("llama", 12, 8, 2), "smollm2": ModelFacts("llama", 30, 9, 3)}


@cache
def recorded() -> dict:
    """Model -> quant -> {"file_type", "tensors": {name: [type, first 16 hex digits of sha256]}}; and source_sha256."""
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def recorded_quants(model: str) -> list[str]:
    """Quants that were recorded for a model."""
    return [name for name in recorded()[model] if name != "source_sha256"]


def digest(data: np.ndarray | bytes) -> str:
    """The recording's short hash."""
    return hashlib.sha256(np.ascontiguousarray(data).tobytes() if isinstance(data, np.ndarray) else data).hexdigest()[
        :16
    ]


def tensors_of(path: Path) -> dict[str, list[str]]:
    """What a GGUF holds, as the recording says it: name -> [type, short hash]."""
    with open_gguf(path) as file:
        return {t.name: [t.type.name, digest(file.raw(t))] for t in file.tensors}


def weights_of(hidden: int, ffn: int, layers: int, kv_rows: int, vocab: int = VOCAB) -> list[Weight]:
    """Names, shapes and types of a Llama with tied embeddings, F16 matrices and F32 norms."""
    found = [("token_embd.weight", (vocab, hidden)), ("output_norm.weight", (hidden,))]
    for layer in range(layers):
        shapes = {
            "attn_norm": (hidden,),
            "attn_q": (hidden, hidden),
            "attn_k": (kv_rows, hidden),
            "attn_v": (kv_rows, hidden),
            "attn_output": (hidden, hidden),
            "ffn_norm": (hidden,),
            "ffn_gate": (ffn, hidden),
            "ffn_up": (ffn, hidden),
            "ffn_down": (hidden, ffn),
        }
        found += [(f"blk.{layer}.{name}.weight", shape) for name, shape in shapes.items()]
    return [Weight(name, shape, Type.F32 if len(shape) == 1 else Type.F16) for name, shape in found]


def shapes_of(model: str) -> list[Weight]:
    """The tensors of a recorded model."""
    if model == "gqa4":
        return weights_of(HIDDEN, FFN, LAYERS, KV_HEADS * HIDDEN // HEADS)
    return weights_of(576, 1536, 30, 192)


def make_gqa4(path: Path) -> Path:
    """Write the synthetic model as a GGUF in F16 and return its path."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FFN)
    writer.add_file_type(1)
    noise = np.random.Generator(np.random.PCG64(SEED))
    for weight in shapes_of("gqa4"):
        drawn = noise.standard_normal(weight.shape, dtype=np.float32)
        if len(weight.shape) == 1:
            writer.add_tensor(weight.name, np.ones(HIDDEN, np.float32) + drawn * np.float32(0.1))
        else:
            writer.add_tensor(weight.name, (drawn * np.float32(0.05)).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_gguf(path: Path, arrays: dict[str, np.ndarray], arch: str = "llama", **numbers: int) -> Path:
    """A small GGUF of float arrays. numbers: `ARCH.key` values (block_count=2 ...)."""
    writer = gguf.GGUFWriter(path, arch)
    writer.add_string("tokenizer.chat_template", "{{ messages }} \u4f60\u597d")
    writer.add_array("tokenizer.ggml.tokens", ["a", "\u00e9", "\U0001f44b"])
    writer.add_array("some.numbers", [1, 2, 3])
    writer.add_float32("some.float", 0.5)
    writer.add_bool("some.flag", True)
    for key, number in numbers.items():
        writer.add_uint32(f"{arch}.{key}", number)
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
