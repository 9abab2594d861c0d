"""Downloads that live on without their window: started once, told apart from dead ones, stopped wherever they are."""

import os
import socket
import time
from pathlib import Path

import pytest

from services.catalogue import ModelError, add_folder, added_folder, local_models, remove_model, start_download
from services.catalogue import local as local_module
from services.catalogue.download import download_jobs, download_model, downloads_dir, running_download
from services.engine.fetching import remaining
from services.jobs.job import Job, State
from services.jobs.kinds.download import DownloadRequest
from services.paths import models_dir
from tests.helpers.tiny_model import make_tiny_model
from tests.services.catalogue.toy_hub import toy_hub


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def wait_for_end(job: Job, longest_s: float = 60.0) -> State:
    """Until the worker has said its end and is gone."""
    end = time.monotonic() + longest_s
    while time.monotonic() < end:
        summary = job.summary()
        if summary.ended is not None and not job.alive():
            return summary.state
        time.sleep(0.05)
    raise AssertionError(f"{job.folder} did not end: {job.summary()}")


def test_a_model_arrives_and_who_asks_meanwhile_waits_for_it(tmp_path: Path) -> None:
    source = make_tiny_model(tmp_path / "tiny")
    with toy_hub({"maker/tiny": source}) as endpoint:
        job = start_download("maker/tiny", endpoint=endpoint)
        assert running_download("maker/tiny") is not None
        assert start_download("maker/tiny", endpoint=endpoint).folder == job.folder, "it is fetched once"
        assert download_model("maker/tiny", endpoint="http://127.0.0.1:9") == models_dir() / "maker--tiny"
        assert wait_for_end(job) is State.FINISHED
    assert [m.id for m in local_models()] == ["maker/tiny"]
    assert running_download("maker/tiny") is None
    assert [j.folder for j in download_jobs()] == [job.folder]


def test_stop_reaches_a_download_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        job = start_download("maker/slow", endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(60)
        connection, _ = silent.accept()  # the worker is at it, and is never answered
        with connection:
            job.ask("stop")
            assert wait_for_end(job) is State.STOPPED
    assert running_download("maker/slow") is None
    assert not (models_dir() / "maker--slow").exists()


def test_a_start_that_fails_is_a_sentence() -> None:
    def broken(arguments: list[str], folder: Path) -> None:
        raise OSError("no such program")

    job = start_download("maker/tiny", starter=broken)
    failure = job.summary().failure
    assert failure is not None and failure.action == "health.open"
    assert running_download("maker/tiny") is None


def test_what_never_started_is_not_waited_for_for_ever() -> None:
    job = Job.create(downloads_dir(), DownloadRequest(model="maker/tiny"))
    assert running_download("maker/tiny") is not None
    long_ago = time.time() - 3600
    os.utime(job.folder, (long_ago, long_ago))
    assert running_download("maker/tiny") is None
    (downloads_dir() / "0002-download-x").mkdir()
    (downloads_dir() / "0002-download-x" / "job.yaml").write_text("kind: nonsense\n", encoding="utf-8")
    assert [j.id for j in download_jobs()] == ["0001"]


@pytest.mark.parametrize(
    ("seen", "left_s"),
    [([], None), ([(0, 10)], None), ([(0, 10), (1, 10)], None), ([(0, 0), (2, 50)], 2.0), ([(0, 50), (5, 100)], 0.0)],
)
def test_time_left(seen: list[tuple[float, int]], left_s: float | None) -> None:
    assert remaining(seen, 100) == left_s


def test_the_folder_a_model_is_listed_for(tmp_path: Path) -> None:
    shelf = tmp_path / "模型 shelf"
    make_tiny_model(shelf / "one")
    make_tiny_model(shelf / "two")
    alone = make_tiny_model(tmp_path / "alone")
    add_folder(shelf)
    (entry,) = add_folder(alone)
    folders = {m.id: added_folder(m) for m in local_models()}
    assert folders == {"one": shelf, "two": shelf, "alone": alone}
    make_tiny_model(models_dir() / "mine")
    assert added_folder(next(m for m in local_models() if m.id == "mine")) is None
    remove_model("alone")
    assert added_folder(entry) is None and alone.is_dir()


def test_a_model_in_use_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    make_tiny_model(models_dir() / "mine")

    def in_use(path: Path) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(local_module.shutil, "rmtree", in_use)
    with pytest.raises(ModelError, match="could not be deleted whole: in use") as caught:
        remove_model("mine")
    assert "a chat, a run" in caught.value.way_out
