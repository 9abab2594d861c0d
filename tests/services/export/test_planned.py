"""Sizes that are told before anything is written are those of the files."""

import json
import struct
from pathlib import Path

import pytest

from services.export.planned import planned_sizes
from services.export.quant_policy import QUANTS, Type, Weight, tensor_bytes
from services.export.trained import ExportError
from services.projects.project import Project
from tests.helpers.quant_models import recorded
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

HIDDEN, INNER, KEPT, LAYERS, VOCABULARY = 576, 1536, 192, 30, 49152
SLACK_BYTES = 40_000  # key values


def smollm2(folder: Path) -> Path:
    """The sample model's shapes in a file without bytes in it (sparse)."""
    shapes = {"model.embed_tokens.weight": [VOCABULARY, HIDDEN], "model.norm.weight": [HIDDEN]}
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        shapes |= {
            f"{at}self_attn.q_proj.weight": [HIDDEN, HIDDEN],
            f"{at}self_attn.k_proj.weight": [KEPT, HIDDEN],
            f"{at}self_attn.v_proj.weight": [KEPT, HIDDEN],
            f"{at}self_attn.o_proj.weight": [HIDDEN, HIDDEN],
            f"{at}mlp.gate_proj.weight": [INNER, HIDDEN],
            f"{at}mlp.up_proj.weight": [INNER, HIDDEN],
            f"{at}mlp.down_proj.weight": [HIDDEN, INNER],
            f"{at}input_layernorm.weight": [HIDDEN],
            f"{at}post_attention_layernorm.weight": [HIDDEN],
        }
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    folder.mkdir(parents=True)
    text = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    config = {
        "model_type": "llama",
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "tie_word_embeddings": True,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def tensors_of(name: str) -> int:
    """Bytes of the tensors that llama.cpp itself wrote in a quant."""
    shapes = {"attn_q": (HIDDEN, HIDDEN), "attn_k": (KEPT, HIDDEN), "attn_v": (KEPT, HIDDEN)}
    shapes |= {"attn_output": (HIDDEN, HIDDEN), "ffn_gate": (INNER, HIDDEN), "ffn_up": (INNER, HIDDEN)}
    shapes |= {"ffn_down": (HIDDEN, INNER), "token_embd": (VOCABULARY, HIDDEN)}
    total = 0
    for tensor, (kind, _) in recorded()["smollm2"][name.upper()]["tensors"].items():
        shape = shapes.get(tensor.split(".")[-2], (HIDDEN,))
        total += tensor_bytes(Weight(tensor, shape, Type[kind]))
    return total


def test_the_sample_is_as_large_as_llama_cpp_made_it(tmp_path: Path) -> None:
    names = [name for name in QUANTS if name.upper() in recorded()["smollm2"]]
    assert len(names) >= 3
    planned = planned_sizes(smollm2(tmp_path / "模型"), names)
    for name in names:
        assert 0 <= planned[name] - tensors_of(name) < SLACK_BYTES, name


@pytest.mark.parametrize("quant", ["f16", "q8_0", "q4_k_m"])
def test_an_export_is_as_large_as_was_told(project: Project, tiny_base: Path, quant: str) -> None:
    run = make_run(project, tiny_base)
    job = export(project, run, target="gguf", quant=quant, name="tiny")
    written = Path(str(job.summary().result["gguf"])).stat().st_size
    assert abs(planned_sizes(tiny_base, [quant])[quant] - written) < SLACK_BYTES


def test_an_unknown_architecture_is_told_by_its_shapes(tmp_path: Path) -> None:
    folder = smollm2(tmp_path / "known")
    known = planned_sizes(folder, ["q4_k_m"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["model_type"] = "brand-new"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert planned_sizes(folder, ["q4_k_m"]) == known


def test_a_folder_without_weights_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ExportError) as caught:
        planned_sizes(tmp_path, ["f16"])
    assert "does not say how large its model is: no .safetensors" in caught.value.sentence
    assert "config.json" in caught.value.way_out
