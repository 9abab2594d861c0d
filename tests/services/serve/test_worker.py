"""The serve worker as a real job, and chatting with a run as the window does it."""

import socket
import stat
import sys
import threading
from pathlib import Path

import httpx
import pytest

from services.chat.errors import ChatError
from services.chat.messages import CANCELLED, ChatDelta, ChatMessage, ChatRequest
from services.chat.servers.local_run import LocalRun, offered, read_token, serving_url
from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import State
from services.jobs.kinds.serve import ServeRequest
from services.locks import FileLock
from services.projects.project import Project
from services.workers.serve import ServeError, listen, write_token
from tests.helpers.jobs import wait_for, wait_state
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
ASK = (ChatMessage("user", "Tea?"),)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.create(tmp_path / "项目 project")
    make_run(made, make_tiny_model(tmp_path / "base"), checkpoints=(10,))
    return made


def test_a_run_is_served_asked_and_stopped(project: Project) -> None:
    chat = LocalRun(project, run="1")
    assert chat.models() == ["base", "run-1", "run-1/checkpoint-10"]  # told without starting anything
    assert len(project.jobs()) == 1
    request = ChatRequest("run-1", ASK, temperature=0.0, max_tokens=5)
    deltas = list(chat.stream(request))
    assert deltas[-1].usage and deltas[-1].usage.completion_tokens == 5
    job = project.jobs()[-1]
    assert isinstance(job.request, ServeRequest) and job.request.idle_s > 0
    assert list(chat.stream(request)) == deltas  # the same server answers again
    assert len(project.jobs()) == 2
    assert chat.models() == offered(project)
    make_run(project, project.folder.parent / "base", name="second", seed=9)
    other = LocalRun(project, run="3")  # of the same base: the server that runs answers as it, too
    again = list(other.stream(ChatRequest("run-3", ASK, temperature=0.0, max_tokens=5)))
    assert again[-1].usage and again[-1].usage.completion_tokens == 5
    assert [j.request.kind for j in project.jobs()] == ["train", "serve", "train"]

    token = job.folder / "token"
    assert len(token.read_text(encoding="utf-8")) >= 43
    if sys.platform != "win32":
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
    journal = job.journal_path.read_text(encoding="utf-8")
    assert read_token(job) not in journal and read_token(job) not in job.log_path.read_text(encoding="utf-8")
    serving = next(e for e in job.events() if isinstance(e, ev.Serving))
    assert serving.models == ["base", "run-1", "run-1/checkpoint-10"]
    assert serving.url.startswith("http://127.0.0.1:") and serving.url.endswith("/v1")

    chat.stop()
    assert wait_state(job, State.STOPPED, State.FINISHED) is State.STOPPED
    wait_for(lambda: not job.alive())
    assert serving_url(job) == "" and not token.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(serving.url, trust_env=False)


def test_a_server_that_nobody_asks_ends(project: Project) -> None:
    job = queue.submit(project, ServeRequest(run="1", idle_s=0.5))
    assert wait_state(job, State.FINISHED, State.FAILED, timeout_s=120) is State.FINISHED
    assert job.summary().result == {"ended": "idle"}


def test_a_port_in_use_is_one_sentence(project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        job = queue.submit(project, ServeRequest(run="1", port=port))
        assert wait_state(job, State.FINISHED, State.FAILED) is State.FAILED
    failed = job.events()[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.sentence.format(**failed.values) == f"Port {port} is in use by another program."
    assert "Choose another port" in failed.way_out


def test_a_model_that_cannot_be_loaded_is_said_to_the_person_who_chats(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    chat = LocalRun(project, model=str(tmp_path / "empty"))
    with pytest.raises(ChatError, match=r"has no readable config\.json") as caught:
        list(chat.stream(ChatRequest("base", ASK)))
    assert caught.value.way_out


def test_a_busy_card_is_said_and_nothing_is_left_in_the_queue(project: Project) -> None:
    with FileLock(queue.card_lock_path()):
        with pytest.raises(ChatError, match="graphics card is at work for another job"):
            list(LocalRun(project, run="1").stream(ChatRequest("base", ASK)))
        assert queue.waiting() == []


def test_stop_while_the_model_is_loading(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "start_detached", lambda *_: None)
    monkeypatch.setattr(queue.submit, "__kwdefaults__", {"starter": lambda *_: None})
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    assert list(LocalRun(project, run="1").stream(ChatRequest("base", ASK), cancel)) == [
        ChatDelta(done_reason=CANCELLED)
    ]


def test_a_whole_model_that_was_trained_takes_the_bases_place(project: Project, tmp_path: Path) -> None:
    from services.engine.server_models import Models

    make_run(project, tmp_path / "base", name="whole", whole=True)
    models = Models(project, run="2")
    assert models.names() == ["base", "run-1", "run-1/checkpoint-10", "run-2"]
    models.load()
    with models.use("run-2") as ready:
        whole = ready.model
    with models.use("base") as ready:
        assert ready.model is not whole
    with models.use("run-1") as ready:
        assert ready.template is not None and ready.context_len == 2048


def test_adapters_do_not_pile_up(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.engine import server_models

    monkeypatch.setattr(server_models, "_MOST_ADAPTERS", 2)
    make_run(project, tmp_path / "base", name="second", seed=9)
    models = server_models.Models(project, base=tmp_path / "base")
    for name in ("run-1", "run-1/checkpoint-10", "run-2", "run-1"):
        with models.use(name) as ready:
            assert len(ready.model.peft_config) <= 2  # type: ignore[attr-defined]


def test_a_broken_adapter_is_said(project: Project) -> None:
    from services.engine.errors import ModelLoadError
    from services.engine.server_models import Models

    job = project.job("1")
    (job.folder / "adapter_model.safetensors").write_bytes(b"not safetensors")
    models = Models(project, run="1")
    with pytest.raises(ModelLoadError, match=r"adapter in .* cannot be loaded"), models.use("run-1"):
        pass
    with models.use("base"):  # and the base still answers
        pass


@pytest.mark.parametrize("port", [70000, -1])
def test_no_port_number(port: int) -> None:
    with pytest.raises(ServeError, match="is no port number"):
        listen(port)


def test_a_token_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "token"
    for token in ("first", "second"):
        write_token(path, token)
        assert path.read_text(encoding="utf-8") == token
