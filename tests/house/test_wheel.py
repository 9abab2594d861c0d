"""The wheel holds the whole program and works from where it is unpacked, resources included."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    (found,) = out.glob("*.whl")
    return found


def test_it_holds_the_program_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"desktop", "services", "resources"}
    shipped = {p.relative_to(ROOT).as_posix() for p in (ROOT / "resources").rglob("*") if p.is_file()}
    assert {name for name in shipped if "__pycache__" not in name} <= set(names)


def test_it_works_where_it_is_unpacked(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "安装 here"
    zipfile.ZipFile(wheel).extractall(folder)
    code = """
import services
from services.resources import resource
from services.i18n import set_language, tr
from services.cli.main import main
assert services.__file__.startswith(__import__("sys").argv[1]), services.__file__
assert resource("sample", "who-are-you.csv").is_file()
set_language("zh")
assert tr("Downloading") == "正在下载"
raise SystemExit(main(["--version"]))
"""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tunesmith, version ")
