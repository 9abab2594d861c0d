"""The processor, main memory and disks of this machine."""

import functools
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.hardware.card import GIB, Card

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")
_WINDOWS_FEATURES = {"avx2": 40, "avx512f": 41}  # IsProcessorFeaturePresent; it does not tell bf16 or AMX


@dataclass(frozen=True)
class Processor:
    """cores: real ones. threads: what the system counts. flags: those of avx2, avx512f, avx512_bf16, amx_* present."""

    name: str
    cores: int
    threads: int
    flags: tuple[str, ...]

    @property
    def bf16(self) -> bool:
        """Whether it multiplies brain floats natively."""
        return "avx512_bf16" in self.flags or "amx_bf16" in self.flags


@functools.cache
def processor() -> Processor:
    """This machine's processor."""
    name, flags = _linux_cpuinfo(Path("/proc/cpuinfo")) if sys.platform == "linux" else ("", set())
    if sys.platform == "win32":
        flags = _windows_flags()
    threads = psutil.cpu_count() or 1
    return Processor(
        name=name or platform.processor() or platform.machine(),
        cores=psutil.cpu_count(logical=False) or threads,
        threads=threads,
        flags=tuple(flag for flag in _FLAGS if flag in flags),
    )


def memory_gib() -> tuple[float, float]:
    """Main memory: (all of it, free for programs) in GiB."""
    found = psutil.virtual_memory()
    return found.total / GIB, found.available / GIB


def disk_free_gib(folder: Path) -> float:
    """Free space of the drive that a folder is on (or would be on), in GiB. OSError if no parent exists."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free / GIB


def processor_card() -> Card:
    """The processor as a place to train, with main memory as its memory."""
    total, free = memory_gib()
    found = processor()
    return Card(kind="cpu", name=found.name, total_gib=total, used_gib=max(0.0, total - free), bf16=found.bf16)


def _linux_cpuinfo(path: Path) -> tuple[str, set[str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", set()
    name, flags = "", set[str]()
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name" and not name:
            name = value.strip()
        elif key.strip() in ("flags", "Features"):
            flags = set(value.split())
            break
    return name, flags


def _windows_flags() -> set[str]:
    import ctypes

    has = ctypes.windll.kernel32.IsProcessorFeaturePresent  # type: ignore[attr-defined,unused-ignore]
    return {name for name, number in _WINDOWS_FEATURES.items() if has(number)}
