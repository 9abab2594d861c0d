"""Renaming, copying, removing and bringing back whole data sets."""

from pathlib import Path

import pytest

from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from services.datasets.storefile import lock_path
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.projects.dataset_files import (
    bring_back,
    copy_dataset,
    empty_trash,
    remove_dataset,
    rename_dataset,
    trash,
)
from services.projects.project import Project
from services.recipes import Recipe, read_recipe, save_recipe
from services.recipes.file import recipe_data


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.create(tmp_path / "我的 project")
    with DatasetStore.create(made.dataset_path("support")) as store:
        store.insert_rows(0, [{"q": "1"}, {"q": "2"}])
        store.save_version("first")
        store.set_cells([(1, "q", "one")])
    return made


def texts(project: Project, name: str) -> list[str]:
    with DatasetStore.open(project.dataset_path(name), read_only=True) as store:
        return [row.values["q"] for row in store.rows()]


def test_renaming_takes_along_what_lies_beside_and_the_recipe(project: Project) -> None:
    (project.datasets_dir / "support.sqlite.lengths").write_text("counted", encoding="utf-8")
    (project.folder / "recipe.yaml").write_text(
        save_recipe(Recipe(dataset="other,support", eval_dataset="support")), encoding="utf-8"
    )
    rename_dataset(project, "support", "帮助 desk")
    assert project.dataset_names() == ["帮助 desk"] and texts(project, "帮助 desk") == ["one", "2"]
    assert sorted(p.name for p in project.datasets_dir.iterdir()) == ["帮助 desk.sqlite", "帮助 desk.sqlite.lengths"]
    recipe = read_recipe(recipe_data((project.folder / "recipe.yaml").read_text(encoding="utf-8")))
    assert (recipe.dataset, recipe.eval_dataset) == ("other,帮助 desk", "帮助 desk")
    rename_dataset(project, "帮助 desk", "帮助 Desk")
    assert project.dataset_names() == ["帮助 Desk"]


def test_names_that_are_taken_or_unfit(project: Project) -> None:
    copy_dataset(project, "support", "Other")
    for new, words in (("other", "already a data set"), ("a/b", "cannot be the name"), ("", "cannot be the name")):
        with pytest.raises(DatasetError, match=words):
            rename_dataset(project, "support", new)
    with pytest.raises(DatasetError, match="no data set nope"):
        rename_dataset(project, "nope", "x")


def test_a_set_that_is_open_stays(project: Project) -> None:
    with DatasetStore.open(project.dataset_path("support")) as store:
        for act in (lambda: rename_dataset(project, "support", "x"), lambda: remove_dataset(project, "support")):
            with pytest.raises(DatasetError, match="being edited elsewhere"):
                act()
        assert store.count() == 2
    assert project.dataset_names() == ["support"]


def test_a_set_that_a_waiting_job_reads_stays(project: Project) -> None:
    job = Job.create(project.jobs_dir, TrainRequest(recipe={"dataset": "support"}))
    with pytest.raises(DatasetError, match="about to read support"):
        remove_dataset(project, "support")
    (job.folder / "rows").mkdir()
    (job.folder / "rows" / "support.revision").write_text("1", encoding="utf-8")
    assert remove_dataset(project, "support").name == "support", "it has its rows in its own folder"


def test_a_copy_has_all_edits_and_versions(project: Project) -> None:
    path = copy_dataset(project, "support")
    assert path.stem == "support-copy" and texts(project, "support-copy") == ["one", "2"]
    with DatasetStore.open(path) as copy:
        assert [v.name for v in copy.versions()] == ["first"]
        copy.undo()
        copy.undo()
        assert copy.count() == 0
    assert texts(project, "support") == ["one", "2"]


def test_what_is_removed_comes_back_until_the_trash_is_emptied(project: Project) -> None:
    item = remove_dataset(project, "support")
    assert project.dataset_names() == [] and not lock_path(project.dataset_path("support")).exists()
    assert [i.name for i in trash(project)] == ["support"] and item.size_bytes > 0
    assert bring_back(project, item) == "support" and texts(project, "support") == ["one", "2"]
    assert trash(project) == []
    copy_dataset(project, "support", "x")
    items = [remove_dataset(project, "support"), remove_dataset(project, "x")]
    with DatasetStore.create(project.dataset_path("support")):
        pass
    assert bring_back(project, items[0]) == "support-2", "another set has its name by now"
    assert empty_trash(project) == items[1].size_bytes
    assert trash(project) == [] and empty_trash(project) == 0
