"""`param` declares one parameter; `Parameter` is what form, help, `--set`, YAML and the README's table read of it."""

import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field
from pydantic.fields import FieldInfo

from services.recipes.schema.groups import GROUPS

Kind = Literal["flag", "auto_flag", "whole", "real", "choice", "names", "text"]
Status = Literal["applied", "later", "kept"]
Words = tuple[str, str]
_UNSET: Any = object()


def param(
    default: Any,
    *,
    group: str,
    en: Words,
    zh: Words,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    unset: Words = ("", ""),
    peer: Any = _UNSET,
    stages: tuple[str, ...] = (),
    methods: tuple[str, ...] = (),
    status: Status = "applied",
    ours: bool = False,
    labels: dict[Any, Words] | None = None,
) -> Any:
    """Declare a parameter.

    en, zh: (title, help sentence). ge/gt/le/lt: the range of a number.
    unset: what None or an empty text means, shown as the default. peer: what LLaMA-Factory takes where its default
    is another; a file that leaves the key out means that. stages, methods: where it applies; empty: everywhere.
    status: 'applied' by this version, 'later' (read, kept, said not to act yet) or 'kept' (nothing to do here).
    ours: not one of LLaMA-Factory's keys. labels: choice -> (English, Chinese).
    """
    if group not in GROUPS:
        raise ValueError(f"no group {group!r}")
    return Field(
        default,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        title=en[0],
        description=en[1],
        json_schema_extra={
            "group": group,
            "en": list(en),
            "zh": list(zh),
            "unset": list(unset),
            "peer": [] if peer is _UNSET else [peer],
            "stages": list(stages),
            "methods": list(methods),
            "status": status,
            "ours": ours,
            "range": [ge, gt, le, lt],
            "labels": [[key, *words] for key, words in (labels or {}).items()],
        },
    )


@dataclass(frozen=True)
class Parameter:
    """One parameter as declared. Bounds are inclusive unless the _open flag beside them is set."""

    name: str
    group: str
    kind: Kind
    default: Any
    peer_default: Any
    optional: bool
    choices: tuple[Any, ...]
    minimum: float | None
    maximum: float | None
    minimum_open: bool
    maximum_open: bool
    stages: tuple[str, ...]
    methods: tuple[str, ...]
    status: Status
    ours: bool
    words: dict[str, Words] = field(default_factory=dict)
    unset: dict[str, str] = field(default_factory=dict)
    labels: dict[Any, dict[str, str]] = field(default_factory=dict)

    def title(self, language: str = "en") -> str:
        """Short name in 'en' or 'zh'."""
        return self.words.get(language, self.words["en"])[0]

    def help(self, language: str = "en") -> str:
        """What it does, in one to three sentences."""
        return self.words.get(language, self.words["en"])[1]

    def group_title(self, language: str = "en") -> str:
        """Title of its group."""
        return GROUPS[self.group][1 if language == "zh" else 0]

    def default_text(self, language: str = "en") -> str:
        """The default as the form shows it: '8', 'off', '2 x lora_rank'."""
        return self.text(self.default, language)

    def text(self, value: Any, language: str = "en") -> str:
        """A value as a person reads it."""
        if value is None or value == "":
            return self.unset.get(language, "")
        if isinstance(value, bool):
            words = ("开", "关") if language == "zh" else ("on", "off")
            return words[0] if value else words[1]
        if isinstance(value, float):
            return f"{value:g}"
        return str(value)

    def label(self, choice: Any, language: str = "en") -> str:
        """A choice as the form shows it."""
        return self.labels.get(choice, {}).get(language) or self.text(choice, language)

    @property
    def implemented(self) -> bool:
        """Whether this version acts on it."""
        return self.status == "applied"

    def applies_to(self, stage: str, method: str) -> bool:
        """Whether it has an effect in a stage under a method (full, freeze, lora or qlora)."""
        base = "lora" if method == "qlora" else method
        return (not self.stages or stage in self.stages) and (
            not self.methods or base in self.methods or method in self.methods
        )


def parameter(name: str, info: FieldInfo) -> Parameter:
    """The Parameter of a pydantic field declared by `param`. TypeError if it was declared otherwise."""
    extra = info.json_schema_extra
    if not isinstance(extra, dict) or "group" not in extra:
        raise TypeError(f"{name} is not declared by param()")
    data: dict[str, Any] = dict(extra)
    kind, optional, literals = _kind_of(info)
    ge, gt, le, lt = data["range"]
    return Parameter(
        name=name,
        group=data["group"],
        kind=kind,
        default=info.default,
        peer_default=data["peer"][0] if data["peer"] else info.default,
        optional=optional,
        choices=(None, *literals) if optional and literals else literals,
        minimum=ge if ge is not None else gt,
        maximum=le if le is not None else lt,
        minimum_open=ge is None and gt is not None,
        maximum_open=le is None and lt is not None,
        stages=tuple(data["stages"]),
        methods=tuple(data["methods"]),
        status=data["status"],
        ours=data["ours"],
        words={"en": tuple(data["en"]), "zh": tuple(data["zh"])},
        unset={"en": data["unset"][0], "zh": data["unset"][1]},
        labels={key: {"en": en, "zh": zh} for key, en, zh in data["labels"]},
    )


def _kind_of(info: FieldInfo) -> tuple[Kind, bool, tuple[Any, ...]]:
    annotation = info.annotation
    parts = typing.get_args(annotation) if _is_union(annotation) else (annotation,)
    optional = type(None) in parts
    parts = tuple(p for p in parts if p is not type(None))
    literals = tuple(v for p in parts for v in typing.get_args(p) if typing.get_origin(p) is Literal)
    if bool in parts:
        return ("auto_flag", optional, (True, False, "auto")) if literals else ("flag", optional, (True, False))
    if literals:
        return "choice", optional, literals
    if float in parts:
        return "real", optional, ()
    if int in parts:
        return "whole", optional, ()
    readers = [getattr(m, "func", None) for m in info.metadata]
    return ("names" if any(getattr(r, "__name__", "") == "read_names" for r in readers) else "text"), optional, ()


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)
