"""Which type each tensor of a GGUF gets for a chosen quant: the rules of llama.cpp's own quantiser.

Source: the behaviour of llama.cpp's `llama-quant.cpp` (b11434), written anew as tables. Quants that need an importance
matrix (IQ1, IQ2, IQ3_XXS, IQ3_XS, Q2_K_S) are left out. Nothing here reads weights: names, shapes and the few facts of
`ModelFacts` decide.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

Type = GGMLQuantizationType
FLOATS = (Type.F32, Type.F16, Type.BF16)


@dataclass(frozen=True)
class Quant:
    """One choice in the list. file_type: what `general.file_type` says. base: the type of tensors without a rule."""

    name: str
    file_type: LlamaFileType
    base: Type


def _quant(name: str, file_type: LlamaFileType, base: Type) -> tuple[str, Quant]:
    return name, Quant(name, file_type, base)


QUANTS: dict[str, Quant] = dict(
    [
        _quant("f32", LlamaFileType.ALL_F32, Type.F32),
        _quant("bf16", LlamaFileType.MOSTLY_BF16, Type.BF16),
        _quant("f16", LlamaFileType.MOSTLY_F16, Type.F16),
        _quant("q8_0", LlamaFileType.MOSTLY_Q8_0, Type.Q8_0),
        _quant("q6_k", LlamaFileType.MOSTLY_Q6_K, Type.Q6_K),
        _quant("q5_k_m", LlamaFileType.MOSTLY_Q5_K_M, Type.Q5_K),
        _quant("q5_k_s", LlamaFileType.MOSTLY_Q5_K_S, Type.Q5_K),
        _quant("q5_1", LlamaFileType.MOSTLY_Q5_1, Type.Q5_1),
        _quant("q5_0", LlamaFileType.MOSTLY_Q5_0, Type.Q5_0),
        _quant("q4_k_m", LlamaFileType.MOSTLY_Q4_K_M, Type.Q4_K),
        _quant("q4_k_s", LlamaFileType.MOSTLY_Q4_K_S, Type.Q4_K),
        _quant("q4_1", LlamaFileType.MOSTLY_Q4_1, Type.Q4_1),
        _quant("q4_0", LlamaFileType.MOSTLY_Q4_0, Type.Q4_0),
        _quant("iq4_nl", LlamaFileType.MOSTLY_IQ4_NL, Type.IQ4_NL),
        _quant("iq4_xs", LlamaFileType.MOSTLY_IQ4_XS, Type.IQ4_XS),
        _quant("q3_k_l", LlamaFileType.MOSTLY_Q3_K_L, Type.Q3_K),
        _quant("q3_k_m", LlamaFileType.MOSTLY_Q3_K_M, Type.Q3_K),
        _quant("q3_k_s", LlamaFileType.MOSTLY_Q3_K_S, Type.Q3_K),
        _quant("q2_k", LlamaFileType.MOSTLY_Q2_K, Type.Q2_K),
    ]
)
"""By the name used on the command line and in recipes; largest first, about."""


@dataclass(frozen=True)
class ModelFacts:
    """What the rules need to know of a model. heads, kv_heads: of the first layer. experts: 0 when dense."""

    arch: str
    layers: int
    heads: int = 0
    kv_heads: int = 0
    experts: int = 0

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "ModelFacts":
        """From a GGUF's key values (`general.architecture`, `ARCH.block_count`, ...)."""
        arch = str(values.get("general.architecture", ""))

        def number(key: str, default: int = 0) -> int:
            value = values.get(f"{arch}.{key}", default)
            if isinstance(value, (list, tuple)):  # one number a layer: the first decides
                value = value[0] if value else default
            return int(value) if isinstance(value, (int, float)) else default

        heads = number("attention.head_count")
        return cls(arch, number("block_count"), heads, number("attention.head_count_kv", heads), number("expert_count"))

    @property
    def heads_per_kv_head(self) -> int:
        """Query heads that share one key/value head (grouped-query attention)."""
        return self.heads // self.kv_heads if self.kv_heads else 0

    @property
    def is_70b(self) -> bool:
        """Whether llama.cpp calls the model a 70B, whose attn_v is small beside the rest."""
        if self.arch == "llama":
            return self.layers == 80 and self.experts != 8 and self.heads != self.kv_heads
        return (self.arch, self.layers) in {("qwen2", 80), ("qwen2vl", 80), ("deci", 80), ("jais2", 68)}


