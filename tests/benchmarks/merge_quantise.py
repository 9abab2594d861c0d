"""An adapter and its base to a Q4_K_M file: our one pass against the usual three steps, in one run.

The peer is what people do by hand: PEFT merges and saves a 16-bit folder, llama.cpp's converter writes an F16 file, and
that is quantised tensor by tensor with llama.cpp's kernels (the `gguf` package reads and writes). Both sides start new
processes, so imports count. Memory is what no file backs (RssAnon), above what is there once all is imported.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMIT_S = 10.0
LIMIT_MB = 250.0

_OURS = """
import json, sys
from pathlib import Path
from services.engine.convert import convert_to_gguf, load_converter
from services.engine.merge import MergedWeights
from services.engine.model_files import ModelText
from tests.helpers.memory import Peak

def main():
    base, adapter, out = map(Path, sys.argv[1:4])
    load_converter().get_model_class("LlamaForCausalLM")
    from transformers import AutoTokenizer  # the converter imports these when it needs them
    from transformers.models.llama import configuration_llama, modeling_llama
    text = ModelText((base / "chat_template.jinja").read_text(encoding="utf-8"), (2,))
    with Peak() as peak, MergedWeights(base, adapter) as weights:
        convert_to_gguf(weights, base, base, out, "q4_k_m", text, name="bench")
        print(json.dumps({"mb": peak.above_start_bytes() / 1e6, "largest_f32_mb": weights.largest_f32_bytes() / 1e6}))

if __name__ == "__main__":
    main()
"""

_PEER_MERGE = """
import sys, torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
base, adapter, out = sys.argv[1:4]
model = AutoModelForCausalLM.from_pretrained(base, dtype="auto")
PeftModel.from_pretrained(model, adapter).merge_and_unload().save_pretrained(out)
AutoTokenizer.from_pretrained(base).save_pretrained(out)
"""

_PEER_CONVERT = """
import pathlib, runpy, sys
script, merged, out = sys.argv[1:4]
sys.path.insert(0, str(pathlib.Path(script).parent))
import conversion

def no_such_file(self):  # it would import sentencepiece before it sees that the model has no such tokenizer
    raise FileNotFoundError

conversion.TextModel._create_vocab_sentencepiece = no_such_file
sys.argv = [script, merged, "--outfile", out, "--outtype", "f16"]
runpy.run_path(script, run_name="__main__")
"""

_PEER_QUANTISE = """
import sys, gguf, libgguf, numpy as np
from services.export.quant_policy import QUANTS, ModelFacts, Type, Weight, choose_types
reader = gguf.GGUFReader(sys.argv[1])
fields = {k: f for k, f in reader.fields.items() if not k.startswith("GGUF.")}
values = {k: f.contents() for k, f in fields.items() if len(f.data) < 1000}
weights = [Weight(t.name, tuple(int(n) for n in t.shape[::-1]), Type(int(t.tensor_type))) for t in reader.tensors]
types = choose_types(weights, QUANTS["q4_k_m"], ModelFacts.of(values))
writer = gguf.GGUFWriter(sys.argv[2], values["general.architecture"])
for key, field in fields.items():
    if key != "general.architecture":
        kind = field.types[0]
        writer.add_key_value(key, field.contents(), kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)
for t in reader.tensors:
    kind = types[t.name]
    if kind == t.tensor_type:
        writer.add_tensor(t.name, t.data)
    else:
        writer.add_tensor(t.name, libgguf.quantize_rows(np.asarray(t.data, np.float32), kind), raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
"""


def run() -> dict[str, Any]:
    """Seconds of both sides, our memory, and whether both files hold the same tensors."""
    from tests.helpers.adapters import make_adapter
    from tests.helpers.sample import sample_dir

    base = sample_dir()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        adapter = make_adapter(base, folder / "adapter", r=8)
        ours_path, peer_path = folder / "ours.gguf", folder / "peer.gguf"
        begin = time.perf_counter()
        figures = json.loads(_python(_OURS, base, adapter, ours_path).splitlines()[-1])
        ours_s = time.perf_counter() - begin
        steps = _peer(base, adapter, folder, peer_path)
        peer_s = sum(steps.values())
        equal = _tensors(ours_path) == _tensors(peer_path)
    return {
        "name": "merge_quantise",
        "ours": {"seconds": ours_s, "anonymous_mb_above_imports": figures["mb"]},
        "peer": {"seconds": peer_s, "steps": steps},
        "ratio": ours_s / peer_s,
        "largest_tensor_f32_mb": figures["largest_f32_mb"],
        "same_tensors": equal,
        "limit": {"seconds": LIMIT_S, "anonymous_mb_above_imports": LIMIT_MB},
        "ok": ours_s < LIMIT_S and figures["mb"] < LIMIT_MB and equal,
    }


def _peer(base: Path, adapter: Path, folder: Path, out: Path) -> dict[str, float]:
    from services.engine.convert import converter_dir

    merged, sixteen = folder / "merged", folder / "f16.gguf"
    steps = {}
    begin = time.perf_counter()
    _python(_PEER_MERGE, base, adapter, merged)
    steps["merge"] = time.perf_counter() - begin
    begin = time.perf_counter()
    _python(_PEER_CONVERT, converter_dir() / "convert_hf_to_gguf.py", merged, sixteen)
    steps["convert"] = time.perf_counter() - begin
    begin = time.perf_counter()
    _python(_PEER_QUANTISE, sixteen, out)
    steps["quantise"] = time.perf_counter() - begin
    return steps


def _python(script: str, *arguments: Path) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8", delete=False) as file:
        file.write(script)
    try:
        command = [sys.executable, "-X", "utf8", file.name, *map(str, arguments)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    finally:
        Path(file.name).unlink()


def _tensors(path: Path) -> dict[str, bytes]:
    import hashlib

    from services.export.gguf_file import open_gguf

    with open_gguf(path) as file:
        return {t.name: hashlib.sha256(bytes([t.type]) + file.raw(t).tobytes()).digest() for t in file.tensors}
