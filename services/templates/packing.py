"""Joining rows: pre-training text into blocks, and short sft rows into full sequences that do not see each other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.templates.encode import Encoder, in_chunks
from services.templates.layout import IGNORED

_CHUNK = 256
_TAIL = 2
"""Tokens a last, short block needs to be kept: one to read, one to predict."""


def join_text(encoder: Encoder, texts: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """Pre-training sequences of (row_id, text): {row_ids, input_ids, labels}, everything trained.

    Each text is followed by the end token; all are joined and cut into blocks of cutoff_len tokens. With packing off, a
    block is one text's head. LLaMA-Factory drops the last short block, ours keeps one of at least two tokens.
    """
    options = encoder.options
    block_len = options.cutoff_len
    ids: list[int] = []
    row_ids: list[int] = []
    for chunk in in_chunks(texts, _CHUNK):
        for (row_id, _), coded in zip(chunk, _coded(encoder, [text for _, text in chunk]), strict=True):
            if options.packing is False:
                yield _block([row_id], coded[:block_len], "answer" if len(coded) > block_len else "", len(coded))
                continue
            ids += coded
            row_ids.append(row_id)
            while len(ids) >= block_len:
                yield _block(row_ids, ids[:block_len])
                ids = ids[block_len:]
                row_ids = [row_id] if ids else []
    if len(ids) >= _TAIL and options.truncation != "llamafactory":
        yield _block(row_ids, ids)


def _block(row_ids: list[int], ids: list[int], cut: str = "", full_len: int = 0) -> dict[str, Any]:
    return {
        "row_ids": list(row_ids),
        "input_ids": ids,
        "labels": list(ids),
        "cut": cut,
        "full_len": full_len or len(ids),
    }


def _coded(encoder: Encoder, texts: Sequence[str]) -> list[list[int]]:
    tokenizer = encoder.tokenizer
    end = encoder.text_end_id
    hide = str if encoder.options.truncation == "llamafactory" else tokenizer.hide
    return [[*ids, *end] for ids in tokenizer.encode_many([hide(text) for text in texts])]


def pack(rows: Iterable[dict[str, Any]], cutoff_len: int) -> Iterator[dict[str, Any]]:
    """Join sft rows into sequences of at most cutoff_len tokens: {row_ids, input_ids, labels, position_ids}.

    position_ids restart at 0 with each row: that is what tells the rows of a sequence apart (attention must be
    block-diagonal over them). The label of each row's first token is ignored, since nothing of its own precedes it.
    Rows are placed, largest first within a window, where they leave the least room; a row longer than cutoff_len stands
    alone.
    """
    for window in in_chunks(rows, 1024):
        bins: list[list[dict[str, Any]]] = []
        room: list[int] = []
        for row in sorted(window, key=lambda r: -len(r["input_ids"])):
            size = len(row["input_ids"])
            fitting = [i for i, free in enumerate(room) if free >= size]
            if fitting:
                at = min(fitting, key=lambda i: room[i])
                bins[at].append(row)
                room[at] -= size
            else:
                bins.append([row])
                room.append(cutoff_len - size)
        yield from map(_joined, bins)


def _joined(rows: list[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {"row_ids": [], "input_ids": [], "labels": [], "position_ids": []}
    for row in rows:
        out["row_ids"].append(row["row_id"])
        out["input_ids"] += row["input_ids"]
        out["labels"] += [IGNORED, *row["labels"][1:]]
        out["position_ids"] += range(len(row["input_ids"]))
    return out
