"""Merge a LoRA adapter into its 16-bit base, tensor by tensor.

`MergedWeights` looks like a model's weights but makes each tensor when it is asked for: base tensors stay mapped, the
adapter is small, and at no time is more than one merged tensor in memory. The folder export and the GGUF converter both
read from it. The arithmetic is PEFT's merge on a CPU, so the bits are those of its `merge_and_unload`.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from services.engine.tensor_files import MergeError, TensorFiles, read_json
from services.errors import TunesmithError
from services.i18n import N_

_PREFIX = "base_model.model."
_ADD_VALUES = 1 << 20
_EMBEDDINGS = (
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "embed_in.weight",
    "tok_embeddings.weight",
)
_HEADS = ("lm_head.weight", "embed_out.weight")


@dataclass
class _Change:
    """What the adapter does to one base tensor: a sum of low-rank products, or another tensor in its place."""

    low_rank: list[tuple[str, str]] = field(default_factory=list)  # keys of A and B
    instead: str = ""
    embedding: bool = False
    added_bias: str = ""


class MergedWeights:
    """The weights of a base model with an adapter merged into them, made one by one. Use as a context manager.

    names: all tensor names. config_changes: fields of config.json that the merge changes (vocab_size,
    tie_word_embeddings). adapter_dir None: the base as it is, or a fully trained model.
    """

    def __init__(self, model_dir: Path, adapter_dir: Path | None = None) -> None:
        """Open both and check that they belong together. Raises MergeError before anything is read or written."""
        self.config = read_json(model_dir / "config.json")
        if "quantization_config" in self.config:
            raise MergeError(
                N_("{folder} is a quantised model; an adapter is merged into the 16-bit one."),
                way_out=N_("Choose the 16-bit release of the same model as base."),
                folder=str(model_dir),
            )
        self.config_changes: dict[str, Any] = {}
        self._base = TensorFiles(model_dir)
        self._adapter: TensorFiles | None = None
        self._changes: dict[str, _Change] = {}
        self._copies: dict[str, str] = {}  # a head that a tied base does not store -> the embedding it copies
        self.names = self._base.names()
        try:
            if adapter_dir is not None:
                self._adapter_config = read_json(adapter_dir / "adapter_config.json")
                refuse_other_methods(self._adapter_config)
                self._adapter = TensorFiles(adapter_dir, "adapter_model")
                self._plan()
            self._count_rows()
        except TunesmithError:
            self.close()
            raise

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a merged tensor."""
        change = self._changes.get(name)
        if change and change.instead and self._adapter:
            return self._adapter.shape(change.instead)
        return self._base.shape(self._copies.get(name, name))

    def dtype(self, name: str) -> torch.dtype:
        """Type of a merged tensor: the base's."""
        return self._base.dtype(self._copies.get(name, name))

    def load(self, name: str) -> torch.Tensor:
        """One merged tensor. What the adapter does not touch is mapped: do not write into it."""
        weight = self._base.load(self._copies.get(name, name)) if self._has_base(name) else None
        change = self._changes.get(name)
        if change is None or self._adapter is None:
            assert weight is not None
            return weight
        if change.instead:
            return self._adapter.load(change.instead).to(self.dtype(name))
        assert weight is not None
        merged = weight.clone()
        for a_key, b_key in change.low_rank:
            _add(merged, self._delta(a_key, b_key, change.embedding), rounded=change.embedding)
        if change.added_bias:
            merged.add_(self._adapter.load(change.added_bias).float() * self._scaling(change.added_bias))
        return merged

    @property
    def embedding_rows(self) -> int:
        """Rows of the token embedding; 0 if it has no known name."""
        name = self._find(_EMBEDDINGS)
        return self.shape(name)[0] if name else 0

    def largest_f32_bytes(self) -> int:
        """Bytes of the largest tensor if it were F32."""
        return max((math.prod(self.shape(name)) * 4 for name in self.names), default=0)

    def total_bytes(self) -> int:
        """Bytes of all merged tensors."""
        return sum(math.prod(self.shape(n)) * self.dtype(n).itemsize for n in self.names)

    def close(self) -> None:
        """Let the files go."""
        self._base.close()
        if self._adapter:
            self._adapter.close()

    def __enter__(self) -> "MergedWeights":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _has_base(self, name: str) -> bool:
        return self._copies.get(name, name) in self._base

    def _delta(self, a_key: str, b_key: str, embedding: bool) -> torch.Tensor:
        assert self._adapter is not None
        low, high = self._adapter.load(a_key).float(), self._adapter.load(b_key).float()
        product = high @ low
        if embedding or self._adapter_config.get("fan_in_fan_out"):
            product = product.T
        return product.mul_(self._scaling(a_key))

    def _scaling(self, key: str) -> float:
        """alpha / r, or alpha / sqrt(r); both may differ by module."""
        module = re.split(r"\.lora_", key.removeprefix(_PREFIX))[0]
        settings = self._adapter_config
        rank = _by_pattern(settings.get("rank_pattern"), module, settings["r"])
        alpha = _by_pattern(settings.get("alpha_pattern"), module, settings["lora_alpha"])
        return float(alpha / math.sqrt(rank) if settings.get("use_rslora") else alpha / rank)

    def _plan(self) -> None:
        """Match every tensor of the adapter with the base tensor that it changes."""
        assert self._adapter is not None
        keys = self._adapter.names()
        for key in keys:
            self._plan_key(key, set(keys))
        for name, change in self._changes.items():
            for a_key, b_key in change.low_rank:
                self._check_shapes(name, a_key, b_key, change.embedding)
        self._untie()

    def _plan_key(self, key: str, keys: set[str]) -> None:
        inner = key.removeprefix(_PREFIX)
        if inner.endswith((".lora_B.weight", ".lora_embedding_B")):
            return  # comes with its A
        if inner.endswith(".lora_B.bias"):
            self._change(inner.removesuffix(".lora_B.bias") + ".bias").added_bias = key
        elif inner.endswith(".lora_A.weight") or inner.endswith(".lora_embedding_A"):
            embedding = inner.endswith("embedding_A")
            partner = key.replace("lora_embedding_A", "lora_embedding_B").replace(".lora_A.", ".lora_B.")
            if partner not in keys:
                raise _other_base(key)
            change = self._change(re.sub(r"\.lora_(A\.weight|embedding_A)$", ".weight", inner))
            change.low_rank.append((key, partner))
            change.embedding = embedding
        elif ".lora_" in inner or "trainable_tokens" in inner:
            raise _not_merged(inner.rpartition(".lora_")[2] or inner)
        else:
            name = inner.replace(".base_layer.", ".").replace("modules_to_save.", "")
            self._change(name).instead = key

    def _change(self, name: str) -> _Change:
        found = name if name in self._base else self._alike(name)
        if not found:
            tied = self._find(_EMBEDDINGS) if _is_one_of(name, _HEADS) and self._is_tied() else ""
            if not tied:
                raise _other_base(name)
            found = name
            self._copies[name] = tied
            self.names.append(name)
        return self._changes.setdefault(found, _Change())

    def _alike(self, name: str) -> str:
        """The one base tensor whose name differs only by the wrappings of a multimodal model; '' if none."""

        def bare(text: str) -> str:
            return re.sub(r"^(model\.|language_model\.|transformer\.)+", "", text.replace("language_model.", ""))

        found = [n for n in self._base.names() if bare(n) == bare(name)]
        return found[0] if len(found) == 1 else ""

    def _check_shapes(self, name: str, a_key: str, b_key: str, embedding: bool) -> None:
        assert self._adapter is not None
        (rank, columns), (rows, b_rank) = self._adapter.shape(a_key), self._adapter.shape(b_key)
        made = (rows, columns)
        if embedding or self._adapter_config.get("fan_in_fan_out"):
            made = (columns, rows)
        if rank != b_rank or made != self.shape(name):
            raise _other_base(name)

    def _is_tied(self) -> bool:
        """Whether head and embedding share one tensor; configs often leave the default out, the weights do not lie."""
        return bool(self._setting("tie_word_embeddings")) or not any(_is_one_of(n, _HEADS) for n in self._base.names())

    def _untie(self) -> None:
        """An embedding or head that was trained alone while both shared one tensor: each becomes what was trained."""
        embedding, head = self._find(_EMBEDDINGS), self._find(_HEADS)
        if not self._is_tied() or not (embedding in self._changes or head in self._changes):
            return
        if not head:
            if self.shape(embedding) != self._base.shape(embedding):
                return  # rows were added for both: they stay one
            head = "lm_head.weight"
            self._copies[head] = embedding
            self.names.append(head)
        self.config_changes["tie_word_embeddings"] = False

    def _count_rows(self) -> None:
        rows = self.embedding_rows
        if rows and rows != (self._setting("vocab_size") or rows):
            self.config_changes["vocab_size"] = rows

    def _setting(self, name: str) -> Any:
        """A field of config.json, or of its text part in a multimodal model."""
        return self.config.get(name, (self.config.get("text_config") or {}).get(name))

    def _find(self, names: tuple[str, ...]) -> str:
        return next((n for n in self.names if _is_one_of(n, names)), "")


