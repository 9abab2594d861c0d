"""tunesmith quantise and tunesmith export, as a person or a script calls them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from services.cli.main import main
from services.jobs.queue import waiting
from services.projects.project import Project
from tests.helpers.quant_models import write_gguf
from tests.helpers.tiny_runs import make_run


@pytest.fixture
def source(tmp_path) -> Path:
    values = np.random.default_rng(0).standard_normal((16, 256)).astype(np.float16)
    return write_gguf(tmp_path / "in 文件.gguf", {"blk.0.ffn_up.weight": values})


def test_quantise_prints_one_object(source, capsys):
    out = source.with_name("out.gguf")
    assert main(["quantise", str(source), str(out), "--quant", "Q8_0", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bytes"] == out.stat().st_size and said["quant"] == "q8_0" and said["types"] == {"Q8_0": 1}
    assert main(["quantise", str(source), str(out)]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["quantise", str(source), str(out), "--quant", "q4_k_m", "--force"]) == 0
    assert str(out) in capsys.readouterr().out


def test_quantise_says_what_is_wrong_in_one_sentence(source, tmp_path, capsys):
    assert main(["quantise", str(source), str(tmp_path / "o.gguf"), "--quant", "x"]) == 1
    assert capsys.readouterr().err.startswith("There is no quant called x. Choose one of: f32,")
    source.write_bytes(source.read_bytes()[:600])
    assert main(["quantise", str(source), str(tmp_path / "o.gguf")]) == 1
    assert "is broken" in capsys.readouterr().err
    assert not (tmp_path / "o.gguf").exists()


@pytest.mark.filterwarnings("ignore")
def test_export_runs_as_a_job_of_its_own_process(tmp_path, tiny_base, data_dir):
    project = Project.create(tmp_path / "我的 project")
    run = make_run(project, tiny_base)
    command = [sys.executable, "-m", "services.cli.main", "export", str(project.folder), run.id]
    done = subprocess.run(
        [*command, "--quant", "q8_0", "--name", "Named", "--json"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["type"] == "finished"
    made = Path(events[-1]["result"]["gguf"])
    assert made == project.exports_dir / "named-q8_0.gguf" and made.is_file()
    assert {e["id"] for e in events if e["type"] == "task"} == {"check", "write", "verify", "deliver"}
    assert waiting() == []


def test_export_refuses_wrong_usage(tmp_path, tiny_base, capsys):
    project = Project.create(tmp_path / "p")
    assert main(["export", str(project.folder), "1", "--to", "moon"]) == 2
    assert "known: folder, gguf" in capsys.readouterr().err
    assert main(["export", str(project.folder), "1", "--quant", "q9"]) == 2
    assert main(["export", str(project.folder), "1"]) == 1
    assert "no job" in capsys.readouterr().err
    assert project.jobs() == []


@pytest.mark.filterwarnings("ignore")
def test_export_says_why_it_failed(tmp_path, tiny_base):
    project = Project.create(tmp_path / "p")
    run = make_run(project, tiny_base)
    (run.folder / "adapter_config.json").unlink()
    command = [sys.executable, "-m", "services.cli.main", "export", str(project.folder), run.id]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert f"Run {run.id} has no trained weights yet. Let it finish, or choose a checkpoint." in done.stderr
