"""Counts the tokens of a data set's rows and keeps them beside it; stopped and resumed at any row.

Also a program, so that a window counts a large set in a process of its own and stays quick:
`python -m services.templates.counting` reads one JSON request (see `Count`) from standard input and writes a JSON line
{"done", "todo"} for every batch. It ends when its input is closed, so that none outlives the window, or when it is
killed; what it counted is kept.
"""

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.datasets.lengths import NOTHING, LengthStore, LengthTable, RowLength, digest_of
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.templates.layout import EncodeOptions
from services.templates.lengths import WHOLE, row_lengths
from services.templates.load import load_template
from services.templates.template import Template

BATCH = 500
_AT_ONCE = 3  # batches under way: one is rendered while another is tokenised
_ALIKE = {"rm": "dpo", "orpo": "dpo", "simpo": "dpo", "ppo": "sft", "grpo": "sft"}
"""Stages that read rows as another one does."""
Progress = Callable[[int, int], None]
Counted = list[tuple[int, bytes, RowLength]]


@dataclass(frozen=True)
class Count:
    """For what rows are counted. model: its folder; project: where its own templates lie ('' for none).

    part: (number, of how many) of the missing rows: several processes share them; who counts all settles it.
    """

    dataset: str
    model: str
    template: str
    stage: str
    options: EncodeOptions
    project: str = ""
    part: tuple[int, int] = (0, 1)

    def load(self) -> Template:
        """The template with its tokenizer. Raises TemplateError, TokenizerError."""
        return load_template(self.template, self.model, project=Path(self.project) if self.project else None)

    def text(self) -> str:
        """The request as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Count":
        """The inverse of `text`."""
        data: dict[str, Any] = json.loads(text)
        return cls(**{**data, "options": EncodeOptions(**data["options"]), "part": tuple(data["part"])})


def length_key(count: Count, template: Template, mapping: Mapping) -> str:
    """What lengths depend on beside the rows, in 32 letters."""
    tokenizer = Path(count.model) / "tokenizer.json"
    parts = (
        hashlib.sha256(tokenizer.read_bytes()).hexdigest() if tokenizer.is_file() else count.model,
        json.dumps(template.tokenizer.config, sort_keys=True, default=str),
        template.name, template.chat_template(), _ALIKE.get(count.stage, count.stage),
        repr(replace(count.options, cutoff_len=WHOLE)), mapping.model_dump_json(),
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def known_lengths(count: Count, template: Template, store: DatasetStore) -> tuple[LengthTable, int]:
    """What is kept of the rows there are now, and how many of them are still to be looked at."""
    key = length_key(count, template, store.mapping)
    with LengthStore.open(store.path) as kept:
        missing = kept.missing(key, store)
        return kept.table(key).among(store.all_ids()), len(missing)


def count_lengths(
    count: Count,
    template: Template,
    stop: threading.Event | None = None,
    progress: Progress = lambda done, todo: None,
) -> LengthTable | None:
    """Count what is missing; the lengths of all rows, or None if stopped (what was counted is kept).

    progress: rows done, and rows that were to be done.
    """
    with DatasetStore.open(Path(count.dataset), read_only=True) as store, LengthStore.open(store.path) as kept:
        mapping, revision = store.mapping, store.revision
        key = length_key(count, template, mapping)
        number, of = count.part
        todo = kept.missing(key, store)
        todo = todo[todo % of == number]  # by id: whatever the others have counted meanwhile
        kept.begin(key, store)
        work = partial(_count, count, template, mapping)
        done = 0
        with ThreadPoolExecutor(_AT_ONCE, "lengths") as pool:
            for start in range(0, len(todo), BATCH * _AT_ONCE):
                if stop is not None and stop.is_set():
                    return None
                stretch = todo[start : start + BATCH * _AT_ONCE].tolist()
                parts = [stretch[at : at + BATCH] for at in range(0, len(stretch), BATCH)]
                before = kept.digests(key, stretch)
                batches = [_changed(store.rows_by_id(part), before) for part in parts]
                for counted in pool.map(work, batches):
                    kept.keep(key, counted)
                done += len(stretch)
                progress(done, len(todo))
        if of == 1:
            kept.settle(key, revision)
        return kept.table(key).among(store.all_ids())


def _changed(rows: list[Row], before: dict[int, bytes]) -> list[tuple[Row, bytes]]:
    """Rows that are others than when they were counted, with the digest of their cells."""
    found = [(row, digest_of(row.values)) for row in rows]
    return [(row, digest) for row, digest in found if before.get(row.id) != digest]


def _count(count: Count, template: Template, mapping: Mapping, rows: list[tuple[Row, bytes]]) -> Counted:
    talks = [(row.id, talk_of(row, mapping)) for row, _ in rows]
    lengths = row_lengths(count.stage, talks, template, template.tokenizer, count.options)
    return [(row.id, digest, lengths.get(row.id, NOTHING)) for row, digest in rows]


def talk_of(row: Row, mapping: Mapping) -> Conversation | Problem:
    """What a row means, or why it gives no conversation."""
    try:
        return mapping.conversation(row.values)
    except RowProblem as error:
        return error.problem


def main() -> int:
    """The program. 0 when all is counted; 1 with a sentence in {"error"} if it could not be."""
    from services.errors import TunesmithError

    count = Count.parse(sys.stdin.readline())
    gone = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        gone.set()

    threading.Thread(target=wait, daemon=True).start()

    def say(**facts: Any) -> None:
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()

    def tell(done: int, todo: int) -> None:
        say(done=done, todo=todo)

    try:
        count_lengths(count, count.load(), gone, tell)
    except TunesmithError as error:
        say(error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
