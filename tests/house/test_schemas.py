"""What a newer Tunesmith wrote is refused with a sentence and left as it is; what an older one wrote is migrated."""

import sqlite3
from pathlib import Path

import pytest

from services.cli.main import main
from services.datasets import schema
from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from services.projects import project as projects
from services.projects.project import Project, ProjectError


def test_a_newer_project_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Project.create(tmp_path / "项目 p").folder
    file = folder / "project.toml"
    newer = file.read_text(encoding="utf-8").replace(f"schema = {projects.SCHEMA}", f"schema = {projects.SCHEMA + 1}")
    file.write_text(newer, encoding="utf-8")
    with pytest.raises(ProjectError, match="was made by a newer Tunesmith"):
        Project.open(folder)
    assert main(["jobs", str(folder)]) == 1
    assert capsys.readouterr().err == f"{folder} was made by a newer Tunesmith. Update Tunesmith to open it.\n"
    assert file.read_text(encoding="utf-8") == newer


def test_a_newer_data_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.sqlite"
    DatasetStore.create(path).close()
    _set_version(path, schema.SCHEMA + 1)
    before = path.read_bytes()
    with pytest.raises(DatasetError, match="newer"):
        DatasetStore.open(path)
    assert path.read_bytes() == before


def test_an_older_data_set_is_backed_up_and_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.sqlite"
    with DatasetStore.create(path) as store:
        store.insert_rows(0, [{"a": "one"}])
    monkeypatch.setattr(schema, "SCHEMA", schema.SCHEMA + 1)
    step = "ALTER TABLE versions ADD COLUMN note TEXT"
    monkeypatch.setitem(schema.MIGRATIONS, schema.SCHEMA - 1, lambda connection: connection.execute(step))
    with DatasetStore.open(path) as store:
        assert [row.values for row in store.rows(0, 10)] == [{"a": "one"}]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA,)
        connection.execute("SELECT note FROM versions")
    connection.close()
    (backup,) = tmp_path.glob("*.bak")
    connection = sqlite3.connect(backup)
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA - 1,)
    assert connection.execute("SELECT count(*) FROM rows").fetchone() == (1,)
    connection.close()


def _set_version(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
