"""Encodings told apart, also from little text."""

import gzip
from pathlib import Path

import pytest

from services.datasets.encodings import CHOICES, detect


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        ("plain ascii", "ascii", "utf-8"),
        ("Grüße, 你好", "utf-8", "utf-8"),
        ("Grüße, 你好", "utf-8-sig", "utf-8"),
        ('{"a": "Grüße"}', "utf-16", "utf-16-le"),
        ('{"a": "hello"}', "utf-16-le", "utf-16-le"),
        ('{"a": "hello"}', "utf-16-be", "utf-16-be"),
        ("把下面的句子改写得更礼貌。", "gbk", "gb18030"),
        ("你好，可以用 😀 吗？㐂", "gb18030", "gb18030"),
        ("請把下面的句子改寫得更有禮貌。", "big5", "big5"),
        ("これはテストです。日本語の文章。", "shift_jis", "shift_jis"),
        ("안녕하세요, 반갑습니다", "euc_kr", "euc_kr"),
        ("Müller geht über die Straße", "latin-1", "latin-1"),
        ("café", "latin-1", "latin-1"),
        ("He said “hello” – it’s naïve", "cp1252", "cp1252"),
        ("Привет, как дела? Сегодня хорошая погода", "cp1251", "cp1251"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "line,of,ascii\n{}\nanother line\n"])
def test_told_apart(tmp_path: Path, text: str, written: str, found: str, around: str) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(around.format(text).replace("{{", "{").encode(written))
    encoding = detect(path)
    assert encoding.name == found
    codec = {"shift_jis": "cp932"}.get(found, found)
    assert text in path.read_bytes()[encoding.bom :].decode(codec)
    assert encoding.reason


def test_a_broken_line_does_not_make_a_file_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("Grüße\nschön\n".encode() + b"bad \xff\n")
    assert detect(path).name == "utf-8"


def test_a_rare_character_far_down_decides(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"ascii only\n" * 300_000 + "最后一行是中文。".encode("gbk"))
    assert detect(path).name == "gb18030"


def test_within_gzip(tmp_path: Path) -> None:
    path = tmp_path / "t.json.gz"
    path.write_bytes(gzip.compress("把下面的句子改写得更礼貌。".encode("gbk")))
    assert detect(path).name == "gb18030"


def test_all_choices_are_known_to_python() -> None:
    for name in CHOICES:
        "".encode(name)
