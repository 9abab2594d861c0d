"""Reading a model folder: facts without loading weights, problems as sentences. Nothing here imports torch."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from services.catalogue.inspect import inspect_model, tokens_without_rows
from services.catalogue.weights import read_header, read_weights
from tests.helpers.tiny_model import make_tiny_model


def codes(path: Path) -> list[str]:
    return [problem.code for problem in inspect_model(path).problems]


def test_a_whole_model(tmp_path: Path) -> None:
    entry = inspect_model(make_tiny_model(tmp_path / "小 model"))
    assert (entry.name, entry.dtype, entry.context_len, entry.vocabulary) == ("小 model", "F32", 2048, 259)
    assert entry.architecture == "LlamaForCausalLM"
    assert entry.has_template and entry.usable and entry.problems == ()
    from safetensors import safe_open

    with safe_open(entry.path / "model.safetensors", "np") as file:
        names = list(file.keys())
        assert entry.parameters == sum(file.get_tensor(name).size for name in names)
    assert entry.size_bytes == sum(p.stat().st_size for p in entry.path.iterdir())


def test_tokens_without_rows_are_named(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m", tokenizer="sample", add_tokens=("<|tool|>", "<|obs|>"))
    assert tokens_without_rows(folder) == ["<|tool|>", "<|obs|>"]
    (problem,) = inspect_model(folder).problems
    assert problem.sentence.format(**problem.values) == "Tokens without a row in the model: 2 (<|tool|>, <|obs|>)"
    assert "49154" in problem.way_out.format(**problem.values)
    assert not problem.blocks  # resize_vocab mends it


def test_rows_without_tokens_are_no_problem(tmp_path: Path) -> None:
    assert codes(make_tiny_model(tmp_path / "m", tokenizer="sample", rows=49216)) == []


def test_no_weights(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    assert codes(folder) == ["no-weights"]


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert codes(folder) == ["pickle-weights"]
    assert not inspect_model(folder).usable


def test_gguf_alone_cannot_be_trained(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "model.gguf")
    assert codes(folder) == ["gguf-only"]


def test_no_tokenizer_and_no_config(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")
    (folder / "config.json").unlink()
    assert codes(folder) == ["no-config", "no-tokenizer"]


def test_a_download_that_broke_off(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    (problem,) = inspect_model(folder).problems
    assert problem.code == "broken-weights" and "cut off" in problem.sentence.format(**problem.values)


def test_a_missing_shard(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    assert codes(folder) == ["missing-weights"]


def test_own_code_is_said_and_not_run(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoModel": "modeling.Evil"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "modeling.py").write_text("raise SystemExit(1)", encoding="utf-8")
    assert codes(folder) == ["own-code"]


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    assert codes(tmp_path / "unplugged") == ["missing"]


@pytest.mark.parametrize(
    "data", [b"", b"12345678", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + b"[]", b"\x80\x04K"]
)
def test_no_safetensors_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(data)
    weights = read_weights(tmp_path)
    assert weights is not None and list(weights.broken) == ["model.safetensors"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=5))
def test_headers_say_what_was_written(tmp_path_factory: pytest.TempPathFactory, shapes: list[tuple[int, int]]) -> None:
    path = tmp_path_factory.mktemp("w") / "x.safetensors"
    save_file({f"t{i}": np.zeros(shape, np.float16) for i, shape in enumerate(shapes)}, path)
    assert read_header(path) == {f"t{i}": ("F16", list(shape)) for i, shape in enumerate(shapes)}
