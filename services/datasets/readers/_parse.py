"""Reading one JSON record: what it is, what is odd about it, and in plain words why it is none."""

import json
import re
from collections.abc import Iterator
from typing import Any

from services.datasets.readers import Record, Trouble
from services.datasets.values import DuplicateKeys, check_depth, decoder, dump, to_text
from services.i18n import N_

_BAD_BYTE = re.compile("[\udc80-\udcff]")
BLANK = " \t\r\n\ufeff"


class RecordParser:
    """Parses records; keeps its decoder, so that a million of them are cheap."""

    def __init__(self) -> None:
        self._duplicates = DuplicateKeys()
        self._decoder = decoder(self._duplicates)

    def parse(self, text: str, line: int) -> Iterator[Record | Trouble]:
        """What a text gives: mostly one record, or several objects one after the other, or one trouble.

        Troubles about a record that is kept come right after it.
        """
        body = text.strip(BLANK)
        bad = _BAD_BYTE.search(text)
        if bad:
            values = {"byte": f"0x{ord(bad[0]) - 0xDC00:02X}"}
            yield Trouble("bad-byte", N_("The byte {byte} is not valid in this encoding."), line, bad.start() + 1,
                          values, body)  # fmt: skip
            return
        found: list[tuple[Any, list[Trouble]]] = []
        at = 0
        while at < len(body):
            self._duplicates.found.clear()
            try:
                value, end = self._decoder.raw_decode(body, at)
                check_depth(value, body)
            except json.JSONDecodeError as error:
                yield explain(error, body, line, offset=len(text) - len(text.lstrip(BLANK)))
                return
            except RecursionError:
                yield Trouble("too-deep", N_("The values are nested too deeply."), line, text=body)
                return
            if not isinstance(value, dict):
                yield _no_object(value, line, body)
                return
            found.append((value, list(self._oddities(value, body[at:end], line))))
            at = end
            while at < len(body) and body[at] in BLANK:
                at += 1
        for value, troubles in found:
            yield Record(line, value)
            yield from troubles
        if len(found) > 1:
            yield Trouble("several-objects", N_("{n} objects stand on one line; each became a row."), line,
                          values={"n": len(found)})  # fmt: skip

    def _oddities(self, value: dict[str, Any], text: str, line: int) -> Iterator[Trouble]:
        for key, values in self._duplicates.found:
            shown = " / ".join(to_text(v) for v in values)
            sentence = N_("The key {key} stands there twice ({values}); the last one was taken.")
            yield Trouble("double-key", sentence, line, values={"key": key, "values": shown})
        if "NaN" in text or "Infinity" in text:
            keys = [key for key, item in value.items() if re.search(r"NaN|Infinity", _outside_strings(item))]
            if keys:
                yield Trouble("not-finite", N_("{keys} holds NaN or Infinity, which other programs may refuse."), line,
                              values={"keys": ", ".join(keys)})  # fmt: skip
        if "\\u0000" in text and "\0" in json.dumps(value, ensure_ascii=False).replace("\\u0000", "\0"):
            yield Trouble("nul", N_("A text holds the character NUL, which templates and tokenizers may cut at."), line)
        if "\\ud" in text or "\\uD" in text:
            half = re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False))
            if half:
                yield Trouble(
                    "half-character", N_("A text holds half a character ({code}); it is kept and written as it is."),
                    line, values={"code": f"U+{ord(half[0]):04X}"},
                )  # fmt: skip


def _outside_strings(value: Any) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", dump(value))


_NO_OBJECT = {
    list: N_("This is a list; a row is an object with keys."),
    str: N_("This is a text; a row is an object with keys."),
    bool: N_("This is true or false; a row is an object with keys."),
    type(None): N_("This is null; a row is an object with keys."),
}


def _no_object(value: Any, line: int, text: str) -> Trouble:
    sentence = _NO_OBJECT.get(type(value), N_("This is a number; a row is an object with keys."))
    return Trouble("no-object", sentence, line, text=text)


def explain(error: json.JSONDecodeError, text: str, line: int, offset: int = 0) -> Trouble:
    """A JSON error in plain words. text: of the record, which starts on physical line `line` at column offset + 1."""
    at = min(error.pos, len(text))
    before, here = text[:at].rstrip(BLANK), text[at : at + 1]
    lines = text.count("\n", 0, at)
    column = at - text.rfind("\n", 0, at) if lines else at + 1 + offset
    values: dict[str, Any] = {}
    if text.startswith(("//", "#", "/*")):
        code, sentence, column = "comment", N_("This is a comment; JSON has none."), 0
    elif here == "'" or before.endswith("'"):
        code, sentence = "single-quotes", N_("Single quotes stand here; JSON has double quotes.")
    elif (here in "}]" and before.endswith(",") and here) or error.msg.startswith("Illegal trailing comma"):
        code, sentence = "extra-comma", N_("There is a comma too many before {here}.")
        values = {"here": here if here in ("}", "]") else "}"}
    elif error.msg.startswith("Invalid control character"):
        code, sentence = "raw-control", N_("A raw control character ({code}) stands inside a text.")
        values = {"code": "tab" if here == "\t" else f"U+{ord(here or chr(0)):04X}"}
    elif error.msg.startswith("Unterminated string") or at >= len(text.rstrip(BLANK)):
        code, sentence = "cut-off", N_("The record is cut off: it ends in the middle.")
    elif error.msg.startswith("Extra data"):
        code, sentence = "extra-text", N_("{here} follows after the end of the record.")
        values = {"here": text[at : at + 20]}
    elif error.msg.startswith("Invalid \\"):
        code, sentence = "bad-escape", N_("A backslash stands before a character that it cannot escape.")
    else:
        code, sentence = "not-json", N_("This is not JSON: {here} is not what is expected here.")
        values = {"here": text[at : at + 20]}
    return Trouble(code, sentence, line + lines, column, values, text)