@dataclass(frozen=True)
class Weight:
    """Name, shape (slowest dimension first, as numpy has it) and type of a tensor before quantising."""

    name: str
    shape: tuple[int, ...]
    type: Type

    @property
    def columns(self) -> int:
        """Values in a row."""
        return self.shape[-1] if self.shape else 1


def in_file_order(weights: Sequence[Weight]) -> list[Weight]:
    """By layer, tensors of no layer first, then by name: the order in which llama.cpp counts and writes."""
    return sorted(weights, key=lambda w: (_layer(w.name), w.name))


def choose_types(weights: Sequence[Weight], quant: Quant, facts: ModelFacts) -> dict[str, Type]:
    """The type of every tensor by name.

    weights: all tensors of the model, in any order. Rows whose length no block fits become the type that llama.cpp
    falls back to; where it would give up (rows not a multiple of 32 for a plain quant), F16.
    """
    ordered = in_file_order(weights)
    choice = _Choice(quant, facts, tied=all(w.name != "output.weight" for w in ordered), ordered=ordered)
    return {w.name: choice.type_of(w) for w in ordered}


def may_quantise(weight: Weight) -> bool:
    """Whether llama.cpp quantises this tensor at all: matrices named `...weight` that are not small or delicate."""
    dimensions = len(weight.shape)
    while dimensions > 1 and weight.shape[len(weight.shape) - dimensions] == 1:
        dimensions -= 1  # ggml does not count outer dimensions of size one
    if dimensions < 2 or not weight.name.endswith("weight"):
        return False
    return weight.name not in _KEPT_NAMES and not any(part in weight.name for part in _KEPT_PARTS)


_KEPT_NAMES = {"position_embd.weight", "token_types.weight"}
_KEPT_PARTS = (
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    *(
        f"time_mix_{part}.weight"
        for part in ("first", "w0", "w1", "w2", "v0", "v1", "v2", "a0", "a1", "a2", "g1", "g2")
    ),
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
    ".position_embd",
    "sam.pos_embd",
    "sam.neck.",
    "sam.net_",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
    "a.rvq.codebook",
    "mm.a.code_embd",
)

_FALLBACK = {  # rows that are no multiple of 256 take a type with blocks of 32
    Type.Q2_K: Type.Q4_0,
    Type.Q3_K: Type.Q4_0,
    Type.Q4_K: Type.Q5_0,
    Type.Q5_K: Type.Q5_1,
    Type.Q6_K: Type.Q8_0,
    Type.IQ4_XS: Type.IQ4_NL,
}

_ROLES = (  # first match wins; the parts are searched in the name
    ("attn_qkv.weight", "qkv"),
    ("attn_kv_b.weight", "kv_b"),
    ("attn_v.weight", "v"),
    ("attn_k.weight", "k"),
    ("attn_q.weight", "q"),
    ("attn_output.weight", "attn_output"),
    ("ffn_up", "up"),
    ("ffn_gate", "gate"),
    ("ffn_down", "down"),
)
_LIKE_V = {"v", "qkv", "kv_b"}  # more sensitive than the rest


def role_of(name: str) -> str:
    """What a tensor does: output, embedding, qkv, kv_b, v, k, q, attn_output, up, gate, down or other."""
    if name == "output.weight":
        return "output"
    if name in ("token_embd.weight", "per_layer_token_embd.weight"):
        return "embedding"
    return next((role for part, role in _ROLES if part in name), "other")


def _layer(name: str) -> int:
    found = re.match(r"blk\.(\d+)", name)
    return int(found[1]) if found else -1


def more_bits(index: int, count: int) -> bool:
    """The first and last eighth of the layers, and every third between, get more bits."""
    return index < count // 8 or index >= 7 * count // 8 or (index - count // 8) % 3 == 2


