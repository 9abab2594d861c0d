"""Anonymous memory of a merge, measured from outside the arithmetic: at most three times the largest tensor in F32."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

ROWS, COLUMNS, LAYERS, RANK = 4096, 6144, 3, 8

MEASURE = """
import sys
from pathlib import Path
from services.engine.merge import MergedWeights
from services.engine.merged_folder import write_folder
from services.engine.model_files import ModelText
from tests.helpers.memory import Peak
base, adapter, out = map(Path, sys.argv[1:4])
import torch
torch.randn(64, 64) @ torch.randn(64, 64)  # the arithmetic's own buffers are not the merge's
with Peak() as peak, MergedWeights(base, adapter) as weights:
    write_folder(weights, out, base, base, ModelText("", ()))
    print(weights.largest_f32_bytes(), peak.above_start_bytes())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is read from /proc")
def test_three_largest_tensors_are_enough(tmp_path: Path) -> None:
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    base.mkdir()
    adapter.mkdir()
    names = [f"model.layers.{i}.mlp.up_proj" for i in range(LAYERS)]
    weights = {f"{name}.weight": torch.zeros(ROWS, COLUMNS, dtype=torch.bfloat16) for name in names}
    save_file(weights, base / "model.safetensors")
    (base / "config.json").write_text(json.dumps({"vocab_size": 8}), encoding="utf-8")
    low_rank = {}
    for name in names:
        low_rank[f"base_model.model.{name}.lora_A.weight"] = torch.ones(RANK, COLUMNS)
        low_rank[f"base_model.model.{name}.lora_B.weight"] = torch.ones(ROWS, RANK)
    save_file(low_rank, adapter / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": RANK}
    (adapter / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(base), str(adapter), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
    )
    largest, above = map(int, done.stdout.split())
    assert largest == ROWS * COLUMNS * 4
    assert above <= 3 * largest, f"{above / largest:.2f} times the largest tensor"
    from safetensors.torch import load_file

    assert (load_file(tmp_path / "out" / "model.safetensors")[f"{names[2]}.weight"] == RANK).all()
