"""Finding Ollama on this machine, and starting it: a program of ours stands for it on PATH."""

import socket
import sys
from pathlib import Path

import psutil
import pytest

from services.ollama import find as finder
from services.ollama.errors import OllamaAbsentError, OllamaError
from tests.helpers.ollama_contract import ollama_contract

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in program is a script")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH without ollama; programs put into the folder are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finder, "_usual_places", list)
    monkeypatch.setattr(finder, "start_commands", lambda program: [[str(program), "serve"]])
    return tmp_path


def put_program(folder: Path, script: str) -> Path:
    program = folder / "ollama"
    program.write_text(f"#!{sys.executable}\n{script}", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_one_that_answers_is_found(nothing_installed: Path) -> None:
    with ollama_contract() as contract:
        found = finder.find(contract.url)
        assert (found.running, found.version, found.program) == (True, "0.32.15", None)
        assert finder.ensure_running(contract.url) == found


def test_none_at_all(nothing_installed: Path) -> None:
    with pytest.raises(finder.NotInstalledError, match="not installed on this computer") as caught:
        finder.start(f"127.0.0.1:{free_port()}")
    assert "https://ollama.com/download" in caught.value.way_out


def test_a_remote_one_is_never_started(nothing_installed: Path) -> None:
    with pytest.raises(OllamaAbsentError):
        finder.ensure_running("203.0.113.1:1")


@posix
def test_an_installed_one_is_started_and_waited_for(nothing_installed: Path) -> None:
    port = free_port()
    program = put_program(
        nothing_installed,
        "import sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import pathlib, tempfile, uvicorn\n"
        "from tests.helpers.ollama_contract import Contract, make_app\n"
        "assert sys.argv[1:] == ['serve']\n"
        "time.sleep(0.3)\n"
        f"uvicorn.run(make_app(Contract(pathlib.Path(tempfile.mkdtemp()))), port={port}, log_level='critical')\n",
    )
    try:
        found = finder.start(f"127.0.0.1:{port}", timeout_s=30)
        assert (found.version, found.program) == ("0.32.15", program)
    finally:
        for process in psutil.Process().children():
            if process.status() != psutil.STATUS_ZOMBIE and str(program) in process.cmdline():
                process.kill()
                process.wait()


@posix
def test_one_that_does_not_come_up_is_said(nothing_installed: Path) -> None:
    put_program(nothing_installed, "raise SystemExit(1)\n")
    with pytest.raises(OllamaError, match="was started but does not answer"):
        finder.start(f"127.0.0.1:{free_port()}", timeout_s=0.5)


def test_the_drive_is_looked_at_before_an_upload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path))
    monkeypatch.setattr(finder, "models_folders", lambda: [tmp_path])
    finder.check_disk("http://127.0.0.1:11434", 1 << 20)
    finder.check_disk("http://203.0.113.1:11434", 1 << 60)  # a drive elsewhere cannot be looked at
    with pytest.raises(OllamaError, match=r"needs about 2147483648\.1 GiB for this model; its drive has"):
        finder.check_disk("http://127.0.0.1:11434", 1 << 60)


def test_models_folders_are_those_that_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path))
    assert finder.models_folders()[0] == tmp_path
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "gone"))
    assert tmp_path / "gone" not in finder.models_folders()


def test_the_tray_program_is_preferred_on_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    program = tmp_path / "ollama.exe"
    assert finder.start_commands(program) == [[str(program), "serve"]]
    (tmp_path / "ollama app.exe").touch()
    assert finder.start_commands(program)[0] == [str(tmp_path / "ollama app.exe"), "--hide", "--fast-startup"]
