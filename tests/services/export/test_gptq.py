"""GPTQ: a folder that loads and answers as the merged model, calibrated on the run's rows; what is refused."""

import json
import sys

import pytest

from services.engine import gptq
from services.engine.rows import write_rows
from services.jobs import events as ev
from services.jobs.job import State
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

pytestmark = pytest.mark.filterwarnings("ignore")  # GPTQModel's and torch's own advice


@pytest.fixture
def run(project: Project, tmp_path):
    """A run whose rows are in its folder."""
    from services.datasets.importing import import_file

    base = make_tiny_model(tmp_path / "base 模型", tokenizer="sample", tied=True)
    file = tmp_path / "rows.jsonl"
    rows = [{"instruction": f"Where is item {i}?", "output": f"It is in box {i}, on the left."} for i in range(12)]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    import_file(project, file)
    recipe = {"model_name_or_path": str(base), "dataset": "rows", "stage": "sft", "cutoff_len": 64}
    job = make_run(project, base, name="Boxes", request=TrainRequest(name="Boxes", recipe=recipe))
    write_rows(project, "rows", None, job.folder / "rows")
    return job


def failure(job) -> str:
    last = job.events()[-1]
    assert isinstance(last, ev.Failed), last
    return f"{last.sentence} {last.way_out}".format(**last.values)


@pytest.mark.skipif(not (gptq.gptq_dir() / "gptqmodel").is_dir(), reason="GPTQModel is not installed here")
def test_a_run_becomes_a_gptq_folder_that_answers_as_the_merged_model(project, run):
    job = export(project, run, target="gptq", name="boxes", options={"bits": 8})
    result = job.summary().result
    assert job.summary().state is State.FINISHED, failure(job)
    folder = project.exports_dir / "boxes-gptq-8"
    assert result["folder"] == str(folder) and result["quant"] == "gptq-8"
    assert (result["bits"], result["group_size"], result["calibration_rows"]) == (8, 64, 12)
    assert result["agreement"] > 0.9, "8 bits change next to nothing"
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["quantization_config"]
    assert (config["quant_method"], config["bits"], config["group_size"]) == ("gptq", 8, 64)
    assert (folder / "chat_template.jinja").read_bytes() == (run.folder / "chat_template.jinja").read_bytes()
    assert "chat_template" not in json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert [p.name for p in project.exports_dir.iterdir()] == [folder.name], "nothing is left lying about"
    steps = [e.id for e in job.events() if isinstance(e, ev.Task) and e.state == "done"]
    assert steps == ["check", "write", "quantise", "verify", "deliver"]
    phases = [e for e in job.events() if isinstance(e, ev.Progress) and "layer" in e.phase]
    assert phases[-1].step == phases[-1].total == 2


def test_it_is_refused_where_it_cannot_be(project, run, monkeypatch, tmp_path):
    assert "4 or 8 bits, not 3" in failure(export(project, run, target="gptq", options={"bits": 3}))
    monkeypatch.setenv("TUNESMITH_GPTQ", str(tmp_path / "nowhere"))
    said = failure(export(project, run, target="gptq"))
    assert "GPTQModel is not installed" in said and "health page" in said
    assert not project.exports_dir.exists() or not any(project.exports_dir.iterdir())


def test_a_run_without_its_rows_says_so(project, run, monkeypatch, tmp_path):
    (tmp_path / "there" / "gptqmodel").mkdir(parents=True)
    monkeypatch.setenv("TUNESMITH_GPTQ", str(tmp_path / "there"))
    for path in (run.folder / "rows").iterdir():
        path.unlink()
    assert "does not have its rows any more" in failure(export(project, run, target="gptq"))
    assert "gptqmodel" not in sys.modules or gptq.gptq_dir().is_dir()


def test_rows_to_calibrate_on():
    long, short = list(range(2000)), [1, 2, 3]
    chosen = gptq.calibration([long, short, list(range(20))])
    assert sorted(map(len, chosen)) == [20, 1024]
    assert gptq.calibration([list(range(20))] * 300, count=128) == [list(range(20))] * 128
    with pytest.raises(gptq.GptqError, match="no row of 10 tokens"):
        gptq.calibration([short])


@pytest.mark.parametrize(
    ("config", "group"),
    [
        ({"hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32}, 128),
        ({"hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9}, 64),
        ({"hidden_size": 96, "intermediate_size": 256, "num_attention_heads": 3}, 32),
        ({"hidden_size": 40, "intermediate_size": 80, "num_attention_heads": 4}, -1),
        (
            {"text_config": {"hidden_size": 256, "intermediate_size": 512, "num_attention_heads": 4, "head_dim": 32}},
            128,
        ),
    ],
)
def test_groups_divide_every_row(tmp_path, config, group):
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert gptq.group_size(tmp_path) == group
