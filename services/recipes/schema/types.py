"""Types of parameters that read every spelling a YAML, a form or `--set` may use, and nothing that only looks right.

Each says no by ValueError; `services.recipes.errors` turns that into the sentence beside the field.
"""

import datetime
import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

_TRUE = {"true", "yes", "on", "1", "y"}
_FALSE = {"false", "no", "off", "0", "n"}


def read_flag(value: Any) -> Any:
    """True or False of any usual spelling (YAML 1.1's yes/no/on/off included)."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise ValueError("flag")
    if value in (0, 1):
        return bool(value)
    raise ValueError("flag")


def read_number(value: Any) -> Any:
    """An int or float of any usual spelling ('1e-4', '1_000', '8'); booleans are no numbers here."""
    if isinstance(value, bool):
        raise ValueError("number")
    if isinstance(value, str):
        text = value.strip().replace("_", "")
        try:
            return int(text)
        except ValueError:
            return float(text)
    return value


def read_bits(value: Any) -> Any:
    """A whole number among choices: '4', 4 and 4.0 are one."""
    number = read_number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def read_text(value: Any) -> Any:
    """Text; numbers, dates and booleans of a YAML become the text they were written as; mappings become JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def read_names(value: Any) -> Any:
    """Names as LLaMA-Factory writes them: 'a,b'. A list is joined, blanks around commas go, empty names too."""
    if isinstance(value, (list, tuple)):
        if any(isinstance(part, (list, tuple, dict)) for part in value):
            raise ValueError("names")
        parts = [str(read_text(part)) for part in value]
    else:
        text = read_text(value)
        if isinstance(value, dict) or not isinstance(text, str):
            raise ValueError("names")
        parts = text.split(",")
    return ",".join(part.strip() for part in parts if part.strip())


def read_choice(value: Any) -> Any:
    """A choice; YAML 1.1's `no` arrives as False, upper case and blanks do not matter."""
    if value is False:
        return "no"
    return value.strip().lower() if isinstance(value, str) else value


def read_auto_flag(value: Any) -> Any:
    """'auto', True or False."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    return read_flag(value)


def _or_none(read: Any) -> Any:
    def reader(value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none", "null")):
            return None
        return read(value)

    return reader


Flag = Annotated[bool, BeforeValidator(read_flag)]
AutoFlag = Annotated[bool | Literal["auto"], BeforeValidator(read_auto_flag)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_or_none(read_flag))]
Whole = Annotated[int, BeforeValidator(read_number)]
MaybeWhole = Annotated[int | None, BeforeValidator(_or_none(read_number))]
Real = Annotated[float, BeforeValidator(read_number)]
MaybeReal = Annotated[float | None, BeforeValidator(_or_none(read_number))]
Text = Annotated[str, BeforeValidator(read_text)]
Names = Annotated[str, BeforeValidator(read_names)]
Count = Annotated[int | float, BeforeValidator(read_number)]
"""A number of steps (whole), or below 1 a share of all steps; see `services.recipes.steps`."""
MaybeCount = Annotated[int | float | None, BeforeValidator(_or_none(read_number))]
Choice = BeforeValidator(read_choice)
"""For `Annotated[Literal[...], Choice]`."""
MaybeChoice = BeforeValidator(_or_none(read_choice))
MaybeBits = BeforeValidator(_or_none(read_bits))
"""For a Literal of whole numbers or None."""


def split_names(names: str) -> list[str]:
    """'a,b' -> ['a', 'b']; '' -> []."""
    return [part for part in (p.strip() for p in names.split(",")) if part]
