"""Text that was read in the wrong encoding."""

import re

from services.datasets.lint import Example, Subject, TextCheck, checks, excerpt
from services.i18n import N_

_LOST = re.compile("\ufffd|锟斤拷|(?:烫烫烫)|(?:屯屯屯)")
_LATIN_RUN = re.compile("[\u00a1-\u00ff]{4,}")
_WIDE_RUN = re.compile("[^\x00-\xff]{4,}")


@checks.add("mojibake")
class Mojibake(TextCheck):
    """ftfy finds and mends UTF-8 that was read as a Western encoding; Chinese that was read as Latin-1, and UTF-8
    that was read as GBK, are turned back where every byte fits. What is lost for good is named only."""

    id, title = "mojibake", N_("Garbled characters")
    help = N_("The text was read in another encoding than it was written in, for example CafÃ© for Café.")
    verb, does = N_("Mend"), N_("Write the characters as they were meant.")
    roles = ("question", "answer", "system", "text", "rejected", "result")
    sentence = N_("{column} holds garbled characters: {seen}")
    way_out = N_("Mend it, or import the file again in its right encoding.")
    example = Example(
        ({"instruction": "a", "output": "The cafÃ© isnâ€™t open."}, {"instruction": "b", "output": "ÄãºÃ£¬ÊÀ½ç"},
         {"instruction": "c", "output": "浣犲ソ锛屼笘鐣"}, {"instruction": "d", "output": "A lost \ufffd character."},
         {"instruction": "e", "output": "Café, naïve, “quoted” — 5 €, Ærø, Åse, ÿ"}, {"instruction": "f",
          "output": "你好，世界！这里是中文。"}, {"instruction": "g", "output": "ÄÖÜ äöü ß ÀÉÈ"}), (0, 1, 2, 3)
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """Where the text and what it should be differ first, or what is lost."""
        if text.isascii():
            return None
        lost = _LOST.search(text)
        if lost:
            return excerpt(text, lost.start(), lost.end())
        new = _meant(text)
        if new == text:
            return None
        at = next((i for i, (a, b) in enumerate(zip(text, new, strict=False)) if a != b), 0)
        return excerpt(text, at, at + 4)

    def mended(self, text: str, row: Subject) -> str:
        """The text as it was meant."""
        return text if text.isascii() else _meant(text)


def _meant(text: str) -> str:
    """The text read in the right encoding; the same if it was."""
    new = _WIDE_RUN.sub(lambda run: _from_gbk(run[0]), text)
    if new != text:
        return new
    new = _LATIN_RUN.sub(lambda run: _from_latin(run[0]), text)
    if new != text:
        return new
    from ftfy import fix_encoding
    from ftfy.badness import badness

    if not badness(text):
        return text
    new = fix_encoding(text)
    return new if badness(new) < badness(text) else text


def _from_gbk(run: str) -> str:
    """UTF-8 that was read as GBK; a last character that was cut is left out. The same if it was not."""
    try:
        raw = run.encode("gb18030")
    except UnicodeEncodeError:
        return run
    for stop in (len(raw), len(raw) - 1, len(raw) - 2):
        try:
            new = raw[:stop].decode("utf-8")
        except UnicodeDecodeError:
            continue
        lost = stop < len(raw)
        return new if len(new) >= 3 and _all_chinese(new) and not (lost and len(new) < 4) else run
    return run


def _from_latin(run: str) -> str:
    """GBK that was read as Latin-1, of common characters only. The same if it was not."""
    raw = run.encode("latin-1")
    if len(raw) % 2 or not all(0xA1 <= first <= 0xF7 for first in raw[::2]):
        return run
    if sum(0xB0 <= first <= 0xD7 for first in raw[::2]) < len(raw) // 2 * 0.7:  # the common half of GB 2312
        return run
    try:
        new = raw.decode("gb18030")
    except UnicodeDecodeError:
        return run
    return new if _all_chinese(new) else run


def _all_chinese(text: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" or c in "，。！？：；、（）“”‘’《》" for c in text)
