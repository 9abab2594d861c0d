"""What lies in a project, read from a real folder."""

from pathlib import Path

from services.chat.conversations import ChatStore, SavedMessage
from services.datasets.importing import import_file
from services.export.deployments import Deployment, record
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.journal import JournalWriter
from services.jobs.kinds.export import ExportRequest
from services.jobs.kinds.train import TrainRequest
from services.projects.contents import count_rows, read_contents
from services.projects.project import Project


def _project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "我的 project", "Lantern")


def test_an_empty_project_has_nothing(tmp_path: Path) -> None:
    found = read_contents(_project(tmp_path))
    assert found.name == "Lantern"
    assert (found.datasets, found.runs, found.deployed, found.chats, found.rows) == ((), (), (), (), 0)


def test_everything_is_found(tmp_path: Path) -> None:
    project = _project(tmp_path)
    table = tmp_path / "问答 qa.csv"
    table.write_text("question,answer\nWho?,Me.\nWhat?,That.\n", encoding="utf-8")
    name = import_file(project, table).name
    for _ in range(2):
        job = Job.create(project.jobs_dir, TrainRequest(name="lora"))
        journal = JournalWriter(job.journal_path)
        journal.append(ev.Started(attempt=1))
        journal.append(ev.Finished(step=3))
        journal.close()
    Job.create(project.jobs_dir, ExportRequest(run="0002"))
    record(project, Deployment("lantern", "http://127.0.0.1:11434", "0002", "q4_k_m", "sha256:00"))
    store = ChatStore(project.chats_dir)
    store.add(store.new(), SavedMessage(role="user", content="Is my data gone?"))

    found = read_contents(project)
    assert [(d.name, d.rows) for d in found.datasets] == [(name, 2)]
    assert [(r.id, r.state) for r in found.runs] == [("0002", State.FINISHED), ("0001", State.FINISHED)]
    assert [e.id for e in found.exports] == ["0003"]
    assert [(d.name, d.run) for d in found.deployed] == [("lantern", "0002")]
    assert [(c.title, c.messages) for c in found.chats] == [("Is my data gone?", 1)]


def test_what_cannot_be_read_is_left_out_or_counted_as_unknown(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.dataset_path("broken").write_bytes(b"not a database, whatever its name says")
    (project.chats_dir / "bad.json").write_text("{", encoding="utf-8")
    (project.folder / "deployments.json").write_text("{", encoding="utf-8")
    (project.jobs_dir / "0001-odd").mkdir()
    (project.jobs_dir / "0001-odd" / "job.yaml").write_text("kind: never-heard-of\n", encoding="utf-8")
    found = read_contents(project)
    assert [(d.name, d.rows) for d in found.datasets] == [("broken", None)]
    assert (found.chats, found.deployed, found.runs) == ((), (), ())


def test_counting_makes_no_file(tmp_path: Path) -> None:
    assert count_rows(tmp_path / "none.sqlite") is None
    assert list(tmp_path.iterdir()) == []
