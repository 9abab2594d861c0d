"""Hostile archives and folders."""

import gzip
import os
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from services.projects.project import Project
from tests.services.datasets.hostile._hostile import Case, check, parametrised

ROW = b'{"question": "q", "answer": "a"}\n'


def archive(members: dict[str, bytes], *, link: str = "") -> Callable[[Path], None]:
    """Makes a .zip. link: a name that is a symbolic link."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in members.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                if name == link:
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                file.writestr(info, data)

    return make


def patched(make: Callable[[Path], None], change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    def both(path: Path) -> None:
        make(path)
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)

    return both


def encrypted(data: bytearray) -> None:
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) + at
        data[place : place + 2] = struct.pack("<H", 1)


def lying_size(data: bytearray) -> None:
    place = data.find(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 40)


def flipped(data: bytearray) -> None:
    for place in range(45, 60):
        data[place] ^= 0x5A


def unknown_method(data: bytearray) -> None:
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.find(mark) + at
        data[place : place + 2] = struct.pack("<H", 77)


ZIP = [
    Case("empty file", lambda p: p.write_bytes(b""), "is damaged or no .zip"),
    Case("text", lambda p: p.write_bytes(ROW), "is damaged or no .zip"),
    Case("cut", patched(archive({"a.jsonl": ROW}), lambda d: d.__delitem__(slice(-30, None))), "is damaged or no .zip"),
    Case("nothing within", archive({}), "holds no files that can be read"),
    Case("only notes within", archive({"README.md": b"x", "LICENSE": b"x"}), "holds no files that can be read"),
    Case("a bomb", archive({"a.jsonl": bytes(110 << 20)}), "would unpack to more than 250 times"),
    Case("a path that climbs out", archive({"../../a.jsonl": ROW}), "leads out of the archive"),
    Case("a path that climbs out on Windows", archive({"..\\a.jsonl": ROW}), "leads out of the archive"),
    Case("an absolute path", archive({"/etc/a.jsonl": ROW}), "leads out of the archive"),
    Case("a drive", archive({"C:/a.jsonl": ROW}), "leads out of the archive"),
    Case("a link", archive({"a.jsonl": b"/etc/passwd"}, link="a.jsonl"), "leads out of the archive"),
    Case("encrypted", patched(archive({"a.jsonl": ROW}), encrypted), "a.jsonl in encrypted 文件.zip is encrypted"),
    Case("several kinds", archive({"a.jsonl": ROW, "b.csv": b"q,a\n1,2\n"}), "several kinds: 1 csv, 1 jsonl"),
    Case("a size that lies", patched(archive({"a.jsonl": ROW * 9000}), lying_size), "is damaged or no .zip"),
    Case("bytes flipped", patched(archive({"a.jsonl": ROW * 90}), flipped), "is damaged or no .zip"),
    Case("an unknown way of packing", patched(archive({"a.jsonl": ROW}), unknown_method), "is damaged or no .zip"),
    Case("a zip within", archive({"inner.zip": b"PK"}), "holds no files that can be read"),
    Case("what a Mac leaves", archive({"__MACOSX/._a.jsonl": b"\0\1", "a.jsonl": ROW, ".DS_Store": b"x"}), "", 1),
    Case("broken lines within", archive({"a.jsonl": ROW, "b.jsonl": ROW + b"{broken\n"}), "This is not JSON", 2),
    Case("a damaged workbook within", archive({"a.xlsx": b"PK\x03\x04"}), "a.xlsx is damaged or no Excel workbook"),
    Case("a workbook and notes", archive({"a.jsonl": ROW, "notes/README.md": b"x"}), "not read: notes/README.md", 1),
]  # fmt: skip
GZ = [
    Case("empty file", lambda p: p.write_bytes(b""), "has no rows", 0),
    Case("not packed at all", lambda p: p.write_bytes(ROW), "cannot be read"),
    Case("cut", lambda p: p.write_bytes(gzip.compress(ROW * 500)[:-20]), "cut off or damaged"),
    Case("bytes flipped", lambda p: p.write_bytes(gzip.compress(ROW)[:14] + b"\xff" * 12), "cut off or damaged"),
    Case("a bomb", lambda p: p.write_bytes(gzip.compress(bytes(110 << 20))), "would unpack to more than 250 times"),
    Case("a damaged workbook", lambda p: p.write_bytes(gzip.compress(b"PK")), "no Excel workbook", suffix=".xlsx.gz"),
    Case("damaged Parquet", lambda p: p.write_bytes(gzip.compress(b"PAR1")), "cannot be read", suffix=".parquet.gz"),
    Case("packed twice", lambda p: p.write_bytes(gzip.compress(gzip.compress(ROW))), "", 0),
    Case("an archive of a tape", lambda p: p.write_bytes(gzip.compress(ROW)), "of a kind that cannot be read",
         suffix=".tar.gz"),
]  # fmt: skip


def folder(files: dict[str, bytes]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)

    return make


def loop(path: Path) -> None:
    folder({"a.jsonl": ROW})(path)
    (path / "loop").symlink_to(path)
    (path / "gone.jsonl").symlink_to(path / "nowhere")


FOLDER = [
    Case("nothing within", folder({}), "holds no files that can be read"),
    Case("hidden files only", folder({".a.jsonl": ROW}), "holds no files that can be read"),
    Case("two kinds", folder({"a.jsonl": ROW, "b.csv": b"q,a\n1,2\n"}), "files of several kinds: 1 csv, 1 jsonl"),
    Case("sidecars", folder({"a.jsonl": ROW, "b.jsonl": ROW, "report.json": b"[]"}), "not read: report.json", 2),
    Case("files in the order of their numbers", folder({f"p{i}.jsonl": ROW for i in (10, 9, 1)}), "", 3),
    Case("one file is broken", folder({"a.jsonl": ROW, "b.jsonl": b"{\n" + ROW}), "The record is cut off", 2),
    Case("one workbook is damaged", folder({"a.xlsx": b"PK"}), "a.xlsx is damaged or no Excel workbook"),
    Case("a dataset_info.json", folder({"dataset_info.json": b"{}", "a.jsonl": ROW}), "lists several data sets"),
]  # fmt: skip


@parametrised(ZIP)
def test_zip(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, ".zip")


@parametrised(GZ)
def test_gz(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, ".jsonl.gz")


@parametrised(FOLDER)
def test_folder(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, "")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_folder_of_links(tmp_path: Path, project: Project) -> None:
    check(Case("loop", loop, "", 1), tmp_path, project, "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path, project: Project) -> None:
    def make(path: Path) -> None:
        path.mkdir(mode=0)

    check(Case("closed", make, "cannot be read"), tmp_path, project, "")


def test_nothing_stays_unpacked(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    check(Case("good", archive({"a.jsonl": ROW, "b.jsonl": ROW}), "", 2), tmp_path, project, ".zip")
    check(Case("bad", archive({"a.jsonl": ROW, "b.xlsx": b""}), "several kinds"), tmp_path, project, ".zip")
    assert not list((tmp_path / "temp").iterdir())