def _add(weight: torch.Tensor, delta: torch.Tensor, *, rounded: bool) -> None:
    """weight += delta, a few rows at a time: adding tensors of two types at once makes F32 copies of both.

    rounded: delta is rounded to weight's type before, as PEFT does for embeddings.
    """
    step = max(1, _ADD_VALUES // max(1, delta.shape[-1]))
    for start in range(0, len(weight), step):
        part = delta[start : start + step]
        weight[start : start + step].add_(part.to(weight.dtype) if rounded else part)


def _is_one_of(name: str, names: tuple[str, ...]) -> bool:
    return any(name == n or name.endswith("." + n) for n in names)


def _by_pattern(patterns: dict[str, Any] | None, module: str, default: Any) -> Any:
    for pattern, value in (patterns or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default


def refuse_other_methods(config: dict[str, Any]) -> None:
    """MergeError unless an adapter_config.json describes LoRA or rsLoRA as merging here knows it."""
    kind = str(config.get("peft_type", "")).upper()
    if kind != "LORA":
        raise _not_merged(kind or "?")
    for switch, name in (
        ("use_dora", "DoRA"),
        ("use_qalora", "QA-LoRA"),
        ("use_bdlora", "BD-LoRA"),
        ("alora_invocation_tokens", "aLoRA"),
        ("target_parameters", "target_parameters"),
        ("layer_replication", "layer_replication"),
        ("trainable_token_indices", "trainable_token_indices"),
        ("arrow_config", "Arrow"),
        ("kasa_config", "KaSA"),
        ("monteclora_config", "MonteCLoRA"),
    ):
        if config.get(switch):
            raise _not_merged(name)
    start = str(config.get("init_lora_weights", "true")).lower()
    if start.startswith(("pissa", "olora", "corda", "loftq")):
        raise _not_merged(start.split("_")[0])


def _not_merged(method: str) -> MergeError:
    return MergeError(
        N_("An adapter of the kind {method} cannot be merged yet; LoRA and rsLoRA can."),
        way_out=N_("Chat with the run as it is, or train a LoRA run."),
        method=method,
    )


def _other_base(name: str) -> MergeError:
    return MergeError(
        N_("The adapter does not fit this base model: {tensor} differs."),
        way_out=N_("Choose the base model that the run was trained on."),
        tensor=name,
    )
