"""Token lengths of a data set's rows, counted and kept, against `datasets.map` over transformers' chat template."""

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.resources import resource
from services.templates import EncodeOptions, load_template
from services.templates.counting import Count, count_lengths, known_lengths

_ROWS = 20_000
_LIMIT = 0.8
"""We also find what is trained, by a second rendering of each row, and read rows from the data set and keep them."""
_WORDS = ("the", "harbour", "pilot", "rope", "tide", "and", "ship", "twelve", "slowly", "well", "why", "café", "船")


def _rows() -> list[dict[str, Any]]:
    random.seed(5)
    return [
        {
            "instruction": " ".join(random.choices(_WORDS, k=random.randint(4, 20))),
            "output": " ".join(random.choices(_WORDS, k=random.randint(4, 40))),
        }
        for _ in range(_ROWS)
    ]


def run() -> dict[str, Any]:
    """Rows a second of both, one after the other on the same rows; ours reads them from the data set and also knows
    what is trained, and counts one edited row again. ratio: ours over the peer's."""
    import datasets
    from transformers import AutoTokenizer

    folder, rows = resource("sample", "tokenizer"), _rows()
    template = load_template("model", folder)
    with tempfile.TemporaryDirectory() as place, DatasetStore.create(Path(place) / "rows.sqlite") as store:
        store.add_column("instruction")
        store.add_column("output")
        store.insert_rows(0, rows)
        store.set_mapping(Mapping(format="alpaca", columns={"prompt": "instruction", "response": "output"}))
        count = Count(str(store.path), str(folder), "model", "sft", EncodeOptions())
        began = time.perf_counter()
        table = count_lengths(count, template)
        ours_s = time.perf_counter() - began
        assert table is not None
        began = time.perf_counter()
        known_lengths(count, template, store)
        reopened_s = time.perf_counter() - began
        store.set_cells([(store.ids()[7], "output", "another answer")])
        began = time.perf_counter()
        count_lengths(count, template)
        edited_s = time.perf_counter() - began

        tokenizer = AutoTokenizer.from_pretrained(str(folder))

        def measure(batch: dict[str, list[str]]) -> dict[str, list[int]]:
            talks = [
                [{"role": "user", "content": q}, {"role": "assistant", "content": a}]
                for q, a in zip(batch["instruction"], batch["output"], strict=True)
            ]
            texts = tokenizer.apply_chat_template(talks, tokenize=False)
            return {"length": [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]}

        datasets.disable_progress_bars()
        began = time.perf_counter()
        made = datasets.Dataset.from_list(rows).map(measure, batched=True)
        peer_s = time.perf_counter() - began
        same = sum(a == b for a, b in zip(table.longest.tolist(), made["length"], strict=True))
    ratio = peer_s / ours_s
    return {
        "name": "token_lengths",
        "ours": _ROWS / ours_s,
        "peer": _ROWS / peer_s,
        "ratio": ratio,
        "limit": _LIMIT,
        "unit": "rows/s",
        "rows": _ROWS,
        "same_lengths": same,
        "reopened_s": reopened_s,
        "edited_s": edited_s,
        "ok": ratio >= _LIMIT and same == _ROWS,
    }
