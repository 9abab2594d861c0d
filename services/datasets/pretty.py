"""Values as JSON that is read by a person: indented, numbers as they are spelled."""

from typing import Any

from services.datasets.values import ABSENT, dump

_SHORT = 60  # characters of a list or object that stays in one line


def pretty(value: Any, indent: str = "") -> str:
    """The JSON text of a value in lines, two blanks a level; short lists of plain values stay in one line."""
    if isinstance(value, dict) and value:
        deeper = indent + "  "
        lines = [f"{deeper}{dump(str(k))}: {pretty(v, deeper)}" for k, v in value.items() if v is not ABSENT]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        if not any(isinstance(item, dict | list | tuple) for item in value):
            line = "[" + ", ".join(dump(item) for item in value) + "]"
            if len(line) <= _SHORT:
                return line
        deeper = indent + "  "
        return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
    return dump(value)
