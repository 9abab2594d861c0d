"""Quantising: llama.cpp's bytes, metadata kept, nothing left behind when it is stopped."""

import hashlib
from pathlib import Path

import gguf
import numpy as np
import pytest

from services.export import quant_rows, space
from services.export.gguf_file import GgufError, open_gguf
from services.export.quant_policy import QUANTS, Type
from services.export.quantise import UnknownQuant, quant_of, quantise_file
from services.export.space import DiskFull
from tests.helpers.quant_models import digest, make_gqa4, recorded, recorded_quants, tensors_of, write_gguf


@pytest.fixture(scope="module")
def gqa4(tmp_path_factory) -> Path:
    return make_gqa4(tmp_path_factory.mktemp("gqa4") / "gqa4-f16.gguf")


@pytest.fixture
def small(tmp_path) -> Path:
    noise = np.random.default_rng(5)
    arrays = {
        f"blk.{layer}.{name}.weight": (noise.standard_normal((rows, 256)) * 0.1).astype(np.float16)
        for layer in range(2)
        for name, rows in (("attn_v", 8), ("ffn_up", 24), ("ffn_down", 16))
    }
    arrays["token_embd.weight"] = noise.standard_normal((40, 256)).astype(np.float16)
    arrays["output_norm.weight"] = np.ones(256, np.float32)
    return write_gguf(
        tmp_path / "模型 small.gguf",
        arrays,
        block_count=2,
        **{"attention.head_count": 8, "attention.head_count_kv": 2},
    )


def test_the_synthetic_model_is_the_recorded_one(gqa4):
    with open_gguf(gqa4) as file:
        assert {t.name: digest(file.raw(t)) for t in file.tensors} == recorded()["gqa4"]["source_sha256"]


@pytest.mark.parametrize("quant", recorded_quants("gqa4"))
def test_types_and_bytes_are_llama_cpps(gqa4, tmp_path, quant):
    made = quantise_file(gqa4, tmp_path / "out.gguf", quant)
    gold = recorded()["gqa4"][quant]
    assert tensors_of(made.path) == gold["tensors"]
    with open_gguf(made.path) as file:
        assert file.value("general.file_type") == gold["file_type"]
        assert file.value("general.quantization_version") == 2


def test_helpers_make_the_same_file(gqa4, tmp_path, monkeypatch):
    monkeypatch.setattr(quant_rows, "_WORTH_HELPERS_S", 0.0)
    helped = quantise_file(gqa4, tmp_path / "helped.gguf", "q3_k_s", processes=2)
    monkeypatch.setattr(quant_rows, "_WORTH_HELPERS_S", 1e9)
    alone = quantise_file(gqa4, tmp_path / "alone.gguf", "q3_k_s", processes=2)
    assert helped.sha256 == alone.sha256


def test_what_was_in_the_file_stays_in_it(small, tmp_path):
    made = quantise_file(small, tmp_path / "out.gguf", "Q4-K-M")
    reader = gguf.GGUFReader(made.path)  # another program's reader
    assert reader.fields["tokenizer.chat_template"].contents() == "{{ messages }} 你好"
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["a", "é", "👋"]
    assert reader.fields["general.file_type"].contents() == 15
    assert [t.name for t in reader.tensors][:2] == ["output_norm.weight", "token_embd.weight"]
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert made.bytes == made.path.stat().st_size
    assert sum(made.types.values()) == len(reader.tensors)


@pytest.mark.parametrize("quant", sorted(QUANTS))
def test_each_quant_keeps_the_numbers_near(small, tmp_path, quant):
    made = quantise_file(small, tmp_path / "out.gguf", quant)
    before = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(small).tensors}
    for tensor in gguf.GGUFReader(made.path).tensors:
        after = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(before[tensor.name].shape)
        spread = float(np.abs(before[tensor.name]).max()) or 1.0
        limit = 0.5 if "2" in quant[:2] else 0.2 if quant.startswith(("q3", "iq4")) else 0.1
        assert float(np.abs(after - before[tensor.name]).max()) <= limit * spread, tensor.name


