"""The language of a text, or nothing where that is not plain: short texts, code and mixtures abstain.

Scripts tell most; Latin and Cyrillic ones are told apart by py3langid.
"""

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_CODE = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+|\$[^$\n]+\$", re.S)
_CODE_LINE = re.compile(r"[{};=<>\\|]|\w\(|^\s{4,}|^\s*(?:def|class|import|from|return|SELECT|#include|//|#)\b", re.M)
_SCRIPTS = {
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"), "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"), "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"), "th": re.compile("[\u0e00-\u0e7f]"), "hi": re.compile("[\u0900-\u097f]"),
    "el": re.compile("[\u0370-\u03ff]"), "cyrillic": re.compile("[\u0400-\u04ff]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
}  # fmt: skip
_LETTERS = 60  # letters of an alphabet, below which a text is too short to tell
_SIGNS = 12  # signs of Chinese, Japanese or Korean
_SURE = 0.995
_LIMIT = 800  # characters looked at


def language_of(text: str) -> str:
    """The code of the language ('en', 'zh', ...), "" where it is not plain."""
    text = _CODE.sub(" ", text[: _LIMIT * 2])[:_LIMIT]
    lines = [line for line in text.splitlines() if line.strip()]
    if sum(bool(_CODE_LINE.search(line)) for line in lines) * 4 > len(lines):
        return ""
    if text.isascii():
        counts = {"latin": len(_SCRIPTS["latin"].findall(text))}
        counts.update(dict.fromkeys(("zh", "ja"), 0))
        return _of_script("latin", counts, text)
    counts = {name: len(script.findall(text)) for name, script in _SCRIPTS.items()}
    return _of_script(max(counts, key=lambda name: counts[name]), counts, text)


def _of_script(script: str, counts: dict[str, int], text: str) -> str:
    letters = sum(counts.values())
    if not letters:
        return ""
    if counts["ja"] > 4 and counts["ja"] + counts["zh"] > 0.9 * letters:
        return "ja"
    enough = _SIGNS if script in ("zh", "ja", "ko") else _LETTERS
    if counts[script] < enough or counts[script] < 0.9 * letters:
        return ""  # too short, or a mixture
    if script not in ("latin", "cyrillic"):
        return script
    code, probability = _identifier().classify(text)
    return str(code) if probability >= _SURE else ""


@functools.cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
