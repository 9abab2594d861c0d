"""One template, many places: what a run was trained with is what its files, its GGUF and its server render."""

from pathlib import Path

import pytest

from services.engine.server_models import Models
from services.export.gguf_file import open_gguf
from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.projects.project import Project
from services.templates.load import load_template
from services.workers.export import work as export_work
from services.workers.shell import run_job
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.training import add_dataset, new_run, number_rows, work_on

TALKS = [
    [{"role": "user", "content": "Tea?"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "茶 {{ braces }} {% raw %}"}],
    [
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Milk?"},
    ],
]
OWN = (
    "{% for m in messages %}[[{{ m.role }}]]\r\n{{ m.content }}{% if m.role == 'assistant' %}<|im_end|>{% endif %}\n"
    "{% endfor %}{% if add_generation_prompt %}[[assistant]]\r\n{% endif %}"
)


@pytest.mark.parametrize("name", ["", "alpaca", "llama3", "qwen"])
def test_what_was_trained_is_what_is_shipped_and_served(project: Project, tmp_path: Path, name: str) -> None:
    model = make_tiny_model(tmp_path / "base 模型", tokenizer="sample", tied=True, template="" if name else OWN)
    trained = load_template(name, model)
    prompts = [trained.render_messages(talk) for talk in TALKS]
    add_dataset(project, "rows", number_rows(4))
    run = new_run(project, model, max_steps=1, template=name)
    assert work_on(run) == 0

    shipped = (run.folder / "chat_template.jinja").read_bytes().decode("utf-8")
    assert shipped == trained.chat_template()
    as_others_do = load_template("model", run.folder)  # as any other program reads the run
    assert [as_others_do.render_messages(talk) for talk in TALKS] == prompts

    models = Models(project, run=run.id)
    models.load()
    with models.use(models.names()[1]) as ready:
        assert ready.template is not None
        assert [ready.template.render_messages(talk) for talk in TALKS] == prompts
        assert set(trained.stop_token_ids) <= set(ready.stop_token_ids)

    job = Job.create(project.jobs_dir, ExportRequest(run=run.id, quant="f16"))
    assert run_job(job, export_work) == 0
    with open_gguf(next(project.exports_dir.glob("*.gguf"))) as file:
        comment, _, inside = file.values()["tokenizer.chat_template"].partition("#}")
    assert comment.startswith("{#") and inside == shipped
