"""How large a model's GGUF will be in each quant, told from its safetensors headers; no weight is read.

The types come from the very rules of the quantiser (`quant_policy`), so the sizes are those of the files, but for some
kilobytes of key values.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from gguf.constants import MODEL_ARCH, MODEL_ARCH_NAMES
from gguf.tensor_mapping import get_tensor_name_map

from services.catalogue.weights import read_header
from services.export.quant_policy import QUANTS, ModelFacts, Type, Weight, choose_types, planned_bytes
from services.export.trained import ExportError
from services.i18n import N_

_ARCH_OF = {"mistral": "llama", "mixtral": "llama", "gemma3_text": "gemma3"}
_ROLES = {  # for architectures whose names the map does not know: what decides the type
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
    "w1": "ffn_gate",
    "w3": "ffn_up",
    "w2": "ffn_down",
    "embed_tokens": "token_embd",
    "lm_head": "output",
}
_HEADER_BYTES = 8192  # key values that are not the vocabulary, and what aligning adds


def planned_sizes(model_dir: Path, quants: Sequence[str], tokenizer_dir: Path | None = None) -> dict[str, int]:
    """Bytes of the GGUF of a model folder in each of some quants (names of `quant_policy.QUANTS`).

    tokenizer_dir: where the tokenizer lies, if not there too. ExportError if the folder does not say its shapes.
    """
    try:
        config = orjson.loads((model_dir / "config.json").read_bytes())
        inner = config.get("text_config")
        config = {**config, **inner} if isinstance(inner, dict) else config
        weights, facts = _weights(model_dir, config), _facts(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(
            N_("{folder} does not say how large its model is: {reason}"),
            way_out=N_("Choose the folder that holds config.json and the .safetensors files."),
            folder=str(model_dir),
            reason=str(error),
        ) from error
    header = _HEADER_BYTES + 96 * len(weights) + _vocabulary_bytes(tokenizer_dir or model_dir)
    return {name: header + planned_bytes(weights, choose_types(weights, QUANTS[name], facts)) for name in quants}


def _facts(config: dict[str, Any]) -> ModelFacts:
    heads = int(config.get("num_attention_heads") or 0)
    return ModelFacts(
        _arch(config),
        int(config.get("num_hidden_layers") or 0),
        heads,
        int(config.get("num_key_value_heads") or heads),
        int(config.get("num_local_experts") or config.get("num_experts") or 0),
    )


def _arch(config: dict[str, Any]) -> str:
    kind = str(config.get("model_type") or "llama")
    return _ARCH_OF.get(kind, kind)


def _weights(model_dir: Path, config: dict[str, Any]) -> list[Weight]:
    """Every tensor as the converter writes it: matrices in F16, the rest in F32."""
    shapes: dict[str, list[int]] = {}
    for path in sorted(model_dir.glob("*.safetensors")):
        if not path.name.startswith("adapter_"):
            shapes |= {name: shape for name, (_, shape) in read_header(path).items()}
    if not shapes:
        raise ValueError("no .safetensors")
    if config.get("tie_word_embeddings"):
        shapes.pop("lm_head.weight", None)
    arch = next((a for a, name in MODEL_ARCH_NAMES.items() if name == _arch(config)), MODEL_ARCH.LLAMA)
    known = get_tensor_name_map(arch, int(config.get("num_hidden_layers") or 0))
    found = []
    for name, shape in shapes.items():
        told = known.get_name(name, try_suffixes=(".weight", ".bias")) or _guess(name)
        found.append(Weight(told, tuple(shape), Type.F16 if len(shape) > 1 else Type.F32))
    return found


def _guess(name: str) -> str:
    words = name.split(".")
    block = next((word for word in words if word.isdigit()), "")
    role = _ROLES.get(words[-2] if len(words) > 1 else "", re.sub(r"\W", "_", name))
    return f"blk.{block}.{role}.{words[-1]}" if block else f"{role}.{words[-1]}"


def _vocabulary_bytes(folder: Path) -> int:
    """Bytes of tokens, their types and merges in the key values; 0 if the tokenizer cannot be read."""
    try:
        model = orjson.loads((folder / "tokenizer.json").read_bytes())["model"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    vocabulary, merges = model.get("vocab") or {}, model.get("merges") or []
    tokens = [t[0] if isinstance(t, list) else t for t in vocabulary]
    pairs = (" ".join(m) if isinstance(m, list) else m for m in merges)
    size = sum(len(str(t).encode()) + 12 for t in tokens) + sum(len(p.encode()) + 8 for p in pairs)
    return size + (4 * len(tokens) if isinstance(vocabulary, list) else 0)  # scores
