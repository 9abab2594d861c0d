"""NVIDIA cards as `nvidia-smi` tells them: a program that comes with every driver, on Windows and Linux.

Source: `nvidia-smi --help-query-gpu`; the CSV has one line a card, and `[N/A]` where a card does not say.
"""

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from services.hardware.card import Card, has_bf16
from services.i18n import N_

_FIELDS = (
    "index",
    "uuid",
    "name",
    "driver_version",
    "memory.total",
    "memory.used",
    "temperature.gpu",
    "utilization.gpu",
    "power.draw",
)
_CAPABILITY = "compute_cap"  # drivers before 2021 do not know it
_TIMEOUT_S = 10.0
Runner = Callable[[list[str]], "Answer"]


class Answer:
    """What a program said. code: exit status, or None if it could not be started or did not end in time."""

    def __init__(self, code: int | None, output: str) -> None:
        self.code = code
        self.output = output


class NoCards(Exception):
    """Why no NVIDIA card can be used: an N_-marked sentence and a way out."""

    def __init__(self, sentence: str, way_out: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.way_out = way_out


def run_program(arguments: list[str]) -> Answer:
    """Run a program without a window, with a time limit; its output as text."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_S,
            creationflags=flags,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Answer(None, "")
    return Answer(done.returncode, done.stdout.decode("utf-8", errors="replace"))


def nvidia_smi() -> str:
    """Path of nvidia-smi, or '' if there is none."""
    found = shutil.which("nvidia-smi")
    if found:
        return found
    for place in (Path("C:/Windows/System32/nvidia-smi.exe"), Path("/usr/lib/wsl/lib/nvidia-smi")):
        if place.is_file():
            return str(place)
    return ""


def nvidia_cards(run: Runner = run_program, program: str | None = None) -> list[Card]:
    """All NVIDIA cards, in their own order. NoCards with the reason if there is none that can be asked."""
    program = nvidia_smi() if program is None else program
    if not program:
        raise NoCards(
            N_("No NVIDIA driver is installed."),
            N_(
                "With an NVIDIA card: install its driver from nvidia.com. Without one, small models train on the "
                "processor."
            ),
        )
    for fields in ((*_FIELDS, _CAPABILITY), _FIELDS):
        answer = run([program, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"])
        if answer.code == 0:
            cards = parse_cards(answer.output, fields)
            if cards:
                return cards
            break
        if "not a valid field" not in answer.output:
            break
    if answer.code is None:
        raise NoCards(
            N_("The NVIDIA driver does not answer."), N_("Restart the PC; if it stays so, install the driver anew.")
        )
    if "couldn't communicate" in answer.output or "Driver/library version mismatch" in answer.output:
        raise NoCards(
            N_("The NVIDIA driver is installed but not running."),
            N_("Restart the PC. After a driver update that is always needed once."),
        )
    raise NoCards(
        N_("The NVIDIA driver finds no card."), N_("Check that the card is seated and enabled in the device manager.")
    )


def parse_cards(output: str, fields: tuple[str, ...]) -> list[Card]:
    """Cards of nvidia-smi's CSV without header and units. Lines that are no such line are skipped."""
    cards: list[Card] = []
    for row in csv.reader(output.splitlines(), skipinitialspace=True):
        if len(row) != len(fields):
            continue
        value = dict(zip(fields, (cell.strip() for cell in row), strict=True))
        total = _number(value["memory.total"])
        if total is None:
            continue
        capability = _number(value.get(_CAPABILITY, "")) or 0.0
        cards.append(
            Card(
                kind="cuda",
                name=value["name"],
                total_gib=total / 1024,
                used_gib=(_number(value["memory.used"]) or 0.0) / 1024,
                index=int(_number(value["index"]) or 0),
                uuid=value["uuid"],
                driver=value["driver_version"],
                compute_capability=capability,
                bf16=has_bf16(capability) if capability else _bf16_by_name(value["name"]),
                temperature_c=_number(value["temperature.gpu"]),
                utilization_pct=_number(value["utilization.gpu"]),
                power_w=_number(value["power.draw"]),
            )
        )
    return cards


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # [N/A], [Not Supported], [Unknown Error]
        return None


def _bf16_by_name(name: str) -> bool:
    """For drivers that do not tell the compute capability: the series that have bf16."""
    return any(series in name for series in ("RTX 30", "RTX 40", "RTX 50", "A100", "H100", "H200", "RTX A", "L4"))
