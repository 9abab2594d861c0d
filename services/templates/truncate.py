"""cutoff_len: two rules for rows that are too long.

llamafactory: that program's own, turn by turn, for imported recipes. tunesmith: whole exchanges fall away from the
oldest; of the last, the middle of the user's text is cut, down to a quarter of the budget, then the end of the answer;
what the template itself writes is never cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.templates.layout import Cut
from services.templates.template import Item
from services.templates.tokenizer import Tokenizer

_TRIES = 16


def llamafactory_lengths(source_len: int, target_len: int, budget: int) -> tuple[int, int]:
    """How many tokens a turn's source and target keep of a budget, in tokens. Source: formats, `cutoff_len`."""
    if 2 * target_len < budget:
        keep = target_len
    elif 2 * source_len < budget:
        keep = min(target_len, budget - source_len)
    else:
        keep = min(target_len, int(budget * (target_len / (source_len + target_len))))
    return min(source_len, max(budget - keep, 0)), keep


@dataclass(frozen=True)
class Shortened:
    """Items that fit. cut: the worst that happened. dropped_turns: turns that fell away whole."""

    items: tuple[Item, ...]
    cut: Cut
    dropped_turns: int


def shorten(
    items: Sequence[Item], length: Callable[[Item], int], tokenizer: Tokenizer, cutoff_len: int
) -> Shortened | None:
    """Cut items by our rule until each has at most cutoff_len tokens; None if the answer would be gone.

    items: the variants of one row, alike but for their last turn (one for sft and kto, two for dpo). length: tokens of
    an item with everything that the template writes.
    """

    def longest(candidates: Sequence[Item]) -> int:
        return max(map(length, candidates))

    last = max(items[0].trained, default=-1)
    if last < 0:
        return None
    kept = [_from(item, 0, last + 1) for item in items]
    dropped = len(items[0].turns) - last - 1
    starts = [i for i, turn in enumerate(kept[0].turns) if i and turn.role == "user"]
    if starts and longest(kept) > cutoff_len:
        at = _first_fitting(starts, lambda start: longest([_from(i, start, last + 1) for i in kept]) <= cutoff_len)
        dropped += at
        kept = [_from(item, at, last + 1) for item in kept]
    cut: Cut = "history" if dropped else ""
    if longest(kept) > cutoff_len:
        kept, cut = _cut_questions(kept, longest, tokenizer, cutoff_len), "prompt"
    if longest(kept) > cutoff_len:
        answers = [_cut_answer(item, length, tokenizer, cutoff_len) for item in kept]
        if any(a is None for a in answers):
            return None
        kept, cut = [a for a in answers if a is not None], "answer"
    if not all(item.trained for item in kept):
        return None
    return Shortened(tuple(kept), cut, dropped)


def _from(item: Item, start: int, end: int) -> Item:
    if start == 0 and end == len(item.turns):
        return item
    turns = item.turns[start:end]
    trained = frozenset(i - start for i in item.trained if start <= i < end)
    return replace(item, conversation=replace(item.conversation, turns=turns), trained=trained)


def _first_fitting(starts: list[int], fits: Callable[[int], bool]) -> int:
    """The first start that fits (later ones are shorter), or the last if none does."""
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        if fits(starts[middle]):
            high = middle
        else:
            low = middle + 1
    return starts[low]


def _cut_questions(
    items: list[Item], longest: Callable[[Sequence[Item]], int], tokenizer: Tokenizer, cutoff_len: int
) -> list[Item]:
    """Cut the middle of the longest question or tool result, again and again, each down to a quarter of the budget."""
    floor = max(1, cutoff_len // 4)
    for _ in range(_TRIES):
        excess = longest(items) - cutoff_len
        turns = items[0].turns
        sizes = {
            i: len(tokenizer.offsets(turn.content))
            for i, turn in enumerate(turns)
            if turn.role in ("user", "observation")
        }
        at = max(sizes, key=lambda i: sizes[i], default=-1)
        if excess <= 0 or at < 0 or sizes[at] <= floor:
            break
        text = cut_middle(turns[at].content, max(floor, sizes[at] - excess), tokenizer)
        if text == turns[at].content:
            break
        items = [_with_content(item, at, text) for item in items]
    return items


def _cut_answer(item: Item, length: Callable[[Item], int], tokenizer: Tokenizer, cutoff_len: int) -> Item | None:
    last = len(item.turns) - 1
    for _ in range(_TRIES):
        excess = length(item) - cutoff_len
        if excess <= 0:
            return item
        text = item.turns[last].content
        keep = len(tokenizer.offsets(text)) - excess
        if keep <= 0 or item.turns[last].tool_calls:
            return None
        item = _with_content(item, last, cut_end(text, keep, tokenizer))
    return None


def cut_middle(text: str, keep: int, tokenizer: Tokenizer) -> str:
    """The first and last half of `keep` tokens of a text."""
    offsets = tokenizer.offsets(text)
    if len(offsets) <= keep:
        return text
    head, tail = (keep + 1) // 2, keep // 2
    end = offsets[head - 1][1] if head else 0
    start = offsets[len(offsets) - tail][0] if tail else len(text)
    return text[:end] + text[max(start, end) :]


def cut_end(text: str, keep: int, tokenizer: Tokenizer) -> str:
    """The first `keep` tokens of a text, at a whole character."""
    offsets = tokenizer.offsets(text)
    if len(offsets) <= keep:
        return text
    return text[: offsets[keep][0]]


def _with_content(item: Item, at: int, text: str) -> Item:
    turns = list(item.turns)
    turns[at] = replace(turns[at], content=text)
    return replace(item, conversation=replace(item.conversation, turns=tuple(turns)))
