"""Who may know whom: the contracts of pyproject.toml hold, and cover every room."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEARNS = {"engine", "workers"}
"""The rooms that may know torch and its kin."""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")


def test_the_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout


def test_the_contracts_cover_every_room() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = next(c for c in contracts if c["name"].startswith("training libraries"))["source_modules"]
    rooms = {p.stem for p in (ROOT / "services").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert {f"services.{room}" for room in rooms - LEARNS - {"__init__"}} == set(named)


def test_qt_in_services_is_qtcore_in_one_file() -> None:
    pattern = re.compile(r"^\s*(?:from|import)\s+(PySide6\S*|shiboken6|pyqtgraph|qtpy|qtawesome)", re.MULTILINE)
    found = {
        (path.relative_to(ROOT).as_posix(), module)
        for path in (ROOT / "services").rglob("*.py")
        for module in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert found == {("services/jobs/supervisor.py", "PySide6.QtCore")}


@pytest.mark.parametrize(
    "module",
    [
        "services.jobs.job",
        "services.jobs.journal",
        "services.jobs.events",
        "services.jobs.queue",
        "services.jobs.keeper",
        "services.recipes",
        "services.datasets.store",
        "services.templates",
        "services.catalogue",
        "services.cli.main",
        "services.workers.shell",
    ],
)
def test_works_without_qt_and_without_torch(module: str) -> None:
    done = run_python(
        "import sys\n"
        "for name in ('PySide6', 'shiboken6', 'torch', 'transformers', 'datasets'): sys.modules[name] = None\n"
        f"import {module}"
    )
    assert done.returncode == 0, done.stderr


def test_the_window_never_loads_torch() -> None:
    done = run_python(
        "import pkgutil, importlib, sys, desktop\n"
        "for m in pkgutil.walk_packages(desktop.__path__, 'desktop.'): importlib.import_module(m.name)\n"
        "heavy = {'torch', 'transformers', 'trl', 'peft', 'datasets', 'bitsandbytes'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert done.returncode == 0, done.stderr
