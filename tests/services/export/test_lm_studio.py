"""LM Studio: its folder found wherever it keeps it, the file in its order of folders, nothing half there."""

import json
from pathlib import Path

import pytest

from services.export.targets import lm_studio, targets
from services.export.trained import ExportError
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.projects.project import Project
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's and the converter's own advice


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home folder without LM Studio."""
    folder = tmp_path / "home 家"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture
def run(project: Project, tiny_base: Path) -> Job:
    return make_run(project, tiny_base, name="Greet 你好")


def refusal(**options: object) -> str:
    with pytest.raises(ExportError) as error:
        targets.get("lm-studio").check({"title": "Greet", "quant": "q8_0", **options})
    return str(error.value)


def test_its_folder_is_found(home: Path) -> None:
    assert lm_studio.models_folder() is None
    (home / ".lmstudio").mkdir()
    assert lm_studio.models_folder() == home / ".lmstudio" / "models"
    (home / ".cache" / "lm-studio").mkdir(parents=True)  # an older one, still in use
    assert lm_studio.models_folder() == home / ".cache" / "lm-studio" / "models"
    moved = home / "D" / "LM 工作室"
    moved.mkdir(parents=True)
    (home / ".lmstudio-home-pointer").write_text(f"{moved}\n", encoding="utf-8")
    assert lm_studio.models_folder() == moved / "models"
    (moved / "settings.json").write_text(json.dumps({"downloadsFolder": str(home / "models")}), encoding="utf-8")
    assert lm_studio.models_folder() == home / "models"
    for broken in ('{"downloadsFolder": null}', "[]", "{", ""):
        (moved / "settings.json").write_text(broken, encoding="utf-8")
        assert lm_studio.models_folder() == moved / "models"
    (home / ".lmstudio-home-pointer").write_text(str(home / "gone"), encoding="utf-8")
    assert lm_studio.models_folder() == home / ".cache" / "lm-studio" / "models"


def test_without_it_there_is_a_way_out(home: Path) -> None:
    assert refusal() == (
        "LM Studio was not found on this PC. "
        "Install it from lmstudio.ai and open it once, or export a GGUF file and open that in it."
    )
    assert refusal(folder=str(home / "none")).startswith(f"There is no folder {home / 'none'}.")
    targets.get("lm-studio").check({"title": "Greet", "quant": "q8_0", "folder": str(home)})


def test_the_file_lies_where_it_looks(project: Project, run: Job, home: Path) -> None:
    (home / ".lmstudio").mkdir()
    job = export(project, run, target="lm-studio", quant="q8_0", name="My Greeter")
    summary = job.summary()
    assert summary.state is State.FINISHED, summary.failure
    place = home / ".lmstudio" / "models" / "tunesmith" / "my-greeter" / "my-greeter-q8_0.gguf"
    assert summary.result["gguf"] == str(place) and summary.result["lm_studio_model"] == "tunesmith/my-greeter"
    made = project.exports_dir / "my-greeter-q8_0.gguf"
    assert place.read_bytes() == made.read_bytes()
    assert Path(place).samefile(made)  # one drive: no room taken twice
    assert [p.name for p in place.parent.iterdir()] == [place.name]

    again = export(project, run, target="lm-studio", quant="q8_0", name="My Greeter")
    failed = again.summary().failure
    assert failed is not None and failed.sentence.format(**failed.values) == (
        "LM Studio already has a model tunesmith/my-greeter (my-greeter-q8_0.gguf)."
    )
    assert failed.action == "export.overwrite"
    assert not [e for e in again.events() if isinstance(e, ev.Task) and e.id == "write"]  # before anything slow
    over = export(project, run, target="lm-studio", quant="q8_0", name="My Greeter", options={"overwrite": True})
    assert over.summary().state is State.FINISHED
    other = export(project, run, target="lm-studio", quant="f16", name="My Greeter")
    assert other.summary().state is State.FINISHED
    assert sorted(p.name for p in place.parent.iterdir()) == ["my-greeter-f16.gguf", "my-greeter-q8_0.gguf"]


def test_on_another_drive_it_is_copied(project: Project, run: Job, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_second_name(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(lm_studio.os, "link", no_second_name)
    job = export(project, run, target="lm-studio", quant="q8_0", options={"folder": str(home)})
    place = Path(str(job.summary().result["gguf"]))
    assert place.parent.parent == home / "tunesmith" and place.stem == "greet-你好-q8_0"
    assert not Path(place).samefile(project.exports_dir / place.name)
    assert place.read_bytes() == (project.exports_dir / place.name).read_bytes()
    phases = [e.phase for e in job.events() if isinstance(e, ev.Progress)]
    assert phases[-1] == "Copying the model to LM Studio"


@pytest.mark.parametrize("command", ["stop", "pause"])
def test_a_copy_that_is_stopped_leaves_nothing(
    project: Project, run: Job, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def asked_meanwhile(*_: object) -> None:
        project.jobs()[-1].ask(command)
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(lm_studio.os, "link", asked_meanwhile)
    job = export(project, run, target="lm-studio", quant="q8_0", options={"folder": str(home)})
    assert job.summary().state is State.STOPPED
    assert not [path for path in (home / "tunesmith").rglob("*") if path.is_file()]


def test_a_full_drive_and_a_folder_that_cannot_be_written_are_sentences(
    project: Project, run: Job, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "tunesmith").write_text("a file where a folder should be", encoding="utf-8")
    failed = export(project, run, target="lm-studio", quant="q8_0", options={"folder": str(home)}).summary().failure
    assert failed is not None and failed.sentence.startswith("The model could not be put into {folder}")
    (home / "tunesmith").unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lm_studio.os, "link", full)
    monkeypatch.setattr(lm_studio, "_copy", full)
    failed = export(project, run, target="lm-studio", quant="q8_0", options={"folder": str(home)}).summary().failure
    assert failed is not None and failed.sentence.startswith("This needs {need_gib} GiB in {folder}")
    assert not [path for path in (home / "tunesmith").rglob("*") if path.is_file()]


def test_the_command_line_knows_it(project: Project, run: Job, home: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "services.cli.main", "export", str(project.folder), run.id, "--to", "lm-studio"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr.split(". ")[0]) == (1, "LM Studio was not found on this PC")
