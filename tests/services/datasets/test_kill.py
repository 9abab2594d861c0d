"""Killed at any instant: what was acknowledged is there, and the file opens."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.datasets.building import Builder
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore

EDITOR = """
import sys
from pathlib import Path
from services.datasets.store import DatasetStore
with DatasetStore.open(Path(sys.argv[1])) as store:
    count = store.row(1).values["n"]
    print("ready", flush=True)
    while True:
        count += 1
        store.set_cells([(1, "n", count), (2, "text", "long " * (count % 300))])
        if count % 3 == 0:
            store.insert_rows(count % 5, [{"made": count}])
        if count % 5 == 0:
            store.undo()
            store.redo()
        print(count, flush=True)
"""


def kill_once(path: Path, delay_s: float) -> set[int]:
    """Edit until killed; returns the acknowledged edits."""
    process = subprocess.Popen([sys.executable, "-c", EDITOR, str(path)], stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(delay_s)
    process.kill()
    said = process.stdout.read().split("\n")
    process.stdout.close()
    process.wait()
    return {int(line) for line in said[:-1] if line}


def run_kills(path: Path, times: int) -> None:
    with Builder(path) as builder:
        builder.add([{"n": 0}, {"text": ""}])
        builder.finish(Mapping(), {})
    chance = random.Random(7)
    acknowledged, count_before = {0}, 0
    for _ in range(times):
        acknowledged |= kill_once(path, chance.uniform(0.0, 0.25))
        with DatasetStore.open(path, read_only=chance.random() < 0.5) as store:  # a reader rolls back as well
            assert store._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            count = store.row(1).values["n"]
            base = max(count_before, *acknowledged)  # one edit more may have been done and not yet told
            assert count in (base, base + 1)
            count_before = count
            made = {row.values["made"] for row in store.rows() if "made" in row.values}
            assert made >= {n for n in acknowledged if n and n % 3 == 0} and len(made) == store.count() - 2
            assert store.can_undo == (count > 0)
    assert len(acknowledged) > times
    with DatasetStore.open(path) as store:
        while store.can_undo:
            store.undo()
        assert [row.values for row in store.rows()] == [{"n": 0}, {"text": ""}]


def test_killed_in_the_middle_of_edits(tmp_path: Path) -> None:
    run_kills(tmp_path / "s.sqlite", 6)


@pytest.mark.long
def test_killed_many_times(tmp_path: Path) -> None:
    run_kills(tmp_path / "s.sqlite", 60)
