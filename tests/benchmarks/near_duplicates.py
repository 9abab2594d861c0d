"""Nearly equal rows among a hundred thousand: the whole check, rows read from the file included.

The peer does it the plain way with the same library: a MinHash of the same runs of words for each row, put into a
MinHashLSH and asked for; on a fifth of the rows, its time multiplied by five.
"""

import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

ROWS = 100_000
COPIES = 2_000
PEER_SHARE = 5
LIMIT_S = 30.0

_WORDS = [
    "press", "hold", "button", "light", "green", "red", "wait", "second", "restart", "cable", "power", "box",
    "router", "open", "app", "device", "folder", "backup", "restore", "update", "account", "password", "email",
    "order", "refund", "invoice", "shipping", "label", "serial", "number", "warranty", "repair", "drive", "disk",
    "network", "cloud", "share", "invite", "remove", "delete", "copy", "move", "file", "photo", "video", "document",
    "search", "filter", "sort", "settings", "language", "theme",
]  # fmt: skip


def run() -> dict[str, Any]:
    """Seconds for all rows, how many of the hidden copies were found, and the process's peak memory."""
    from services.datasets.lint import lint
    from services.datasets.store import DatasetStore

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sqlite"
        texts = _build(path)
        with DatasetStore.open(path, read_only=True) as store:
            begin = time.perf_counter()
            found = {f.row_id for f in lint(store, only=["near-duplicate"])}
            ours_s = time.perf_counter() - begin
    hidden = set(range(ROWS - COPIES + 1, ROWS + 1))
    peer_s = _peer(texts[: ROWS // PEER_SHARE]) * PEER_SHARE
    recall = len(found & hidden) / COPIES
    return {
        "name": "near_duplicates",
        "ours": {
            "all_s": ours_s,
            "copies_found": recall,
            "wrong": len(found - hidden),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        "peer": {"datasketch_lsh_s": peer_s},
        "ratio": peer_s / ours_s,
        "limit": {"all_s": LIMIT_S, "copies_found": 0.95},
        "ok": ours_s < LIMIT_S and recall > 0.95,
    }


def _peer(texts: list[str]) -> float:
    from datasketch import MinHash, MinHashLSH

    begin = time.perf_counter()
    index = MinHashLSH(threshold=0.8, num_perm=64)
    for number, text in enumerate(texts):
        words = text.lower().split()
        signature = MinHash(num_perm=64)
        signature.update_batch([" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)])
        index.query(signature)
        index.insert(number, signature)
    return time.perf_counter() - begin


def _build(path: Path) -> list[str]:
    """Rows of some 60 words; the last ones are copies of earlier ones with a word changed."""
    from services.datasets.building import Builder
    from services.datasets.mapping import Mapping

    chance = random.Random(7)
    answers = [" ".join(chance.choices(_WORDS, k=60)) for _ in range(ROWS - COPIES)]
    for number in chance.sample(range(ROWS - COPIES), COPIES):
        words = answers[number].split()
        words[chance.randrange(len(words))] = "instead"
        answers.append(" ".join(words))
    with Builder(path) as builder:
        for start in range(0, ROWS, 1000):
            builder.add([{"q": "How do I do it?", "a": text} for text in answers[start : start + 1000]])
        builder.finish(Mapping(format="alpaca", columns={"prompt": "q", "response": "a"}), {})
    return answers
