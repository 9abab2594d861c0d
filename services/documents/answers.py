"""Understanding what a model replies: questions and answers, a judgement. Tolerant of its habits; never a guess."""

import json
import re
from dataclasses import dataclass
from typing import Any

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```(?:json|JSON)?\s*\n?(.*?)(?:```|$)", re.DOTALL)
_QUESTION_KEYS = ("question", "q", "instruction", "prompt", "问题", "问")
_ANSWER_KEYS = ("answer", "a", "output", "response", "回答", "答案", "答")
_LINE = re.compile(
    r"^\s*(?:[-*#]+\s*)?(?:\d+\s*[.):、]\s*)?(?:\*\*)?\s*(?P<word>question|answer|q|a|问题|回答|答案|问|答)"
    r"\s*\d*\s*(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*(?P<text>.*)$",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:score|rating|评分|得分|分数)\D{0,12}?(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_LONE = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*(?:/\s*5)?\s*[.。]?\s*(?:\n|$)")


@dataclass(frozen=True)
class Pair:
    """A question and its answer, neither empty."""

    question: str
    answer: str


@dataclass(frozen=True)
class Judgement:
    """score: 1 to 5. reason: '' if none was given."""

    score: float
    reason: str


def read_pairs(reply: str) -> tuple[list[Pair], int]:
    """Questions and answers of a reply, and how many pieces of it looked like one and could not be used."""
    text = _THOUGHT.sub("", reply).strip()
    items = _items(text)
    if items is None:
        return _read_lines(text)
    pairs = [pair for item in items if (pair := _pair(item)) is not None]
    return pairs, len(items) - len(pairs)


def read_judgement(reply: str) -> Judgement | None:
    """The judgement of a reply; None if it gives no number from 1 to 5."""
    text = _THOUGHT.sub("", reply).strip()
    for item in _items(text) or []:
        if isinstance(item, dict):
            number = item.get("score", item.get("评分", item.get("rating")))
            reason = item.get("reason", item.get("理由", ""))
            if (score := _number(number)) is not None:
                return Judgement(score, str(reason or "").strip())
    match = _SCORE.search(text) or _LONE.match(text)
    score = _number(match[1]) if match else None
    if match is None or score is None:
        return None
    rest = text[match.end() :].strip(" \n\t-–:：,.，。/5")
    return Judgement(score, rest[:500])


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.split("/")[0].strip()
    try:
        score = float(value)
    except (TypeError, ValueError):
        return None
    return score if 1 <= score <= 5 else None


def _items(text: str) -> list[Any] | None:
    """The objects of the JSON in a reply; of JSON that breaks off, those that are whole. None if there is no JSON."""
    fenced = _FENCE.search(text)
    for part in ([fenced[1]] if fenced else []) + [text]:
        start = min((i for i in (part.find("["), part.find("{")) if i >= 0), default=-1)
        if start < 0:
            continue
        found = _whole(part[start:])
        if found:
            return found
    return None


def _whole(text: str) -> list[Any]:
    """All whole objects of a JSON text, list or broken-off list."""
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(re.sub(r",(\s*[\]}])", r"\1", text))
        return _flat(value)
    except (ValueError, RecursionError):
        pass
    out: list[Any] = []
    decoder = json.JSONDecoder(strict=False)
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            out += _flat(value)
            at = text.find("{", end)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
    return out


def _flat(value: Any) -> list[Any]:
    """Items of a list, of an object that holds one list, or the object itself."""
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list)]
        return lists[0] if len(lists) == 1 and len(value) == 1 else [value]
    return value if isinstance(value, list) else []


def _pair(item: Any) -> Pair | None:
    if isinstance(item, list) and len(item) == 2:
        question, answer = item
    elif isinstance(item, dict):
        low = {str(k).strip().lower(): v for k, v in item.items()}
        question = next((low[k] for k in _QUESTION_KEYS if k in low), None)
        answer = next((low[k] for k in _ANSWER_KEYS if k in low), None)
    else:
        return None
    if not isinstance(question, str) or not isinstance(answer, str) or not question.strip() or not answer.strip():
        return None
    return Pair(question.strip(), answer.strip())


def _read_lines(text: str) -> tuple[list[Pair], int]:
    """Lines such as `Q: ...` and `A: ...`; an answer goes on until the next question."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            kind = "q" if match["word"].lower() in (*_QUESTION_KEYS, "question") else "a"
            found.append((kind, [match["text"].strip()]))
        elif found:
            found[-1][1].append(line)
    pairs, waste = [], 0
    question = ""
    for kind, lines in found:
        words = "\n".join(lines).strip().strip("*").strip()
        if kind == "q":
            waste += bool(question)
            question = words
        elif question and words:
            pairs.append(Pair(question, words))
            question = ""
        else:
            waste += 1
    return pairs, waste + bool(question)
