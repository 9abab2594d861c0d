"""The journal: whole lines, half lines, broken lines, killed writers."""

import subprocess
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.jobs import events as ev
from services.jobs.journal import JournalTail, JournalWriter, read_journal
from services.jobs.metrics import read_metrics

metrics = st.builds(
    ev.Metric,
    step=st.integers(0, 10**6),
    name=st.text(max_size=8),
    value=st.floats(allow_nan=False, allow_infinity=False),
    time=st.floats(0, 1e10),
)
messages = st.builds(ev.Message, text=st.text(max_size=30), time=st.floats(0, 1e10))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(events=st.lists(metrics | messages, max_size=8))
def test_what_is_appended_is_read(tmp_path: Path, events: list[ev.AnyEvent]) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    writer = JournalWriter(path)
    for event in events:
        writer.append(event)
    writer.close()
    assert read_journal(path) == events


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole, late = (
        ev.encode(ev.Metric(step=1, name="loss", value=2.0)),
        ev.encode(ev.Metric(step=2, name="loss", value=1.5)),
    )
    path.write_bytes(whole + b"\n" + late[:10])
    tail = JournalTail(path)
    assert [e.step for e in tail.read()] == [1]
    assert tail.read() == []
    with path.open("ab") as file:
        file.write(late[10:] + b"\n")
    assert [e.step for e in tail.read()] == [2]
    assert tail.findings == []


def test_a_broken_middle_line_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    line = ev.encode(ev.Metric(step=1, name="loss", value=2.0)) + b"\n"
    path.write_bytes(line + b'{"type":"metric","st\xff\n' + b'{"type":"nonsense"}\n' + line)
    tail = JournalTail(path)
    assert len(tail.read()) == 2
    assert [f.offset for f in tail.findings] == [len(line), len(line) + 22]


def test_a_writer_closes_the_half_line_of_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"type":"metric","step":1,')
    writer = JournalWriter(path)
    writer.append(ev.Paused(step=3))
    writer.close()
    tail = JournalTail(path)
    assert [type(e) for e in tail.read()] == [ev.Paused]
    assert len(tail.findings) == 1


def test_a_killed_writer_leaves_only_whole_events(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        "import sys; from pathlib import Path; from services.jobs import events as ev\n"
        "from services.jobs.journal import JournalWriter\n"
        "w = JournalWriter(Path(sys.argv[1])); n = 0\n"
        "while True:\n    n += 1; w.append(ev.Metric(step=n, name='loss', value=1.0))\n"
    )
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)])
        size = path.stat().st_size if path.exists() else 0
        while not path.exists() or path.stat().st_size <= size:
            time.sleep(0.005)
        process.kill()
        process.wait()
    tail = JournalTail(path)
    events = tail.read()
    assert len(events) > 3
    assert len(tail.findings) <= 2  # at most the line each killed writer was in
    firsts = [i for i, e in enumerate(events) if e.step == 1]
    for begin, end in zip(firsts, [*firsts[1:], len(events)], strict=True):
        assert [e.step for e in events[begin:end]] == list(range(1, end - begin + 1))


def test_reading_piece_by_piece_equals_reading_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path)
    for step in range(1, 3000):
        writer.append(ev.Metric(step=step, name="loss", value=step / 7))
    writer.append(ev.Message(text="长" * 2_000_000))  # a line longer than what is read at a time
    writer.append(ev.Paused(step=2999))
    writer.close()
    tail, pieces = JournalTail(path), []
    while some := tail.read(1000):
        pieces += some
    assert pieces == read_journal(path)
    assert isinstance(pieces[-1], ev.Paused)


def test_a_resumed_curve_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path)
    writer.append(ev.Started(attempt=1))
    for step in range(1, 9):
        writer.append(ev.Metric(step=step, name="loss", value=float(step)))
        writer.append(ev.Sample(step=step, prompt="?", text=str(step)))
    writer.append(ev.Started(attempt=2, from_step=5))
    for step in range(6, 11):
        writer.append(ev.Metric(step=step, name="loss", value=10.0 + step))
    writer.close()
    run = read_metrics(path)
    assert run.columns["loss"].steps.tolist() == list(range(1, 11))
    assert run.columns["loss"].values.tolist() == [1, 2, 3, 4, 5, 16, 17, 18, 19, 20]
    assert [s.step for s in run.samples] == [1, 2, 3, 4, 5]
