"""A million alpaca rows, about 600 MB, as JSON lines or as one array; and a process of its own for each side."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

ROWS = int(os.environ.get("TUNESMITH_BENCH_ROWS", "1000000"))

_WORDS = "the model writes answer question learns about small example tuning data rows while often 模型 回答 问题 学习"


def make(path: Path, rows: int = ROWS) -> Path:
    """Write the rows; .jsonl: one a line; .json: one array, indented as people's files are."""
    chance, words = random.Random(1), _WORDS.split()
    texts = [" ".join(chance.choice(words) for _ in range(90)) for _ in range(2000)]
    array = path.suffix == ".json"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[\n" if array else "")
        for i in range(rows):
            row = {
                "instruction": f"Question {i}: {texts[i % 2000][:150]}?",
                "input": texts[i * 7 % 2000][:40] if i % 3 == 0 else "",
                "output": f'{texts[i * 3 % 2000][:320]}\n"said" {i}',
            }
            text = json.dumps(row, ensure_ascii=False, indent=2 if array else None)
            file.write((",\n" if array and i else "") + text + ("" if array else "\n"))
        file.write("\n]\n" if array else "")
    return path


def in_own_process(code: str, *arguments: str) -> dict[str, Any]:
    """Run code that prints one JSON object; its peak memory in MB is added as peak_mb."""
    tail = """
def _peak():
    import re, sys
    from pathlib import Path
    if sys.platform == "linux":  # what getrusage tells is the parent's, if that was more
        return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6
    import psutil
    about = psutil.Process().memory_info()
    return getattr(about, "peak_wset", about.rss) / 1e6
import json as _json
print(_json.dumps({**main(), "peak_mb": _peak()}))
"""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code + tail, *arguments], capture_output=True, encoding="utf-8", check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


IMPORT = """
import sys, time
from pathlib import Path
from services.datasets.importing import import_file
from services.projects.project import Project
def main():
    project = Project.create(Path(sys.argv[2]))
    begin = time.perf_counter()
    report = import_file(project, Path(sys.argv[1]))
    return {"rows": report.rows, "findings": report.counts.total(), "seconds": time.perf_counter() - begin}
"""

PEER = """
import json, sqlite3, sys, time
def main():
    begin = time.perf_counter()
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = (json.loads(s) for s in file) if sys.argv[1].endswith("l") else json.load(file)
        db = sqlite3.connect(sys.argv[2])
        db.execute("CREATE TABLE rows (instruction, input, output)")
        db.executemany("INSERT INTO rows VALUES (:instruction, :input, :output)", rows)
        db.commit()
    count = db.execute("SELECT count(*) FROM rows").fetchone()[0]
    return {"rows": count, "seconds": time.perf_counter() - begin}
"""
"""What one would write first: the standard library's JSON, straight into SQLite; nothing is checked or kept."""


def figures(name: str, suffix: str, limit_s: float, limit_mb: float) -> dict[str, Any]:
    """Import one file by us and by the peer, each in a process of its own; and the file read as bytes, the limit."""
    import tempfile
    import time

    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder) / f"big{suffix}")
        megabytes = path.stat().st_size / 1e6
        begin = time.perf_counter()
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
        read_s = time.perf_counter() - begin
        ours = in_own_process(IMPORT, str(path), str(Path(folder) / "project"))
        peer = in_own_process(PEER, str(path), str(Path(folder) / "peer.sqlite"))
    scale = max(1.0, ROWS / 1e6)
    return {
        "name": name,
        "file_mb": megabytes,
        "ours": ours,
        "peer": peer,
        "read_only_s": read_s,
        "ratio": peer["seconds"] / ours["seconds"],
        "limit": {"seconds": limit_s * scale, "peak_mb": limit_mb},
        "ok": ours["rows"] == ROWS and ours["seconds"] < limit_s * scale and ours["peak_mb"] < limit_mb,
    }