def test_a_quantised_file_can_be_quantised_again(small, tmp_path):
    eight = quantise_file(small, tmp_path / "q8.gguf", "q8_0")
    four = quantise_file(eight.path, tmp_path / "q4.gguf", "q4_0")
    assert {kind for kind, _ in tensors_of(four.path).values()} <= {"F32", "Q4_0", "Q6_K"}
    back = quantise_file(four.path, tmp_path / "f32.gguf", "f32")
    assert {kind for kind, _ in tensors_of(back.path).values()} == {"F32"}


def test_bf16_and_f32_sources_give_what_their_values_give(tmp_path):
    values = (np.random.default_rng(1).standard_normal((8, 256)) * 0.1).astype(np.float32)
    values = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)  # exact in BF16
    plain = write_gguf(tmp_path / "f32.gguf", {"blk.0.ffn_up.weight": values})
    brain = quantise_file(plain, tmp_path / "bf16.gguf", "bf16")
    assert tensors_of(brain.path)["blk.0.ffn_up.weight"][0] == "BF16"
    a = quantise_file(plain, tmp_path / "a.gguf", "q4_k_s")
    b = quantise_file(brain.path, tmp_path / "b.gguf", "q4_k_s")
    assert tensors_of(a.path) == tensors_of(b.path)


def test_stopping_leaves_the_earlier_file_and_nothing_else(small, tmp_path):
    target = tmp_path / "out" / "model.gguf"
    target.parent.mkdir()
    target.write_bytes(b"earlier")

    def stop(done, total):
        assert 0 < done <= total
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quantise_file(small, target, "q8_0", stop)
    assert target.read_bytes() == b"earlier"
    assert [path.name for path in target.parent.iterdir()] == ["model.gguf"]


def test_progress_ends_at_the_total(small, tmp_path):
    seen = []
    quantise_file(small, tmp_path / "out.gguf", "q8_0", lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


@pytest.mark.parametrize("bad", [np.inf, np.nan, -np.inf])
@pytest.mark.parametrize("quant", ["q4_k_m", "f16"])
def test_weights_that_diverged_are_not_exported(tmp_path, bad, quant):
    values = np.zeros((8, 256), np.float16)
    values[3, 7] = bad
    source = write_gguf(tmp_path / "bad.gguf", {"blk.0.ffn_up.weight": values})
    with pytest.raises(GgufError, match=r"blk\.0\.ffn_up\.weight holds numbers that are not finite"):
        quantise_file(source, tmp_path / "out.gguf", quant)
    assert not (tmp_path / "out.gguf").exists()


def test_a_number_too_large_for_f16_is_told(tmp_path):
    values = np.full((8, 256), 1e30, np.float32)
    source = write_gguf(tmp_path / "big.gguf", {"blk.0.ffn_up.weight": values})
    with pytest.raises(GgufError, match="too large for F16"):
        quantise_file(source, tmp_path / "out.gguf", "f16")
    assert quantise_file(source, tmp_path / "bf16.gguf", "bf16").types == {"BF16": 1}


def test_no_room_is_told_before_anything_is_written(small, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda folder: 1 << 20)
    folder = tmp_path / "full"
    with pytest.raises(DiskFull, match=r"This needs 0\.1 GiB in .*full; the drive has 0\.0 GiB free"):
        quantise_file(small, folder / "out.gguf", "q8_0")
    assert not folder.exists()


def test_a_drive_that_fills_up_in_the_middle(small, tmp_path):
    def full(done, total):
        raise OSError(28, "No space left on device")

    with pytest.raises(DiskFull):
        quantise_file(small, tmp_path / "out.gguf", "q8_0", full)
    assert not (tmp_path / "out.gguf").exists()


def test_names_and_refusals(small):
    assert quant_of(" Q4-K-M ").name == "q4_k_m"
    with pytest.raises(UnknownQuant, match=r"There is no quant called q4_k_x\. Choose one of: f32"):
        quantise_file(small, small.with_name("out.gguf"), "q4_k_x")
    with pytest.raises(GgufError, match="read and written at once"):
        quantise_file(small, small, "q8_0")


def test_the_list_of_quants_is_the_promised_one():
    promised = (
        "f32 f16 bf16 q8_0 q6_k q5_k_m q5_k_s q5_0 q5_1 q4_k_m q4_k_s q4_0 q4_1 q3_k_l q3_k_m q3_k_s q2_k iq4_nl iq4_xs"
    )
    assert set(QUANTS) == set(promised.split())
    assert QUANTS["iq4_xs"].base is Type.IQ4_XS
