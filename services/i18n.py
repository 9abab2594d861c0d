"""Translation of what the program says.

English sentences are the keys. `tr` translates at once; `N_` only marks a sentence so that the extractor finds
it and it can be translated where it is shown (errors cross rooms in English and are said in the person's
language by the window). Catalogues are gettext: `resources/translations/zh/*.po`, one file an area, compiled to
`resources/translations/zh.mo` by `installers/dev.py translations`.
"""

import gettext
from typing import Any

from services.resources import resource

LANGUAGES = ("en", "zh")

_current: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def set_language(language: str) -> None:
    """Choose the language of all later `tr` calls: 'en' or 'zh'. Unknown ones fall back to English."""
    global _current, _language
    _language = language if language in LANGUAGES else "en"
    _current = gettext.NullTranslations()
    if _language != "en":
        path = resource("translations", f"{_language}.mo")
        if path.exists():
            with path.open("rb") as file:
                _current = gettext.GNUTranslations(file)


def language() -> str:
    """The language in use: 'en' or 'zh'."""
    return _language


def N_(sentence: str) -> str:
    """Mark a sentence for the extractor; returns it unchanged."""
    return sentence


def tr(sentence: str, **values: Any) -> str:
    """The sentence in the person's language, its {fields} filled in from values."""
    text = _current.gettext(sentence) if sentence else ""
    return text.format(**values) if values else text


def trn(one: str, many: str, n: int, **values: Any) -> str:
    """Like `tr`, choosing by the number n, which is also the field {n} (with thousands separators)."""
    text = _current.ngettext(one, many, n)
    return text.format(**{"n": f"{n:,}", **values})
