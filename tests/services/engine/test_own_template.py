"""A template of the project's own: trained by, kept with the run, and used from there whatever becomes of the file."""

from pathlib import Path

from services.engine.asked import asked_by_recipe
from services.export.trained import read_run
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.custom import remove_template, save_template
from services.templates.load import load_template
from services.templates.probing import TALK
from tests.helpers.training import add_dataset, case, curve, new_run, rows_of, work_on


def test_the_run_keeps_the_text_that_it_was_trained_with(project: Project, tiny_sample: Path) -> None:
    add_dataset(project, "talk", rows_of(case("C13.cutoff.json")))
    source = load_template("model", tiny_sample).chat_template().replace("assistant\n", "assistant:\n")
    made = save_template("mine", source, project.folder)
    want = load_template("mine.jinja", tiny_sample, project=project.folder).render(TALK, True)
    assert "assistant:\n" in want
    plain = asked_by_recipe(project, Recipe(model_name_or_path=str(tiny_sample), template="mine.jinja"))
    assert plain.template is not None and plain.template.render(TALK, True) == want
    job = new_run(project, tiny_sample, "talk", max_steps=1, template="mine.jinja", cutoff_len=329)
    assert work_on(job) == 0
    assert curve(job)
    save_template("mine", "something else", project.folder, replace=True)
    remove_template(made.name, project.folder)
    trained = read_run(project, job.id)
    assert trained.template is not None and trained.template.render(TALK, True) == want
