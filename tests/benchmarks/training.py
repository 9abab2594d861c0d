"""Training speed against a plain Hugging Face Trainer + PEFT loop with LLaMA-Factory's settings on the same rows.

Peer: float32, batch 2, accumulation 4, padded to a multiple of 8, cutoff 512, with gradient checkpointing (as
LLaMA-Factory has it on) and, for the memory limit, without. Ours: the training worker as a person runs it. Each side
runs in a process of its own, one after the other, with the same thread settings. Useful tokens are those of the rows.

The model is the sample model, or TUNESMITH_BENCH_MODEL; the rows are those of tests/data, or
TUNESMITH_BENCH_DATA (alpaca JSON).
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROWS, CUTOFF_LEN, BATCH, ACCUMULATION = 48, 512, 2, 4
LIMIT = 2.0
LOSS_WITHIN = 0.01
_MODULE = "tests.benchmarks._training_sides"


def run() -> dict[str, Any]:
    """ours, peer: useful tokens/s. ok: at least LIMIT times as fast, final loss within 1 %, peak memory no higher."""
    with tempfile.TemporaryDirectory() as folder:
        model, rows = _model(), _rows(Path(folder))
        ours = _side("ours", model, rows)
        peer = _side("peer", model, rows)
        eager = _side("peer-without-checkpointing", model, rows)
    ratio = ours["tokens_per_s"] / peer["tokens_per_s"]
    loss_off = abs(ours["final_loss"] - peer["final_loss"]) / peer["final_loss"]
    return {
        "name": "training",
        "ours": ours["tokens_per_s"],
        "peer": peer["tokens_per_s"],
        "ratio": round(ratio, 2),
        "limit": LIMIT,
        "ok": ratio >= LIMIT and loss_off <= LOSS_WITHIN and ours["peak_mib"] <= eager["peak_mib"],
        "peer_without_checkpointing": eager["tokens_per_s"],
        "ratio_without_checkpointing": round(ours["tokens_per_s"] / eager["tokens_per_s"], 2),
        "final_loss": {"ours": ours["final_loss"], "peer": peer["final_loss"], "off_by": round(loss_off, 5)},
        "peak_mib": {"ours": ours["peak_mib"], "peer": peer["peak_mib"], "peer_without": eager["peak_mib"]},
        "first_step_s": ours["first_step_s"],
        "dtype": ours["dtype"],
        "processor": processor_flags(),
    }


def processor_flags() -> dict[str, Any]:
    """What the figures were computed on."""
    import torch

    found = torch.cpu.get_capabilities()
    names = ("cpu_name", "num_physical_cores", "avx2", "avx512_f", "avx512_bf16", "amx_bf16", "avx512_fp16")
    return {name: found.get(name) for name in names}


def _side(side: str, model: Path, rows: Path) -> dict[str, Any]:
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-W", "ignore", "-m", _MODULE, side, str(model), str(rows)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _model() -> Path:
    chosen = os.environ.get("TUNESMITH_BENCH_MODEL")
    if chosen:
        return Path(chosen)
    from services.catalogue import sample_model

    return sample_model()


def _rows(folder: Path) -> Path:
    chosen = os.environ.get("TUNESMITH_BENCH_DATA")
    if chosen:
        rows = json.loads(Path(chosen).read_text(encoding="utf-8"))
    else:
        packed = Path(__file__).parent.parent / "data" / "templates" / "inputs" / "alpaca_en_demo.json.gz"
        rows = json.loads(gzip.decompress(packed.read_bytes()))
    path = folder / "rows.json"
    path.write_text(json.dumps(rows[:ROWS]), encoding="utf-8")
    return path
