"""Merging: PEFT's bits, refusals before anything is written, and a folder that opens like any other."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from services.engine.merge import MergedWeights
from services.engine.merged_folder import plan_shards, write_folder
from services.engine.model_files import ModelText
from services.engine.tensor_files import MergeError
from services.export import space
from services.export.space import DiskFull
from tests.helpers.adapters import ALL_LINEAR, in_dtype, load, make_adapter, merged_by_peft
from tests.helpers.tiny_model import CHATML, make_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's own advice


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("bases 模型")
    plain = make_tiny_model(root / "f32")
    tied = make_tiny_model(root / "tied", tied=True)
    return {
        "f32": plain,
        "bf16": in_dtype(plain, root / "bf16", torch.bfloat16),
        "f16 in shards": in_dtype(plain, root / "f16", torch.float16, shard_size="100KB"),
        "tied": in_dtype(tied, root / "tied-bf16", torch.bfloat16),
    }


def merged(base: Path, adapter: Path | None) -> dict[str, torch.Tensor]:
    with MergedWeights(base, adapter) as weights:
        return {name: weights.load(name).clone() for name in weights.names}


def assert_equal(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    for name, tensor in ours.items():
        assert tensor.dtype == theirs[name].dtype, name
        assert torch.equal(tensor, theirs[name]), name
    assert set(theirs) - set(ours) <= {"lm_head.weight"}  # a tied head is not stored


@pytest.mark.parametrize("base", ["f32", "bf16", "f16 in shards", "tied"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"use_rslora": True, "r": 8},
        {"rank_pattern": {"q_proj": 2, r"layers\.1\.mlp\.up_proj": 6}, "alpha_pattern": {"v_proj": 3}},
        {"target_modules": ["q_proj", "v_proj"]},
    ],
    ids=["lora", "rslora", "patterns", "two modules"],
)
def test_the_bits_are_pefts(bases, tmp_path, base, settings):
    adapter = make_adapter(bases[base], tmp_path / "adapter", **settings)
    ours = merged(bases[base], adapter)
    assert_equal(ours, merged_by_peft(bases[base], adapter))
    before = merged(bases[base], None)
    changed = {name for name in ours if not torch.equal(ours[name], before[name])}
    targets = settings.get("target_modules", ALL_LINEAR)
    assert changed == {name for name in before if any(f".{t}." in name for t in targets)}


def test_trained_head_and_embedding_replace_those_of_the_base(bases, tmp_path):
    settings = {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens", "lm_head"]}
    adapter = make_adapter(bases["bf16"], tmp_path / "adapter", **settings)
    assert_equal(merged(bases["bf16"], adapter), merged_by_peft(bases["bf16"], adapter))


def test_a_low_rank_embedding(bases, tmp_path):
    adapter = make_adapter(bases["bf16"], tmp_path / "adapter", target_modules=["embed_tokens", "lm_head", "q_proj"])
    stored = load_file(adapter / "adapter_model.safetensors")
    save_file({k: v for k, v in stored.items() if "lora_" in k}, adapter / "adapter_model.safetensors")
    assert_equal(merged(bases["bf16"], adapter), merged_by_peft(bases["bf16"], adapter))


def test_a_tied_embedding_that_was_trained_alone_leaves_the_head_as_it_was(bases, tmp_path):
    settings = {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"]}
    adapter = make_adapter(bases["tied"], tmp_path / "adapter", **settings)
    stored = load_file(adapter / "adapter_model.safetensors")
    save_file({k: v for k, v in stored.items() if "lm_head" not in k}, adapter / "adapter_model.safetensors")
    with MergedWeights(bases["tied"], adapter) as weights:
        assert weights.config_changes == {"tie_word_embeddings": False}
        embedding, head = weights.load("model.embed_tokens.weight"), weights.load("lm_head.weight")
        assert torch.equal(head, load(bases["tied"]).get_input_embeddings().weight)
        assert not torch.equal(head, embedding)


def test_the_folder_opens_and_answers_as_pefts_merge(bases, tmp_path):
    adapter = make_adapter(bases["bf16"], tmp_path / "adapter")
    out = tmp_path / "结果 merged"
    said = []
    with MergedWeights(bases["bf16"], adapter) as weights:
        limit = weights.total_bytes() // 3
        shards = plan_shards(weights, limit)
        text = ModelText(CHATML, (2, 0))
        write_folder(weights, out, bases["bf16"], adapter, text, lambda d, t: said.append((d, t)), shard_bytes=limit)
    assert len(list(out.glob("*.safetensors"))) == len(shards) > 2
    index = json.loads((out / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert index["metadata"]["total_size"] == said[-1][0] == said[-1][1]
    ours = load(out)
    assert ours.dtype == torch.bfloat16
    theirs = merged_by_peft(bases["bf16"], adapter)
    assert_equal(ours.state_dict(), theirs)
    assert (out / "chat_template.jinja").read_text(encoding="utf-8") == CHATML
    assert json.loads((out / "generation_config.json").read_text(encoding="utf-8"))["eos_token_id"] == [2, 0]
    assert (out / "tokenizer.json").read_bytes() == (bases["bf16"] / "tokenizer.json").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_one_template_in_one_place(bases, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(bases["bf16"], base)
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    (base / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": "old"}), encoding="utf-8")
    with MergedWeights(base) as weights:
        write_folder(weights, tmp_path / "out", base, base, ModelText("new\r\n{{ x }}", (2,)))
    assert "chat_template" not in json.loads((tmp_path / "out" / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert (tmp_path / "out" / "chat_template.jinja").read_bytes() == b"new\r\n{{ x }}"


def test_a_stopped_merge_leaves_the_earlier_folder(bases, tmp_path):
    target = tmp_path / "out"
    with MergedWeights(bases["f32"]) as weights:
        write_folder(weights, target, bases["f32"], bases["f32"], ModelText("", ()))
        with pytest.raises(MergeError, match="exists already"):
            write_folder(weights, target, bases["f32"], bases["f32"], ModelText("", ()))
        before = {p.name: p.read_bytes() for p in target.iterdir()}

        def stop(done, total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_folder(weights, target, bases["f32"], bases["f32"], ModelText("x", ()), stop, overwrite=True)
        assert {p.name: p.read_bytes() for p in target.iterdir()} == before
        write_folder(weights, target, bases["f32"], bases["f32"], ModelText("x", ()), overwrite=True)
    assert (target / "chat_template.jinja").read_text(encoding="utf-8") == "x"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_no_room_for_the_merged_model(bases, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda folder: 1000)
    with MergedWeights(bases["f32"]) as weights, pytest.raises(DiskFull):
        write_folder(weights, tmp_path / "out", bases["f32"], bases["f32"], ModelText("", ()))
    assert not list(tmp_path.iterdir())


def test_an_adapter_for_another_base(bases, tmp_path):
    adapter = make_adapter(bases["f32"], tmp_path / "adapter")
    wider = make_tiny_model(tmp_path / "other")
    tensors = load_file(wider / "model.safetensors")
    tensors["model.layers.1.mlp.up_proj.weight"] = torch.zeros(64, 64)
    save_file(tensors, wider / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        MergeError, match=r"does not fit this base model: model\.layers\.1\.mlp\.up_proj\.weight differs"
    ):
        MergedWeights(wider, adapter)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, wider / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(MergeError, match="does not fit this base model"):
        MergedWeights(wider, adapter)


@pytest.mark.parametrize(
    ("change", "method"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"peft_type": "IA3"}, "IA3"),
        ({"init_lora_weights": "pissa_niter_16"}, "pissa"),
        ({"trainable_token_indices": [1]}, "trainable_token_indices"),
        ({"use_qalora": True}, "QA-LoRA"),
    ],
)
def test_methods_that_are_not_merged_are_named(bases, tmp_path, change, method):
    adapter = make_adapter(bases["f32"], tmp_path / "adapter")
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    (adapter / "adapter_config.json").write_text(json.dumps({**config, **change}), encoding="utf-8")
    with pytest.raises(MergeError, match=f"An adapter of the kind {method} cannot be merged yet"):
        MergedWeights(bases["f32"], adapter)


def test_a_quantised_base_is_refused(bases, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(bases["f32"], base)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (base / "config.json").write_text(json.dumps({**config, "quantization_config": {}}), encoding="utf-8")
    with pytest.raises(MergeError, match="is a quantised model; an adapter is merged into the 16-bit one"):
        MergedWeights(base)


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda f: (f / "model.safetensors").unlink(), r"has no weights: model\.safetensors is missing"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\0" * 100), "cannot be read"),
        (lambda f: (f / "config.json").unlink(), r"has no config\.json"),
        (lambda f: (f / "config.json").write_text("{", encoding="utf-8"), "cannot be read"),
        (lambda f: (f / "config.json").write_text("[]", encoding="utf-8"), "it is not an object"),
        (
            lambda f: (f / "model.safetensors.index.json").write_text(
                '{"weight_map": {"a": "../../x.safetensors"}}', encoding="utf-8"
            ),
            r"has no weights: x\.safetensors is missing",
        ),
        (lambda f: (f / "model.safetensors.index.json").write_text("{}", encoding="utf-8"), "cannot be read"),
    ],
)
def test_broken_model_folders(bases, tmp_path, break_it, sentence):
    base = tmp_path / "base"
    shutil.copytree(bases["f32"], base)
    break_it(base)
    with pytest.raises(MergeError, match=sentence):
        MergedWeights(base)


def test_more_rows_than_the_config_says(bases, tmp_path):
    base = make_tiny_model(tmp_path / "base", rows=320)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (base / "config.json").write_text(json.dumps({**config, "vocab_size": 259}), encoding="utf-8")
    with MergedWeights(base) as weights:
        assert weights.embedding_rows == 320
        assert weights.config_changes == {"vocab_size": 320}
