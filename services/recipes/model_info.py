"""What the forecast needs of a model: shapes, read from config.json and safetensors headers. No weight is loaded."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from services.catalogue.weights import read_header
from services.errors import TunesmithError
from services.i18n import N_

_HEADS = ("lm_head", "embed_out", "output_layer")
_EMBEDDINGS = ("embed_tokens", "wte", "word_embeddings", "tok_embeddings", "embed_in", "wpe", "embed_positions")
_INPUTS_FIRST = ("c_attn", "c_proj", "c_fc")  # GPT-2's Conv1D keeps (in, out)


class ModelInfoError(TunesmithError):
    """A model folder whose size cannot be told."""


@dataclass(frozen=True)
class Linear:
    """A linear layer. name: its last word ('q_proj'). block: number of its layer, -1 outside the layers."""

    name: str
    block: int
    inputs: int
    outputs: int


@dataclass(frozen=True)
class ModelInfo:
    """Sizes of a model. Counts of weights; hidden, intermediate, key_value: widths of a layer's inner results.

    from_config: no weight file was there, the count is worked out from config.json alone.
    """

    name: str
    parameters: int
    embedding: int
    head: int
    layers: int
    hidden: int
    intermediate: int
    key_value: int
    vocabulary: int
    context_len: int
    linears: tuple[Linear, ...]
    from_config: bool = False

    @property
    def linear_parameters(self) -> int:
        """Weights inside the layers' linear parts: what quantisation makes smaller."""
        return sum(part.inputs * part.outputs for part in self.linears)

    @property
    def per_layer(self) -> int:
        """Weights of one layer, on average."""
        return (self.parameters - self.embedding - self.head) // max(1, self.layers)


def read_model_info(folder: Path) -> ModelInfo:
    """Sizes of a model folder. ModelInfoError if it has no config.json or that says too little."""
    try:
        config = orjson.loads((folder / "config.json").read_bytes())
        text = config.get("text_config")
        config = {**config, **text} if isinstance(text, dict) else config
        return _of_files(folder, config) or of_config(config, folder.name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInfoError(
            N_("{folder} does not say how large its model is: {reason}"),
            way_out=N_("Choose the folder that holds config.json and the .safetensors files."),
            folder=str(folder),
            reason=str(error),
        ) from error


def of_config(config: dict[str, Any], name: str) -> ModelInfo:
    """Sizes from a Llama-like config.json alone. KeyError if it lacks hidden size, layers or vocabulary."""
    hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
    vocabulary = int(config["vocab_size"])
    inner = int(config.get("intermediate_size") or 4 * hidden)
    key_value, query = _attention(config, hidden)
    shapes = (
        ("q_proj", hidden, query),
        ("k_proj", hidden, key_value),
        ("v_proj", hidden, key_value),
        ("o_proj", query, hidden),
        ("gate_proj", hidden, inner),
        ("up_proj", hidden, inner),
        ("down_proj", inner, hidden),
    )
    linears = tuple(Linear(n, block, i, o) for block in range(layers) for n, i, o in shapes)
    head = 0 if config.get("tie_word_embeddings") else vocabulary * hidden
    body = sum(part.inputs * part.outputs for part in linears) + (2 * layers + 1) * hidden
    return ModelInfo(
        name,
        parameters=vocabulary * hidden + head + body,
        embedding=vocabulary * hidden,
        head=head,
        layers=layers,
        hidden=hidden,
        intermediate=inner,
        key_value=key_value,
        vocabulary=vocabulary,
        context_len=int(config.get("max_position_embeddings") or 0),
        linears=linears,
        from_config=True,
    )


def _of_files(folder: Path, config: dict[str, Any]) -> ModelInfo | None:
    files = [path for path in sorted(folder.glob("*.safetensors")) if not path.name.startswith("adapter_")]
    if not files:
        return None
    shapes: dict[str, list[int]] = {}
    for path in files:
        shapes |= {name: shape for name, (_, shape) in read_header(path).items()}
    hidden = int(config.get("hidden_size") or config.get("n_embd") or config["d_model"])
    embedding = head = 0
    linears: list[Linear] = []
    for name, shape in shapes.items():
        words = name.split(".")
        part = words[-2] if len(words) > 1 else ""
        if words[-1] != "weight" or len(shape) != 2:
            continue
        if part in _EMBEDDINGS:
            embedding += math.prod(shape)
        elif part in _HEADS:
            head += math.prod(shape)
        else:
            block = next((int(word) for word in words if word.isdigit()), -1)
            outputs, inputs = reversed(shape) if part in _INPUTS_FIRST else shape
            linears.append(Linear(part, block, inputs, outputs))
    inner = int(config.get("intermediate_size") or config.get("n_inner") or 4 * hidden)
    experts = int(config.get("num_experts_per_tok") or 0)
    if experts:  # each token passes through some experts only
        inner = max(inner, int(config.get("moe_intermediate_size") or inner) * experts)
    return ModelInfo(
        folder.name,
        parameters=sum(math.prod(shape) for shape in shapes.values()),
        embedding=embedding,
        head=head,
        layers=int(config.get("num_hidden_layers") or config.get("n_layer") or 1 + max(p.block for p in linears)),
        hidden=hidden,
        intermediate=inner,
        key_value=_attention(config, hidden)[0],
        vocabulary=int(config.get("vocab_size") or embedding // hidden),
        context_len=int(config.get("max_position_embeddings") or config.get("n_positions") or 0),
        linears=tuple(linears),
    )


def _attention(config: dict[str, Any], hidden: int) -> tuple[int, int]:
    """Widths of keys (or values) and of queries."""
    heads = int(config.get("num_attention_heads") or config.get("n_head") or 1)
    width = int(config.get("head_dim") or hidden // heads)
    return int(config.get("num_key_value_heads") or heads) * width, heads * width
