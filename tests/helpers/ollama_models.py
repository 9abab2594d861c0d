"""What the contract server knows of models: GGUF facts, Ollama's built-in templates, rendering."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2.sandbox
from gguf import GGUFReader, GGUFValueType, LlamaFileType


@dataclass
class GgufFacts:
    """What a GGUF says of itself. size: bytes."""

    digest: str = ""
    size: int = 0
    template: str = ""
    info: dict[str, Any] = field(default_factory=dict)
    tensors: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, digest: str) -> "GgufFacts":
        """Facts of a file; arrays are told as null, as Ollama does."""
        reader = GGUFReader(path)
        info: dict[str, Any] = {}
        template = ""
        for name, entry in reader.fields.items():
            if name.startswith("GGUF."):
                continue
            if name == "tokenizer.chat_template":
                template = str(entry.contents())
            elif entry.types[0] == GGUFValueType.ARRAY:
                info[name] = None
            else:
                info[name] = entry.contents()
        info["general.parameter_count"] = sum(int(t.n_elements) for t in reader.tensors)
        tensors = [
            {"name": t.name, "type": t.tensor_type.name, "shape": [int(n) for n in t.shape]} for t in reader.tensors
        ]
        facts = cls(digest, path.stat().st_size, template, info, tensors)
        del reader  # it maps the file, which Windows would not let go
        return facts


@dataclass
class Model:
    """A created model. template None: the GGUF's own Jinja is used."""

    gguf: GgufFacts = field(default_factory=GgufFacts)
    adapter: str = ""
    template: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    system: str = ""
    quantization: str = ""
    parent: str = ""
    modified: float = 0.0

    def copy(self) -> "Model":
        """A model of its own with the same layers."""
        return dataclasses.replace(self, parameters=dict(self.parameters))

    def details(self) -> dict[str, Any]:
        """The `details` of tags, ps and show."""
        family = self.gguf.info.get("general.architecture", "")
        kind = LlamaFileType(int(self.gguf.info.get("general.file_type", 0))).name.removeprefix("MOSTLY_")
        return {
            "parent_model": self.parent,
            "format": "gguf",
            "family": family,
            "families": [family],
            "parameter_size": f"{self.gguf.info.get('general.parameter_count', 0) / 1e6:.2f}M",
            "quantization_level": self.quantization or kind.removeprefix("ALL_"),
        }


@dataclass(frozen=True)
class BuiltIn:
    """A template that Ollama has built in: the Jinja it answers to, the Go template and the stops it puts there."""

    name: str
    jinja: str
    go: str
    parameters: dict[str, Any]
    render: Callable[[list[dict[str, Any]]], str]


def _chatml(messages: list[dict[str, Any]]) -> str:
    turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return f"{turns}<|im_start|>assistant\n"


_CHATML_GO = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
_CHATML_STOPS = {"stop": ["<|im_start|>", "<|im_end|>"]}
_TURN = (
    "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_DEFAULT_SYSTEM = (
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful assistant<|im_end|>\\n' }}{% endif %}"
)

BUILT_IN = (
    BuiltIn("chatml", "{% for message in messages %}" + _TURN, _CHATML_GO, _CHATML_STOPS, _chatml),
    BuiltIn("chatml", "{% for message in messages %}" + _DEFAULT_SYSTEM + _TURN, _CHATML_GO, _CHATML_STOPS, _chatml),
)
"""Two of the 37, both of the ChatML family: the ones that small models of today come near."""


def render_jinja(template: str, messages: list[dict[str, Any]]) -> str:
    """A prompt by the model's own template, in a sandbox."""

    def complain(message: str) -> str:
        raise jinja2.TemplateError(message)

    world = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    world.globals["raise_exception"] = complain
    return world.from_string(template).render(messages=messages, add_generation_prompt=True, bos_token="", eos_token="")


def edit_distance(one: str, other: str, limit: int) -> int:
    """Levenshtein distance, or limit where it is at least that."""
    if abs(len(one) - len(other)) >= limit:
        return limit
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)
