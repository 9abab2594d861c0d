"""The doctor: one finding a check, each a sentence with a way out, whatever the machine is like."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from services import __version__
from services.hardware import nvidia as smi_module
from services.hardware.checks import Outcome, checks, ok
from services.hardware.checks import disk as disk_module
from services.hardware.checks import memory as memory_module
from services.hardware.checks import network as network_module
from services.hardware.checks._check import _ENGINE_QUESTION, Machine
from services.hardware.checks.folders import is_network, synced_by
from services.hardware.doctor import Finding, examine
from services.hardware.nvidia import Answer, Runner
from services.ollama import find as find_module
from services.settings import settings_path
from tests.services.hardware import smi

PACKAGES = {
    "tunesmith": __version__,
    "torch": "2.13.0",
    "transformers": "5.23.0",
    "peft": "0.21.2",
    "trl": "1.12.0",
    "datasets": "5.2.0",
}


def engine(**changes: Any) -> Runner:
    """An engine's interpreter that answers so."""
    answer = {"python": "3.12.9", "executable": sys.executable, "packages": PACKAGES, "cuda": "13.0"}
    answer |= {"cuda_available": True, "cards": ["NVIDIA GeForce RTX 4070"], **changes}
    return lambda arguments: Answer(0, f"a warning on the way\nTUNESMITH {json.dumps(answer)}\n")


def finding(check_id: str, run: Runner | None = None, run_engine: Runner | None = None) -> Finding:
    """What one check finds on such a machine."""
    machine = Machine(run or smi.answering(smi.RTX_4070), run_engine or engine())
    (found,) = examine([check_id], machine)
    return found


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """nvidia-smi as if it were there; no proxy; no Ollama."""
    monkeypatch.setattr(smi_module, "nvidia_smi", lambda: "nvidia-smi")
    monkeypatch.setattr(network_module.urllib.request, "getproxies", dict)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setattr(find_module, "find", lambda host=None: find_module.Found("http://127.0.0.1:11434"))


def test_every_check_gives_one_finding_in_order() -> None:
    found = examine(machine=Machine(smi.answering(smi.RTX_4070), engine()))
    assert [f.id for f in found] == checks.ids()
    assert {"python", "libraries", "card", "driver", "memory", "disk", "folders", "ollama", "converter", "network"} <= {
        f.id for f in found
    }
    for one in found:
        plain = one.plain()
        assert plain["title"] and plain["sentence"] and "{" not in plain["sentence"] + plain["way_out"]
        assert (one.state == "ok") == (plain["way_out"] == "")
        assert one.localized()[0]


def test_python_and_its_twin() -> None:
    assert finding("python").state == "ok"
    other = finding("python", run_engine=engine(packages={**PACKAGES, "tunesmith": "0.0.1"}))
    assert other.state == "warn" and "0.0.1" in other.plain()["sentence"]
    silent = finding("python", run_engine=smi.answering("No module named encodings", 1))
    assert silent.state == "bad" and "does not answer" in silent.plain()["sentence"]


def test_libraries() -> None:
    assert "PyTorch 2.13.0" in finding("libraries").plain()["sentence"]
    missing = finding("libraries", run_engine=engine(packages={"torch": "2.13.0"}))
    assert missing.state == "bad" and "transformers, peft, trl, datasets" in missing.plain()["sentence"]
    broken = finding("libraries", run_engine=engine(torch_error="OSError: c10.dll"))
    assert broken.state == "bad" and "c10.dll" in broken.plain()["sentence"]


def test_card_and_pytorch() -> None:
    assert finding("card").plain()["sentence"].startswith("RTX 4070, 12 GB: up to 8B with QLoRA")
    cpu_build = finding("card", run_engine=engine(cuda=None, cuda_available=False))
    assert cpu_build.state == "bad" and "build for processors" in cpu_build.plain()["sentence"]
    unused = finding("card", run_engine=engine(cuda_available=False))
    assert unused.state == "bad" and "CUDA 13.0" in unused.plain()["sentence"]
    assert finding("card", run=smi.answering(smi.GTX_1080)).state == "warn"
    assert finding("card", run=smi.answering(smi.NO_DRIVER, 9)).state == "warn"


def test_driver() -> None:
    assert finding("driver").state == "ok"
    assert finding("driver", run=smi.old_driver).state == "warn"
    assert finding("driver", run=smi.answering(smi.NO_DEVICES)).state == "ok"


