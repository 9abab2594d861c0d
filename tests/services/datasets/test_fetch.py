"""Data sets from a hub: a folder that the datasets library loads, a server that speaks as ModelScope does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from services.cli.main import main
from services.datasets.store import DatasetStore
from services.jobs.job import Job, State
from services.jobs.kinds.fetch_data import FetchDataRequest
from services.projects.project import Project
from services.workers.fetch_data import work
from services.workers.shell import run_job
from tests.services.datasets.conftest import values

ROWS = [{"instruction": f"q{i}", "output": f"a{i}"} for i in range(3)]
CLOSED = "http://127.0.0.1:9"


def lines(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def fetched(project: Project, **request: str) -> Job:
    """A job that was run in this process."""
    job = Job.create(project.jobs_dir, FetchDataRequest.model_validate(request))
    run_job(job, work)
    return job


def failure(job: Job) -> str:
    summary = job.summary()
    assert summary.state is State.FAILED and summary.failure is not None
    assert not (job.folder / "fetched").exists()
    return summary.failure.sentence.format(**summary.failure.values)


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data set as the datasets library loads it from a folder: two splits."""
    folder = tmp_path / "my set" / "data"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(lines(ROWS), encoding="utf-8")
    (folder / "test.jsonl").write_text(lines(ROWS[:1]), encoding="utf-8")
    return folder.parent


@pytest.mark.filterwarnings("ignore")
def test_a_set_that_the_library_loads(project: Project, hub: Path) -> None:
    job = fetched(project, dataset=str(hub))
    assert job.summary().state is State.FINISHED, failure(job)
    with DatasetStore.open(project.dataset_path("my-set")) as store:
        assert values(store) == ROWS and store.mapping.format == "alpaca"
    one = fetched(project, dataset=str(hub), split="test", name="held back")
    assert one.summary().result["rows"] == 1 and "held back" in project.dataset_names()
    assert "nowhere" in failure(fetched(project, dataset=str(hub), split="nowhere"))
    assert not (job.folder / "fetched").exists()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("hub_id", ["hf", "mirror"])
def test_no_network_is_one_sentence(project: Project, monkeypatch: pytest.MonkeyPatch, hub_id: str) -> None:
    import huggingface_hub.constants

    monkeypatch.setenv("HF_ENDPOINT", "")  # put back after the test
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", CLOSED)
    said = failure(fetched(project, dataset="nobody/here", hub=hub_id, endpoint=CLOSED))
    assert said == "nobody/here could not be fetched: the hub cannot be reached."
    assert "no name of a data set" in failure(fetched(project, dataset="../x y", hub=hub_id, endpoint=CLOSED))
    assert project.dataset_names() == []


class _ModelScope(BaseHTTPRequestHandler):
    files = {
        "README.md": "# x", "dataset_infos.json": "{}", "run.py": "boom", "a/test.jsonl": lines(ROWS[:1]),
        "a/train-00002.jsonl": lines(ROWS[2:]), "a/train-00001.jsonl": lines(ROWS[:2]), "../climb.jsonl": lines(ROWS),
    }  # fmt: skip

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = {key: value[0] for key, value in parse_qs(place.query).items()}
        if not place.path.startswith("/api/v1/datasets/maker/talks/repo"):
            self.answer(404, b"{}")
        elif place.path.endswith("/tree"):
            files = [{"Path": path, "Type": "blob", "Size": len(text)} for path, text in self.files.items()]
            self.answer(200, json.dumps({"Code": 200, "Data": {"Files": files}}).encode())
        else:
            assert query["Revision"] == "master"
            self.answer(200, self.files[query["FilePath"]].encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def modelscope() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ModelScope)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_modelscope(project: Project, modelscope: str) -> None:
    where = {"hub": "modelscope", "endpoint": modelscope}
    job = fetched(project, dataset="maker/talks", split="train", **where)
    assert job.summary().state is State.FINISHED, failure(job)
    with DatasetStore.open(project.dataset_path("talks")) as store:
        assert values(store) == ROWS
    assert job.request.told(job)[0].startswith("talks: 3 rows")
    assert "has no files of rows that fit" in failure(fetched(project, dataset="maker/talks", subset="b", **where))
    assert "The hub has no data set maker/no" in failure(fetched(project, dataset="maker/no", **where))
    where["endpoint"] = CLOSED
    assert "the hub cannot be reached" in failure(fetched(project, dataset="maker/talks", **where))
    assert project.dataset_names() == ["talks"]


def test_the_command(project: Project, modelscope: str, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["data", "fetch", str(project.folder), "maker/talks", "--from", "modelscope", "--endpoint", modelscope]
    assert main([*base, "--split", "train", "--name", "mine"]) == 0
    assert "mine: 3 rows" in capsys.readouterr().out
    assert main([*base, "--split", "nothing"]) == 1
    assert "has no files of rows that fit" in capsys.readouterr().err
