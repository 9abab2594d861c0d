"""The start in a process of its own: light, silent, and clean at its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.projects.project import Project
from tests.benchmarks.window_start import start_once


def _run(arguments: list[str], data_dir: Path) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "TUNESMITH_DATA": str(data_dir),
        "QT_QPA_PLATFORM": "offscreen",
        "TUNESMITH_QUIT_AFTER_START": "1",
    }
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore", *arguments],
        env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


def test_start_page_needs_no_training_library_and_no_plots(data_dir: Path) -> None:
    found = start_once(str(data_dir))
    assert found["heavy"] == []
    assert found["rss_mb"] < 200


@pytest.mark.parametrize("how", [["-m", "desktop.app"], ["-m", "services.cli.main"]])
def test_window_opens_and_ends_without_a_word(data_dir: Path, how: list[str]) -> None:
    done = _run(how, data_dir)
    words = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, done.stdout, words) == (0, "", [])
    log = (data_dir / "logs" / "window.log").read_text(encoding="utf-8")
    bad = [line for line in log.splitlines() if " ERROR " in line or " WARNING " in line]
    assert [line for line in bad if "propagateSizeHints" not in line] == []


def test_project_on_the_command_line_opens_and_is_reopened(data_dir: Path, project: Project) -> None:
    from services.projects.recent import recent_projects

    assert _run(["-m", "desktop.app", str(project.folder)], data_dir).returncode == 0
    assert [p.folder for p in recent_projects()] == [str(project.folder)]
    ini = (data_dir / "window.ini").read_text(encoding="utf-8")
    assert "last_project" in ini
    assert _run(["-m", "desktop.app"], data_dir).returncode == 0


def test_a_folder_that_is_no_project_still_opens_the_window(data_dir: Path, tmp_path: Path) -> None:
    done = _run(["-m", "desktop.app", str(tmp_path / "nowhere")], data_dir)
    assert done.returncode == 0 and "Traceback" not in done.stderr
