"""What the inspector draws of a row is what `data encode` writes for it: ids and labels, for rows of every stage."""

from dataclasses import replace
from itertools import islice

import pytest

from services.templates import EncodeOptions, Template, encode_stage
from services.templates.row_view import row_sequences
from services.templates.view import TokenSequence
from tests.services.templates.talks import demo

_ROWS = 20


def drawn(sequence: TokenSequence) -> tuple[list[int], list[int]]:
    """Ids and labels of what is not struck through."""
    kept = [piece for piece in sequence.pieces if not piece.cut]
    return [p.id for p in kept], [p.id if p.trained else -100 for p in kept]


@pytest.mark.parametrize("cutoff_len", [96, 2048])
@pytest.mark.parametrize(
    ("name", "stage", "prefixes"),
    [
        ("identity.json", "sft", [""]),
        ("alpaca_en_demo.json", "sft", [""]),
        ("dpo_en_demo.json", "dpo", ["chosen_", "rejected_"]),
        ("kto_en_demo.json", "kto", [""]),
        ("c4_demo.jsonl", "pt", [""]),
    ],
)
def test_drawn_as_encoded(smol: Template, name: str, stage: str, prefixes: list[str], cutoff_len: int) -> None:
    options = EncodeOptions(cutoff_len=cutoff_len)
    encoding = replace(options, packing=False) if stage == "pt" else options
    talks = list(islice(demo(name), _ROWS))
    rows = {
        row.get("row_id", (row.get("row_ids") or [0])[0]): row
        for row in encode_stage(stage, enumerate(talks), smol, smol.tokenizer, encoding)
    }
    assert len(rows) >= _ROWS // 2
    for at, row in rows.items():
        sequences = row_sequences(talks[at], smol, smol.tokenizer, options)
        wanted = [(row[f"{prefix}input_ids"], row[f"{prefix}labels"]) for prefix in prefixes]
        assert [drawn(sequence) for sequence in sequences] == wanted
