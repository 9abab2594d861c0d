"""installers/dev.py: what can be tried without making an environment."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installers"))

import environment
import lock
import steps
import system

NO_NETWORK = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...: Failed to establish a new "
    "connection: [Errno -3] Temporary failure in name resolution')': /simple/annotated-doc/\n"
    "ERROR: Could not find a version that satisfies the requirement annotated-doc==0.0.7 (from versions: none)\n"
)
WRONG_HASH = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated ..."
NO_VERSION = "ERROR: No matching distribution found for torch==9.9\n"
NO_DISK = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (NO_NETWORK, "The package index cannot be reached."),
        (WRONG_HASH, "A downloaded package is not the one that was locked"),
        (NO_VERSION, "does not offer torch==9.9 for this Python"),
        (NO_DISK, "The disk is full."),
    ],
)
def test_pips_failures_are_said_in_a_sentence(output: str, sentence: str) -> None:
    assert sentence in (steps.explain(output) or "")


def test_an_unknown_failure_names_the_last_error_and_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('ERROR: odd', file=sys.stderr); print('hint'); sys.exit(3)"]
    with pytest.raises(steps.SetupError, match="ERROR: odd") as caught:
        steps.quietly(command, tmp_path / "log.txt")
    assert str(tmp_path / "log.txt") in str(caught.value)
    assert "ERROR: odd" in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_missing_packages_without_rights_give_the_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.shutil, "which", lambda name: "/usr/bin/apt-get")
    monkeypatch.setattr(system, "_may_install", lambda: None)
    with pytest.raises(steps.SetupError) as caught:
        system.need(["python3-venv", "libegl1"], tmp_path / "log.txt")
    assert str(caught.value).splitlines()[-1] == (
        "  sudo apt-get install -y --no-install-recommends python3-venv libegl1"
    )


def test_here_nothing_is_missing() -> None:
    assert system.missing() == []


def test_torchs_cuda_parts_never_enter_the_lock() -> None:
    draft = (
        "# made by a tool\nnumpy==2.4.6 \\\n    --hash=sha256:aa\n    # via torch\n"
        "nvidia-cudnn-cu13==9.1 \\\n    --hash=sha256:bb\ntorch==2.13.0 \\\n    --hash=sha256:cc\n"
        "torchmetrics==1.0 \\\n    --hash=sha256:dd\ntriton==3.0 \\\n    --hash=sha256:ee\n\n"
        "# WARNING: not pinned\n# torch\n"
    )
    text = lock.tidy(draft)
    assert lock.pins(text) == {"numpy": "2.4.6", "torchmetrics": "1.0"}
    assert "WARNING" not in text and "# via torch" in text and text.endswith("\n")


def test_tidying_twice_changes_nothing() -> None:
    text = environment.LOCK.read_text(encoding="utf-8").split("\n", 2)[2]
    assert lock.tidy(text) == text


def test_the_lock_names_no_place() -> None:
    for path in environment.LOCKS.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in ("://", "--index-url", "--find-links", str(ROOT)) if word in text]


@pytest.mark.parametrize("arguments", [["--help"], ["lint", "--help"], ["lock", "--help"]])
def test_help_needs_nothing_installed(arguments: list[str]) -> None:
    """-S: no site-packages, the standard library alone."""
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "installers" / "dev.py"), *arguments],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0 and "usage: dev.py" in done.stdout, done.stderr


def test_an_unknown_command_is_wrong_usage() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "installers" / "dev.py"), "dance"], capture_output=True)
    assert done.returncode == 2


def test_ci_runs_what_the_readme_names() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().endswith("exec python3 installers/dev.py test")
