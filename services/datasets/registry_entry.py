"""One entry of a LLaMA-Factory dataset_info.json as a mapping, and a mapping as an entry.

Source of the defaults and of the trap (what `columns` or `tags` does not list is absent): formats.md's facts.
"""

from collections.abc import Collection
from typing import Any

from services.datasets.mapping import OPENAI_TAGS, ROLES, Mapping, Tags

_DEFAULTS = {
    "alpaca": {"prompt": "instruction", "query": "input", "response": "output"},
    "sharegpt": {"messages": "conversations"},
    "openai": {"messages": "messages"},
}


def mapping_of_entry(entry: dict[str, Any]) -> Mapping:
    """What the columns mean, by an entry with formatting, ranking, columns and tags. ValueError for an unknown
    formatting or a column or tag that is no text."""
    formatting = str(entry.get("formatting", "alpaca"))
    if formatting not in _DEFAULTS:
        raise ValueError(f"unknown formatting {formatting!r}")
    columns = _columns(entry.get("columns"), formatting, ranking=bool(entry.get("ranking")))
    format_id = formatting
    if entry.get("ranking"):
        format_id = "preference"
    elif "kto_tag" in columns:
        format_id = "kto"
    elif formatting == "alpaca" and set(columns) == {"prompt"}:
        format_id, columns = "text", {"text": columns["prompt"]}
    return Mapping(format=format_id, columns=columns, tags=_tags(entry.get("tags"), formatting))


def _columns(given: Any, formatting: str, *, ranking: bool) -> dict[str, str]:
    if given is None:
        extra = {"chosen": "chosen", "rejected": "rejected"} if ranking else {}
        found = {**_DEFAULTS[formatting], **extra}
        return {role: column for role, column in found.items() if not (ranking and role == "response")}
    if not isinstance(given, dict) or not all(isinstance(column, str) for column in given.values()):
        raise ValueError("columns is no object of texts")
    return {role: column for role, column in given.items() if role in ROLES and column}


def _tags(given: Any, formatting: str) -> Tags:
    if given is None:
        return OPENAI_TAGS if formatting == "openai" else Tags()
    if not isinstance(given, dict) or not all(isinstance(tag, str) for tag in given.values()):
        raise ValueError("tags is no object of texts")
    return Tags(**{name: str(given.get(name, "")) for name in Tags.model_fields})


def entry_of_mapping(file_name: str, mapping: Mapping, columns: Collection[str]) -> dict[str, Any]:
    """An entry for a file whose columns are these: the inverse of `mapping_of_entry`, defaults left out."""
    used = {role: column for role, column in mapping.columns.items() if column in columns}
    if mapping.format == "text":
        used = {"prompt": used.get("text", used.get("prompt", "text"))}
    formatting = mapping.format if mapping.format in _DEFAULTS else "sharegpt" if "messages" in used else "alpaca"
    entry: dict[str, Any] = {"file_name": file_name}
    if formatting != "alpaca":
        entry["formatting"] = formatting
    if mapping.format == "preference":
        entry["ranking"] = True
    entry["columns"] = used
    default = OPENAI_TAGS if formatting == "openai" else Tags()
    if mapping.tags != default and formatting != "alpaca":
        entry["tags"] = {name: tag for name, tag in mapping.tags.model_dump().items() if tag}
    return entry
