"""The rows that a run reads: written out once into its folder, encoded by its template, counted for the person.

RUN/rows/NAME.jsonl holds what each row of the recorded revision means; a resumed run reads that and nothing else, so
that edits made meanwhile do not reach it.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from services import files
from services.datasets.conversation import Conversation, Problem
from services.engine.errors import TrainingError
from services.i18n import N_
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.layout import EncodeOptions
from services.templates.stages import encode_stage
from services.templates.template import Template

_NAMED = 12  # rows named in a message
_IDS = ("input_ids", "chosen_input_ids", "rejected_input_ids", "kl_input_ids")
_HASHED = ("input_ids", "labels", "chosen_input_ids", "chosen_labels", "rejected_input_ids", "rejected_labels",
           "kl_input_ids", "kl_labels", "kto_tags")  # fmt: skip


def longest_in(row: dict[str, Any]) -> int:
    """Tokens of the longest sequence of an encoded row."""
    return max(len(row[key]) for key in _IDS if key in row)


def length_in_step(row: dict[str, Any]) -> int:
    """Tokens of an encoded row that one forward pass holds together."""
    return max(sum(len(row[key]) for key in _IDS[1:3] if key in row), longest_in(row))


class _Line(msgspec.Struct, omit_defaults=True):
    """One row as kept: its id, and what it means or why it means nothing."""

    row_id: int
    conversation: Conversation | None = None
    problem: Problem | None = None


@dataclass
class Encoding:
    """Encoded rows of some data sets and what became of the others.

    rows: dicts of `encode_stage`. left_out: (row id, problem). cut: rows that lost something, cut_answer: those that
    lost their end. needed_len: shortest cutoff_len that keeps every row whole.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[tuple[int, Problem]] = field(default_factory=list)
    total: int = 0

    @property
    def cut(self) -> list[dict[str, Any]]:
        """Rows that cutoff_len shortened."""
        return [row for row in self.rows if row.get("cut")]

    @property
    def cut_answer(self) -> list[dict[str, Any]]:
        """Rows whose answer lost its end."""
        return [row for row in self.rows if row.get("cut") == "answer"]

    @property
    def needed_len(self) -> int:
        """Shortest cutoff_len that keeps every encoded row whole; 0 without rows."""
        return max((int(row.get("needed_len") or longest_in(row)) for row in self.rows), default=0)

    def digest(self) -> str:
        """Fingerprint of ids and labels: the same for the same training data in the same order."""
        seen = hashlib.sha256()
        for row in self.rows:
            seen.update(msgspec.json.encode([row[key] for key in _HASHED if key in row]))
        return seen.hexdigest()[:32]


def write_rows(project: Project, name: str, revision: int | None, folder: Path) -> int:
    """Write a data set's rows into folder/NAME.jsonl, unless they are there. Returns the revision that they show."""
    target, note = folder / f"{name}.jsonl", folder / f"{name}.revision"
    if target.exists() and note.exists():
        return int(note.read_text(encoding="utf-8"))
    from services.datasets.store import DatasetStore

    path = project.dataset_path(name)
    if not path.exists():
        raise TrainingError(
            N_("This project has no data set called {name}."),
            way_out=N_("There are: {names}."),
            name=name,
            names=", ".join(project.dataset_names()) or "-",
        )
    store = DatasetStore.open(path, read_only=True)
    try:
        shown = store.revision if revision is None else revision
        with files.atomic(target) as file:
            for row_id, found in store.conversations(shown):
                line = _Line(row_id, problem=found) if isinstance(found, Problem) else _Line(row_id, found)
                file.write(msgspec.json.encode(line) + b"\n")
    finally:
        store.close()
    files.write_text(note, str(shown))
    return shown


def read_rows(path: Path) -> Iterator[tuple[int, Conversation | Problem]]:
    """Rows that `write_rows` wrote, in order."""
    decoder = msgspec.json.Decoder(_Line)
    with path.open("rb") as file:
        for raw in file:
            line = decoder.decode(raw)
            found = line.conversation if line.conversation is not None else line.problem
            if found is not None:
                yield line.row_id, found


def options_of(recipe: Recipe) -> EncodeOptions:
    """How a recipe encodes."""
    return EncodeOptions(
        cutoff_len=recipe.cutoff_len,
        truncation=recipe.truncation,
        mask_history=recipe.mask_history,
        train_on_prompt=recipe.train_on_prompt,
        enable_thinking=recipe.enable_thinking,
        packing=recipe.packs,
    )


