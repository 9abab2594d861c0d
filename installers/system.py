"""What must come from the operating system: the venv module, what Qt loads, and OpenMP for llama.cpp.

On Debian and its kin apt installs what is missing when it may (root, or sudo that asks nothing); otherwise the one
line to run is printed. Elsewhere only the venv module is checked.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from steps import SetupError, quietly, step

LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libgthread-2.0.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-xinerama0": "libxcb-xinerama.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libgomp1": "libgomp.so.1",
}
"""Debian package -> the shared library by which its presence is known (names differ between releases)."""

_LOADER = "import ctypes,sys\nfor n in sys.argv[1:]:\n try: ctypes.CDLL(n)\n except OSError: print(n)"


def missing_libraries(python: str = sys.executable) -> list[str]:
    """Debian packages of the libraries that cannot be loaded here, found by loading them in another process."""
    if not sys.platform.startswith("linux"):
        return []
    found = subprocess.run([python, "-c", _LOADER, *LIBRARIES.values()], capture_output=True, text=True, check=True)
    absent = set(found.stdout.split())
    packages = [package for package, library in LIBRARIES.items() if library in absent]
    if not any(Path(folder).is_dir() and any(Path(folder).rglob("*.[to]t[fc]")) for folder in _FONT_FOLDERS):
        packages.append("fonts-dejavu-core")  # without any font Qt draws empty boxes
    return packages


_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".local/share/fonts"))


def missing() -> list[str]:
    """Debian packages that are missing: Python's venv module, which Debian ships apart, and shared libraries."""
    has_venv = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    return [*([] if has_venv else ["python3-venv"]), *missing_libraries()]


def need(packages: list[str], log: Path) -> None:
    """Have apt install packages, or stop with the one line that the person can run."""
    if not packages:
        return
    why = "Tunesmith needs system packages that are missing here."
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        raise SetupError(f"{why} This system has no apt; install what it calls: {' '.join(packages)}")
    prefix = _may_install()
    if prefix is None:
        raise SetupError(f"{why} Run this once, then the same command again:\n  sudo {' '.join(line)}")
    with step(f"System packages: {' '.join(packages)}"):
        environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
        try:
            quietly([*environment, *line], log)
        except SetupError:  # a fresh image has no package lists yet
            quietly([*environment, "apt-get", "update"], log)
            quietly([*environment, *line], log)


def _may_install() -> list[str] | None:
    """What to put before apt-get: nothing as root, sudo where it asks nothing, None where neither holds."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None
