"""GGUF headers: what other writers wrote is read, what we write others read, and broken files are sentences."""

import struct

import gguf
import numpy as np
import pytest
from gguf.constants import GGUFValueType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import TunesmithError
from services.export.gguf_file import GgufError, GgufFile, encode_value, open_gguf, read_keys, write_header
from tests.helpers.quant_models import write_gguf


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    arrays = {
        "token_embd.weight": np.arange(512, dtype=np.float16).reshape(2, 256),
        "output_norm.weight": np.ones(256, np.float32),
        "blk.0.ffn_up_exps.weight": np.zeros((2, 3, 32), np.float32),
    }
    return write_gguf(tmp_path_factory.mktemp("gguf 文件") / "small.gguf", arrays, block_count=1), arrays


def test_keys_and_tensors_are_those_that_were_written(small):
    path, arrays = small
    with open_gguf(path) as file:
        assert file.value("general.architecture") == "llama"
        assert file.value("tokenizer.chat_template") == "{{ messages }} 你好"
        assert file.value("tokenizer.ggml.tokens") == ["a", "é", "👋"]
        assert file.value("some.numbers") == [1, 2, 3]
        assert (file.value("some.float"), file.value("some.flag"), file.value("llama.block_count")) == (0.5, True, 1)
        assert file.value("absent", "default") == "default"
        assert {t.name: t.shape for t in file.tensors} == {name: a.shape for name, a in arrays.items()}
        for tensor in file.tensors:
            array = arrays[tensor.name]
            assert file.raw(tensor).tobytes() == array.tobytes()
            assert len(file.raw(tensor)) == array.size // array.shape[-1]
        assert "tokenizer.ggml.tokens" in file.values()


def test_our_header_is_read_by_the_reference_reader(small, tmp_path):
    path, arrays = small
    copy = tmp_path / "copy.gguf"
    with open_gguf(path) as source, copy.open("wb") as target:
        keys = {**source.keys, "general.name": encode_value(GGUFValueType.STRING, "名字")}
        write_header(target, keys, list(source.tensors))
        for tensor in source.tensors:
            data = source.raw(tensor).tobytes()
            target.write(data + bytes(-len(data) % 32))
    reader = gguf.GGUFReader(copy)
    assert reader.fields["general.name"].contents() == "名字"
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["a", "é", "👋"]
    for tensor in reader.tensors:
        assert np.array_equal(tensor.data, arrays[tensor.name])


def test_keys_alone_of_a_file_without_tensors(small, tmp_path):
    path, _ = small
    with open_gguf(path) as file:
        first = min(t.offset for t in file.tensors)
    header_only = tmp_path / "keys.gguf"
    header_only.write_bytes(path.read_bytes()[: first - 200])
    assert read_keys(header_only)["general.architecture"] == encode_value(GGUFValueType.STRING, "llama")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 not a model", "is not a GGUF file"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(16), "version 1"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(16), "version big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "is broken"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 40), "runs over the end"),
    ],
)
def test_files_that_are_none(tmp_path, data, sentence):
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(GgufError, match=sentence):
        GgufFile(path)


def test_a_missing_file_and_a_part_of_a_split_model(tmp_path):
    with pytest.raises(GgufError, match="There is no file"):
        GgufFile(tmp_path / "none.gguf")
    writer = gguf.GGUFWriter(tmp_path / "part.gguf", "llama")
    writer.add_uint16("split.count", 3)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(GgufError, match="one part of a model in 3 parts"):
        GgufFile(tmp_path / "part.gguf")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_gets_past_as_anything_but_a_sentence(small, tmp_path, data):
    whole = small[0].read_bytes()
    if data.draw(st.booleans()):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    path = tmp_path / "damaged.gguf"
    path.write_bytes(damaged)
    try:
        with open_gguf(path) as file:
            file.values()
            for tensor in file.tensors:
                file.raw(tensor)
    except TunesmithError as error:
        assert str(path) in str(error)
