"""What may come next in a filter, for completion while a person writes."""

from collections.abc import Iterable, Sequence

from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query.lexicon import ROLES_IN_WORDS
from services.datasets.query.parse import parse_filter

MOST = 12
_AFTER_COLUMN = {
    "en": ("is empty", 'contains ""', 'does not contain ""', "length > ", '= ""', "matches //", 'starts with ""'),
    "zh": ("为空", '包含 ""', '不包含 ""', "长度 > ", '= ""', "匹配 //", '开头是 ""'),
}
_WHOLE = {
    "en": ('contains ""', "starred", "tag is ", "length > ", "tokens > ", "has finding ", "matches //", "not "),
    "zh": ('包含 ""', "星标", "标签 是 ", "长度 > ", "词元 > ", "有检查结果 ", "匹配 //", "不 "),
}
_JOIN = {"en": ("and ", "or "), "zh": ("且 ", "或 ")}


def suggest(
    prefix: str,
    columns: Sequence[str],
    mapping: Mapping,
    tags: Iterable[str] = (),
    findings: Iterable[str] = (),
    language: str = "en",
) -> list[str]:
    """Whole filters that begin with what is written, each one step further; the likeliest first, a dozen at most.

    tags, findings: which there are. language: of the words that are proposed ("en", "zh"); Chinese words in prefix
    bring Chinese ones.
    """
    tongue = "zh" if language == "zh" or any("一" <= letter <= "鿿" for letter in prefix) else "en"
    done, word = _split(prefix)
    proposals: list[str] = []
    subjects = _subjects(columns, mapping, tongue)
    last = done.split()[-1].casefold() if done.split() else ""
    before = " ".join(done.split()[-2:]).casefold()
    if last in {name.casefold() for name in [*columns, *subjects]}:
        proposals += _AFTER_COLUMN[tongue]
    if before.endswith(("tag is", "标签 是")) or last in ("tag", "tagged", "标签"):
        proposals += [_quoted(tag) for tag in tags]
    if last in ("finding", "findings", "检查结果", "有检查结果"):
        proposals += list(findings)
    if not proposals:
        complete = bool(done.strip()) and _understood(done, columns, mapping)
        proposals += [*_JOIN[tongue]] if complete else []
        proposals += [] if complete else [*subjects, *_WHOLE[tongue], *columns]
    fitting = [
        text for text in dict.fromkeys(proposals) if text.casefold().startswith(word.casefold()) and text != word
    ]
    return [done + text for text in fitting][:MOST]


def _split(prefix: str) -> tuple[str, str]:
    """What is written before the word that is being written, and that word."""
    at = max(prefix.rfind(" "), prefix.rfind("("), prefix.rfind("（")) + 1
    return prefix[:at], prefix[at:]


def _subjects(columns: Sequence[str], mapping: Mapping, tongue: str) -> list[str]:
    """Words for the columns that play a role, as a person says them."""
    out = []
    for role, words in ROLES_IN_WORDS.items():
        spoken = [w for w in words if w.isascii() == (tongue == "en")]
        column = mapping.column(role)
        if column in columns and spoken:
            out.append(spoken[1] if tongue == "en" and len(spoken) > 1 else spoken[0])
    if mapping.column("messages") in columns:
        out += ["question", "answer"] if tongue == "en" else ["问题", "回答"]
    return out


def _quoted(text: str) -> str:
    return text if text.isalnum() else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _understood(words: str, columns: Sequence[str], mapping: Mapping) -> bool:
    try:
        parse_filter(words, columns, mapping)
    except DatasetError:
        return False
    return True