class _Choice:
    """Walks the tensors in file order: some rules go by how many of a kind came before."""

    def __init__(self, quant: Quant, facts: ModelFacts, *, tied: bool, ordered: Sequence[Weight]) -> None:
        self.quant, self.facts, self.tied = quant, facts, tied
        self.v_count = sum(role_of(w.name) in _LIKE_V for w in ordered)
        self.v_seen = 0
        self.down_seen = 0

    def type_of(self, weight: Weight) -> Type:
        if not may_quantise(weight):
            return weight.type
        if self.quant.base in FLOATS:
            return self.quant.base
        return _fitting(self._by_role(weight), weight.columns)

    def _by_role(self, weight: Weight) -> Type:
        role = role_of(weight.name)
        base = self.quant.base
        if role == "output" or (role == "embedding" and self.tied):
            if self.facts.arch == "falcon" or weight.columns % GGML_QUANT_SIZES[base][0]:
                return Type.Q8_0
            return base if base is Type.Q8_0 else Type.Q6_K
        if role in _LIKE_V:
            chosen = self._like_v()
            self.v_seen += 1
            return chosen
        if role == "down":
            index = _layer(weight.name) if self.facts.experts > 1 else self.down_seen
            self.down_seen += 1
            return self._down(index)
        if role == "k" and self.facts.experts == 8:
            return Type.Q8_0
        if role == "attn_output":
            return self._attn_output()
        return base

    def _like_v(self) -> Type:
        name, grouped = self.quant.name, self.facts.heads_per_kv_head >= 4
        chosen = self.quant.base
        if name == "q2_k":
            chosen = Type.Q4_K if grouped else Type.Q3_K
        elif name == "q3_k_m":
            chosen = Type.Q5_K if self.v_seen < 2 else Type.Q4_K
        elif name == "q3_k_l" or (name in ("iq4_nl", "iq4_xs") and grouped):
            chosen = Type.Q5_K
        elif name in ("q4_k_m", "q5_k_m") and more_bits(self.v_seen, self.v_count):
            chosen = Type.Q6_K
        elif name == "q4_k_s" and self.v_seen < 4:
            chosen = Type.Q5_K
        if self.facts.is_70b and chosen in (Type.Q3_K, Type.Q4_K):
            chosen = Type.Q5_K
        return Type.Q8_0 if self.facts.experts == 8 else chosen

    def _down(self, index: int) -> Type:
        name, layers, falcon = self.quant.name, self.facts.layers, self.facts.arch == "falcon"
        first_eighth, more = index < layers // 8, more_bits(index, layers)
        match name:
            case "q2_k":
                return Type.Q3_K
            case "q3_k_m":
                if index < layers // 16:
                    return Type.Q5_K
                return Type.Q4_K if not falcon or more else Type.Q3_K
            case "q3_k_l":
                return Type.Q4_K if falcon else Type.Q5_K
            case "q4_k_m" if falcon:
                return Type.Q6_K if index < layers // 16 else Type.Q5_K if more else Type.Q4_K
            case "q4_k_m" | "q5_k_m" if more:
                return Type.Q6_K
            case "iq4_nl" | "iq4_xs" if first_eighth:
                return Type.Q5_K
            case "q4_k_s" if first_eighth and not falcon:
                return Type.Q5_K
        return self.quant.base

    def _attn_output(self) -> Type:
        name = self.quant.name
        if self.facts.arch == "falcon":
            return Type.Q4_K if name == "q3_k_l" else self.quant.base
        if self.facts.experts == 8:
            wide = {"q2_k", "q3_k_s", "q3_k_m", "q4_k_s", "q4_k_m", "iq4_nl", "iq4_xs"}
            return Type.Q5_K if name in wide else self.quant.base
        return {"q2_k": Type.Q3_K, "q3_k_m": Type.Q4_K, "q3_k_l": Type.Q5_K}.get(name, self.quant.base)


def _fitting(wanted: Type, columns: int) -> Type:
    if columns % GGML_QUANT_SIZES[wanted][0] == 0:
        return wanted
    other = _FALLBACK.get(wanted, Type.F16)
    return other if columns % GGML_QUANT_SIZES[other][0] == 0 else Type.F16


def planned_bytes(weights: Sequence[Weight], types: Mapping[str, Type]) -> int:
    """Bytes of all tensors in their chosen types, each padded to 32, without the header."""
    return sum(-(-tensor_bytes(replace(w, type=types[w.name])) // 32) * 32 for w in weights)


def tensor_bytes(weight: Weight) -> int:
    """Bytes of a tensor as it is stored. ValueError if its rows do not fit the type's blocks."""
    block, size = GGML_QUANT_SIZES[weight.type]
    if weight.columns % block:
        raise ValueError(f"{weight.name}: rows of {weight.columns} are no multiple of {block}")
    count = 1
    for length in weight.shape:
        count *= length
    return count // block * size