def encode(paths: list[Path], recipe: Recipe, template: Template) -> Encoding:
    """Encode written rows, data set after data set, at most max_samples of each."""
    out = Encoding()
    for path in paths:
        rows: list[tuple[int, Conversation | Problem]] = []
        for row in read_rows(path):
            if recipe.max_samples is not None and len(rows) >= recipe.max_samples:
                break
            rows.append(row)
        out.total += len(rows)
        out.rows += encode_stage(
            recipe.stage,
            rows,
            template,
            template.tokenizer,
            options_of(recipe),
            lambda row_id, problem: out.left_out.append((row_id, problem)),
        )
    if recipe.stage == "sft" and recipe.packs:
        out.rows = packed(out.rows, recipe.cutoff_len)
    return out


def packed(rows: list[dict[str, Any]], cutoff_len: int) -> list[dict[str, Any]]:
    """Rows gathered so that each bundle holds up to cutoff_len tokens: {"parts": rows}, first fit, in order.

    The parts stay rows of their own in the forward pass, so that none sees another.
    """
    bundles: list[list[dict[str, Any]]] = []
    room: list[int] = []
    for row in rows:
        length = len(row["input_ids"])
        place = next((i for i, left in enumerate(room) if left >= length), None)
        if place is None:
            bundles.append([row])
            room.append(cutoff_len - length)
        else:
            bundles[place].append(row)
            room[place] -= length
    return [
        {
            "parts": parts,
            "input_ids": [i for part in parts for i in part["input_ids"]],
            "labels": [i for part in parts for i in part["labels"]],
            "cut": next((part["cut"] for part in parts if part.get("cut")), ""),
            "needed_len": max(part.get("needed_len", 0) for part in parts),
        }
        for parts in bundles
    ]


def split(rows: list[dict[str, Any]], val_size: float, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows for training and for validation, both in order. val_size: a share below 1, else a number of rows."""
    if not val_size:
        return rows, []
    if len(rows) < 2:
        raise TrainingError(
            N_("One row cannot be split into training and validation."),
            way_out=N_("Set val_size to 0, or add rows."),
        )
    wanted = int(val_size) if val_size >= 1 else max(1, round(val_size * len(rows)))
    if wanted >= len(rows):
        raise TrainingError(
            N_("val_size takes all {n} rows for validation and leaves none to train."),
            way_out=N_("Set val_size below {n}, or to a share such as 0.1."),
            n=len(rows),
        )
    chosen = set(random.Random(seed).sample(range(len(rows)), wanted))
    return [r for i, r in enumerate(rows) if i not in chosen], [r for i, r in enumerate(rows) if i in chosen]


def refuse_nothing(encoding: Encoding, cutoff_len: int) -> None:
    """Refuse a start that would train nothing: a sentence with the reason of the first rows."""
    if encoding.rows:
        return
    if not encoding.total:
        raise TrainingError(N_("The chosen data set has no rows."), way_out=N_("Add rows, or choose another data set."))
    row_id, first = encoding.left_out[0]
    if all(problem.code == "answer-cut-away" for _, problem in encoding.left_out):
        raise TrainingError(
            N_("All {n} rows lose their whole answer to cutoff_len {cutoff_len}: there is nothing to train."),
            way_out=N_("Raise cutoff_len, or shorten the rows."),
            n=encoding.total,
            cutoff_len=cutoff_len,
        )
    if all(problem.code in ("no-answer", "empty-answer") for _, problem in encoding.left_out):
        raise TrainingError(
            N_("None of the {n} rows has an answer to train."),
            way_out=N_("Add answers, or train the text as it is with stage pt."),
            n=encoding.total,
        )
    if first.way_out and len({(problem.code, problem.sentence) for _, problem in encoding.left_out}) == 1:
        # one thing is wrong with all of them (a template that never ends): its own way out is the one
        raise TrainingError(first.sentence, way_out=first.way_out, **first.values)
    raise TrainingError(
        N_("None of the {n} rows can be trained. The reason at row {row}:"),
        way_out=first.sentence,  # a sentence of its own, so that it is said in the person's language
        **{**first.values, "n": encoding.total, "row": row_id},
    )


def named(ids: list[int]) -> str:
    """Row ids for a sentence: '1, 2, 3, ...'."""
    return ", ".join(str(i) for i in ids[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
