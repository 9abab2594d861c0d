"""Rows to ids and mask: our path against transformers' chat template and tokenizer, which give ids without a mask."""

import random
import time
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.resources import resource
from services.templates import encode_stage, load_template
from services.templates.messages import messages_of

_ROWS = 4000
_LIMIT = 0.8
"""We render each row twice in another process to find what is trained; the threads of the tokenizer pay for it."""


def _conversations() -> list[Conversation]:
    random.seed(3)
    words = [
        "the",
        "a",
        "harbour",
        "pilot",
        "rope",
        "tide",
        "and",
        "ship",
        "12",
        "slowly,",
        "well.",
        "Why?",
        "café",
        "船",
    ]

    def text(size: int) -> str:
        return " ".join(random.choices(words, k=size))

    return [
        Conversation((Turn("user", text(random.randint(5, 60))), Turn("assistant", text(random.randint(5, 150)))))
        for _ in range(_ROWS)
    ]


def run() -> dict[str, Any]:
    """Rows a second of both, one after the other on the same rows. ratio: ours over the peer's."""
    from transformers import AutoTokenizer

    folder = resource("sample", "tokenizer")
    rows = _conversations()
    template = load_template("model", folder)
    next(encode_stage("sft", [(0, rows[0])], template, template.tokenizer))  # starts the sandbox
    began = time.perf_counter()
    ours = [row["input_ids"] for row in encode_stage("sft", enumerate(rows), template, template.tokenizer)]
    ours_s = time.perf_counter() - began

    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    began = time.perf_counter()
    texts = [tokenizer.apply_chat_template(messages_of(row), tokenize=False) for row in rows]
    peer = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    peer_s = time.perf_counter() - began
    same = sum(a == b for a, b in zip(ours, peer, strict=True))
    ratio = peer_s / ours_s
    return {
        "name": "encode_rows",
        "ours": _ROWS / ours_s,
        "peer": _ROWS / peer_s,
        "ratio": ratio,
        "limit": _LIMIT,
        "unit": "rows/s",
        "same_ids": same,
        "rows": _ROWS,
        "ok": ratio >= _LIMIT and same == _ROWS,
    }