@pytest.mark.parametrize(("total", "free", "state"), [(2, 1, "bad"), (16, 1, "warn"), (16, 8, "ok")])
def test_memory(monkeypatch: pytest.MonkeyPatch, total: float, free: float, state: str) -> None:
    monkeypatch.setattr(memory_module, "memory_gib", lambda: (total, free))
    assert finding("memory").state == state


@pytest.mark.parametrize(("free", "state"), [(1.0, "bad"), (8.0, "warn"), (200.0, "ok")])
def test_disk(monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr(disk_module, "disk_free_gib", lambda folder: free)
    assert finding("disk").state == state


def test_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert finding("folders").state == "ok"
    synced = tmp_path / "OneDrive - Example" / "Tunesmith"
    monkeypatch.setenv("TUNESMITH_DATA", str(synced))
    assert "OneDrive - Example" in finding("folders").plain()["sentence"]


def test_synchronised_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert synced_by(Path("/home/a/Dropbox/p")) == "Dropbox"
    assert synced_by(Path("/home/a/OneDrive - Firma/p")) == "OneDrive - Firma"
    assert synced_by(Path("/home/a/onedrives/p")) == ""
    monkeypatch.setenv("OneDrive", str(tmp_path))
    assert synced_by(tmp_path / "p") == "OneDrive"


def test_network_folders(tmp_path: Path) -> None:
    assert not is_network(tmp_path)
    assert is_network(Path("//server/share/p"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("TUNESMITH_DATA", str(tmp_path))
    assert finding("folders").state == "bad"


def test_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No Ollama" in finding("ollama").plain()["sentence"]
    url = "http://127.0.0.1:11434"
    monkeypatch.setattr(find_module, "find", lambda host=None: find_module.Found(url, program=Path("ollama")))
    assert "does not run" in finding("ollama").plain()["sentence"]
    monkeypatch.setattr(find_module, "find", lambda host=None: find_module.Found(url, version="0.14.0"))
    assert finding("ollama").plain()["sentence"] == f"Ollama 0.14.0 answers at {url}."


def test_converter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TUNESMITH_CONVERTER", str(tmp_path))
    assert finding("converter").state == "warn"
    (tmp_path / "conversion").mkdir()
    assert finding("converter").state == "ok"
    monkeypatch.delenv("TUNESMITH_CONVERTER")
    (tmp_path / "env" / "converter" / "conversion").mkdir(parents=True)
    beside = engine(executable=str(tmp_path / "env" / "bin" / "python"))
    assert finding("converter", run_engine=beside).state == "ok"


def test_network(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding("network").state == "ok"
    proxies = {"https": "http://me:secret@proxy.example:3128"}
    monkeypatch.setattr(network_module.urllib.request, "getproxies", lambda: dict(proxies))
    found = finding("network")
    assert found.state == "warn"
    assert "secret" not in found.plain()["sentence"] and "proxy.example:3128" in found.plain()["sentence"]
    proxies["no"] = "example.org, 127.0.0.1"
    assert finding("network").state == "ok"


def test_settings() -> None:
    assert finding("settings").state == "ok"
    settings_path().write_text("theme = 3\n", encoding="utf-8")
    found = finding("settings")
    assert found.state == "warn" and "theme" in found.plain()["sentence"]


def test_a_check_that_breaks_hides_no_other() -> None:
    class Broken:
        title = "Broken"
        order = 1

        def run(self, machine: Machine) -> Outcome:
            raise RuntimeError("boom")

    class Fine:
        title = "Fine"

        def run(self, machine: Machine) -> Outcome:
            return ok("Fine.")

    checks.add("broken")(Broken)
    checks.add("fine")(Fine)
    try:
        found = examine(["broken", "fine"], Machine(smi.answering(smi.RTX_4070), engine()))
    finally:
        checks.remove("broken")
        checks.remove("fine")
    assert [f.state for f in found] == ["warn", "ok"]
    assert found[0].plain()["sentence"] == "This could not be checked: RuntimeError: boom"


def test_an_unknown_check_is_named() -> None:
    with pytest.raises(KeyError, match="known: "):
        examine(["nothing"])


def test_the_engines_interpreter_is_really_asked() -> None:
    """The question itself, to this Python, with a torch that cannot be imported (quick, and the worst case)."""
    blocked = "import sys; sys.modules['torch'] = None\n" + _ENGINE_QUESTION
    machine = Machine(run_engine=lambda arguments: smi_module.run_program([*arguments[:-1], blocked]))
    assert machine.engine["python"].startswith("3.")
    assert "ModuleNotFoundError" in machine.engine["torch_error"] or "ImportError" in machine.engine["torch_error"]
