"""Finding the Ollama of this machine, and starting it."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from services.http import is_loopback
from services.i18n import N_
from services.ollama.client import OllamaClient
from services.ollama.errors import DOWNLOAD_PAGE, OllamaAbsentError, OllamaError, disk_full
from services.ollama.transfer import disk_needed

START_TIMEOUT_S = 90.0
"""A virus scan of the GPU libraries can take that long at the first start."""
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\{44E83376-CE68-45EB-8FC1-393500EB558C}_is1"


class NotInstalledError(OllamaError):
    """There is no Ollama on this machine."""

    def __init__(self) -> None:
        super().__init__(
            N_("Ollama is not installed on this computer."),
            way_out=N_("Get it from {page}; it is free and takes two minutes."),
            action="ollama.download",
            page=DOWNLOAD_PAGE,
        )


@dataclass(frozen=True)
class Found:
    """What was found. version: '' unless one answers at url. program: of this machine, None if none was found."""

    url: str
    version: str = ""
    program: Path | None = None

    @property
    def running(self) -> bool:
        """Whether an Ollama answers at url."""
        return bool(self.version)


def find(host: str | None = None) -> Found:
    """Look for an Ollama: one that answers at host (None: OLLAMA_HOST or the usual port), then an installed program."""
    with OllamaClient(host) as client:
        try:
            version = client.version()
        except OllamaError:
            version = ""
        return Found(client.url, version, find_program())


def find_program() -> Path | None:
    """The program `ollama`: on PATH, else in its usual folder, else where its uninstaller says."""
    if on_path := shutil.which("ollama"):
        return Path(on_path)
    return next((p for p in _usual_places() if p.is_file()), None)


def _usual_places() -> list[Path]:
    if sys.platform == "win32":
        places = [Path(os.environ.get("LOCALAPPDATA", "")) / "Programs" / "Ollama" / "ollama.exe"]
        if folder := _install_location():
            places.append(Path(folder) / "ollama.exe")
        return places
    if sys.platform == "darwin":
        return [Path("/Applications/Ollama.app/Contents/Resources/ollama"), Path("/usr/local/bin/ollama")]
    return [Path("/usr/local/bin/ollama"), Path("/usr/bin/ollama"), Path.home() / ".local/bin/ollama"]


def _install_location() -> str:
    """The folder that Ollama's installer wrote into the registry, or ''."""
    if sys.platform != "win32":
        return ""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _UNINSTALL) as key:
            return str(winreg.QueryValueEx(key, "InstallLocation")[0])
    except OSError:
        return ""


def start(host: str | None = None, *, timeout_s: float = START_TIMEOUT_S) -> Found:
    """Start the Ollama of this machine, unless one answers, and wait until it does.

    The tray program is preferred where there is one, since the person's own settings apply then. NotInstalledError if
    there is none to start; OllamaError if it does not answer within timeout_s (seconds).
    """
    found = find(host)
    if found.running:
        return found
    if found.program is None:
        raise NotInstalledError
    for command in start_commands(found.program):
        if _launch(command):
            break
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        found = find(host)
        if found.running:
            return found
        time.sleep(0.2)
    raise does_not_answer(found.url)


def does_not_answer(url: str) -> OllamaError:
    """The error of an Ollama that was started in vain."""
    return OllamaError(
        N_("Ollama was started but does not answer at {url}."),
        way_out=N_("Look at its own window or log, then try again."),
        url=url,
    )


def start_commands(program: Path) -> list[list[str]]:
    """Ways to start it, best first. One that cannot be run (or says at once that it failed) gives way to the next."""
    serve = [str(program), "serve"]
    if sys.platform == "win32":
        tray = program.with_name("ollama app.exe")
        return [[str(tray), "--hide", "--fast-startup"], serve] if tray.is_file() else [serve]
    if sys.platform == "darwin":
        return [["open", "-j", "-a", "Ollama"], serve] if Path("/Applications/Ollama.app").exists() else [serve]
    unit = any((Path(d) / "ollama.service").exists() for d in ("/etc/systemd/system", "/usr/lib/systemd/system"))
    return [["systemctl", "--no-ask-password", "start", "ollama"], serve] if unit else [serve]


def _launch(command: list[str]) -> bool:
    """Run a starter detached. False if it cannot be run, or ends at once with an error."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=0x08000000 if sys.platform == "win32" else 0,  # CREATE_NO_WINDOW
        )
    except OSError:
        return False
    try:
        code = process.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it serves on without us: nothing is left to wait for
        return True
    return code == 0


def models_folders() -> list[Path]:
    """Where the Ollama of this machine may keep its models. Its environment is not ours, so these are guesses."""
    places = [Path.home() / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models")]
    if chosen := os.environ.get("OLLAMA_MODELS"):
        places.insert(0, Path(chosen))
    return [p for p in places if p.is_dir()]


def check_disk(url: str, size_bytes: int) -> None:
    """OllamaError if the drive of Ollama's models plainly lacks room for a GGUF of that size. Only for this machine.

    Where Ollama keeps its models is a guess: the roomiest of the guesses counts, and without one nothing is checked.
    """
    if not is_loopback(url):
        return
    free = [shutil.disk_usage(p).free for p in models_folders()]
    need = disk_needed(size_bytes)
    if free and max(free) < need:
        raise disk_full(need / 2**30, max(free) / 2**30)


def ensure_running(host: str | None = None) -> Found:
    """The Ollama at host, if it answers; else the one of this machine, started. OllamaAbsentError for a remote one."""
    found = find(host)
    if found.running:
        return found
    if not is_loopback(found.url):
        raise OllamaAbsentError(found.url)
    return start(host)
