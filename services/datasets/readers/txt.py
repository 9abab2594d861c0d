"""Plain text: a line a row, or a paragraph a row, as chosen at import."""

from collections.abc import Iterator

from services.datasets.readers import Record, Source, Trouble, readers
from services.i18n import N_


class Txt:
    """Raw text for pre-training. Option rows: "line" (default) or "paragraph" (blank lines between)."""

    suffixes = (".txt",)

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows with one column, text."""
        source.columns = ["text"]
        by_paragraph = source.options.get("rows") == "paragraph"
        lines: list[str] = []
        start = 1
        for number, line in source.lines():
            text = line.rstrip("\n").removesuffix("\r")
            try:
                text.encode("utf-8")
            except UnicodeEncodeError as error:
                yield Trouble("bad-byte", N_("The byte {byte} is not valid in this encoding."), number, error.start + 1,
                              {"byte": f"0x{ord(text[error.start]) - 0xDC00:02X}"}, text)  # fmt: skip
                continue
            if not by_paragraph:
                yield Record(number, {"text": text})
            elif text.strip():
                start = start if lines else number
                lines.append(text)
            elif lines:
                yield Record(start, {"text": "\n".join(lines)})
                lines = []
        if lines:
            yield Record(start, {"text": "\n".join(lines)})


readers.add("txt")(Txt())
