"""The locked packages: what is installed is what is locked, and none steps on another or on us."""

import re
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"desktop", "services", "resources", "tests", "installers"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    text = (ROOT / "installers" / "locks" / "linux-py311.txt").read_text(encoding="utf-8")
    return {normal(name): version for name, version in re.findall(r"^([A-Za-z][\w.\-]*)==(\S+)", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def installed() -> dict[str, metadata.Distribution]:
    return {
        normal(d.metadata["Name"]): d
        for d in metadata.distributions(path=[p for p in sys.path if "site-packages" in p])
    }


def paths_of(distribution: metadata.Distribution) -> set[str]:
    """Paths that a package owns, relative to site-packages; what Python itself writes is left out."""
    found = {str(path).replace("\\", "/") for path in distribution.files or []}
    return {path for path in found if "__pycache__/" not in path}


def test_what_is_installed_is_what_is_locked(installed: dict[str, metadata.Distribution]) -> None:
    wrong = {
        name: (version, installed[name].version if name in installed else None)
        for name, version in locked().items()
        if name not in installed or installed[name].version != version
    }
    assert wrong == {}


def test_every_pin_has_hashes_and_torch_stays_out() -> None:
    text = (ROOT / "installers" / "locks" / "linux-py311.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z])", text.split("\n", 2)[2])
    assert len(blocks) == len(locked()) > 50
    assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert [name for name in locked() if re.match(r"torch$|triton|nvidia-|cuda-", name)] == []


def test_no_two_packages_own_one_path(installed: dict[str, metadata.Distribution]) -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for name in [*locked(), "torch"]:
        for path in paths_of(installed[name]):
            owners[path].append(name)
    assert {path: names for path, names in owners.items() if len(names) > 1} == {}


def test_no_package_takes_a_name_of_ours(installed: dict[str, metadata.Distribution]) -> None:
    taken = {
        (name, path.split("/")[0])
        for name in [*locked(), "torch"]
        for path in paths_of(installed[name])
        if path.split("/")[0].removesuffix(".py") in OURS
    }
    assert taken == set()


def test_the_converters_gguf_is_kept_apart() -> None:
    converter = ROOT / ".venv" / "converter"
    if not converter.is_dir():
        pytest.skip("this environment was not made by installers/dev.py")
    import gguf

    assert not Path(gguf.__file__).is_relative_to(converter)
    assert (converter / "gguf" / "__init__.py").is_file()
