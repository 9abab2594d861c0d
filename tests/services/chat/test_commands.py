"""`tunesmith chat`, `serve` and `ollama` as a person or a program calls them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.chat.choose import choose
from services.chat.conversations import ChatStore
from services.chat.endpoints import add_endpoint
from services.chat.errors import ChatError
from services.chat.servers.local_run import LocalRun
from services.chat.servers.ollama import Ollama
from services.chat.servers.openai_compatible import OpenAICompatible
from services.cli.main import main
from services.errors import TunesmithError
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.ollama import transfer
from services.ollama.client import OllamaClient
from services.projects.project import Project
from tests.helpers.jobs import wait_for
from tests.helpers.odd_servers import DONE, OddServer, event
from tests.helpers.ollama_contract import Contract, ollama_contract, serving
from tests.helpers.tiny_gguf import PADDING, SMOLLM2, make_tiny_gguf
from tests.helpers.tiny_model import make_tiny_model


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "项目 project")


@pytest.fixture
def contract(tmp_path: Path) -> Iterator[Contract]:
    with ollama_contract() as running, OllamaClient(running.url) as client:
        digest = transfer.upload(client, make_tiny_gguf(tmp_path / "m.gguf", PADDING + SMOLLM2))
        transfer.create(client, "mine", files={"m.gguf": digest}, parameters={"stop": ["<|im_end|>"]})
        yield running


def run_main(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_one_question(project: Project, contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    model = f"{contract.url}#mine"
    code, out, _ = run_main(capsys, "chat", str(project.folder), "--model", model, "--once", "Tea, <b>please</b>?")
    assert (code, out) == (0, "Tea, <b>please</b>?\n")
    arguments = ("--once", "Tea?", "--system", "Be brief.", "--temperature", "0", "--max-tokens", "1", "--json")
    code, out, _ = run_main(capsys, "chat", str(project.folder), "--model", model, *arguments)
    answer = json.loads(out)
    assert (code, answer["text"], answer["done_reason"], answer["completion_tokens"]) == (0, "Tea", "length", 1)
    body = contract.requests[-1][2]
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["options"] == {"temperature": 0.0, "num_predict": 1}
    assert list(project.chats_dir.iterdir()) == []


def test_a_talk_of_several_turns_is_kept_when_asked(
    project: Project, contract: Contract, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Tea?\n\n牛奶？\n".encode()), encoding="utf-8"))
    code, out, _ = run_main(capsys, "chat", str(project.folder), "--model", f"{contract.url}#mine", "--keep", "--json")
    assert (code, [json.loads(line)["text"] for line in out.splitlines()]) == (0, ["Tea?", "牛奶？"])
    assert [m["content"] for m in contract.requests[-1][2]["messages"]] == ["Tea?", "Tea?", "牛奶？"]
    (summary,) = ChatStore(project.chats_dir).summaries()
    assert (summary.title, summary.messages, summary.model) == ("Tea?", 4, "mine")


def test_failures_are_one_sentence_on_stderr(
    project: Project, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(project.folder)
    for model, words in (
        (f"{contract.url}#nobody", "Ollama has no model nobody."),
        (f"{contract.url}#", "It has: mine."),
        ("127.0.0.1:9#x", "Nothing answers at http://127.0.0.1:9/v1."),
        ("7", "This project has no job 7."),
        ("no-such-model", "The model no-such-model is not on this machine."),
    ):
        code, out, err = run_main(capsys, "chat", folder, "--model", model, "--once", "x")
        assert (code, out) == (1, "")
        assert words in err and len(err.splitlines()) == 1
    assert run_main(capsys, "chat", folder, "--once", "x")[0] == 2


def test_a_model_that_dies_in_mid_answer_shows_what_came(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    server = OddServer(event(content="half an "), event(content="ans"), ConnectionResetError)
    with serving(server.app()) as url:
        code, out, err = run_main(capsys, "chat", str(project.folder), "--model", f"{url}#odd", "--once", "x")
    assert (code, out) == (1, "half an ans")
    assert "broke off in the middle of its answer" in err


def test_whom_the_words_mean(project: Project, contract: Contract, tmp_path: Path) -> None:
    model_dir = make_tiny_model(tmp_path / "base")
    run = Job.create(project.jobs_dir, TrainRequest(name="greet"))
    add_endpoint("LM Studio", "127.0.0.1:1234")

    def meaning(text: str) -> tuple[type, str, str]:
        chosen = choose(project, text)
        chosen.server.close()
        return type(chosen.server), chosen.model, chosen.server_id

    assert meaning("1") == meaning("run-1") == meaning(run.folder.name) == (LocalRun, "run-1", "run")
    assert meaning("run-1/checkpoint-20") == (LocalRun, "run-1/checkpoint-20", "run")
    assert meaning(str(model_dir)) == (LocalRun, "base", "run")
    assert meaning("ollama#mine") == (Ollama, "mine", "ollama")
    assert meaning(f"{contract.url}#mine:latest") == (Ollama, "mine:latest", contract.url)
    assert meaning(f"{contract.url}/v1#mine") == (Ollama, "mine", f"{contract.url}/v1")
    assert meaning("LM Studio#qwen") == (OpenAICompatible, "qwen", "lm-studio")
    with serving(OddServer().app()) as url:
        assert meaning(f"{url}/v1/chat/completions#odd") == (OpenAICompatible, "odd", f"{url}/v1/chat/completions")
    with pytest.raises(ChatError, match="is not the address of a server"):
        choose(project, "ftp://x#y")
    with pytest.raises(TunesmithError):
        choose(project, "run-9")


def test_ollama_commands(
    contract: Contract, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", contract.url)
    assert run_main(capsys, "ollama", "status")[:2] == (0, f"Ollama 0.32.15 answers at {contract.url}.\n")
    assert json.loads(run_main(capsys, "ollama", "status", "--json")[1])["can_deploy"] is True
    assert "mine:latest" in run_main(capsys, "ollama", "list")[1]
    shown = run_main(capsys, "ollama", "show", "mine")[1]
    assert shown.endswith(PADDING + SMOLLM2 + "\n")
    assert run_main(capsys, "ollama", "start")[1] == f"Ollama 0.32.15 at {contract.url}.\n"
    assert run_main(capsys, "ollama", "delete", "mine", "--project", str(project.folder))[0] == 0
    assert run_main(capsys, "ollama", "delete", "mine")[2].startswith("Ollama has no model mine.")
    assert run_main(capsys, "ollama", "list")[1] == "It has no models.\n"
    contract.faults.version = "0.9.1"
    code, out, _ = run_main(capsys, "ollama", "status", "--json")
    assert (code, json.loads(out)["can_deploy"]) == (0, False)
    assert "deploying needs 0.30.0" in run_main(capsys, "ollama", "status")[1]


def test_ollama_status_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run_main(capsys, "ollama", "status", "--host", "127.0.0.1:9", "--json")
    data = json.loads(out)
    assert (code, data["running"], data["can_deploy"]) == (0, False, False)
    assert (
        "No Ollama answers at http://127.0.0.1:9." in run_main(capsys, "ollama", "status", "--host", "127.0.0.1:9")[1]
    )
    assert run_main(capsys, "ollama", "list", "--host", "127.0.0.1:9")[0] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_stops_the_answer_and_not_the_program(project: Project) -> None:
    server = OddServer(event(content="first words "), 60.0, event(finish="stop"), DONE)
    with serving(server.app()) as url:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "services.cli.main",
                "chat",
                str(project.folder),
                "--model",
                f"{url}#odd",
                "--once",
                "x",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        assert process.stdout.read(11) == b"first words"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, b"")
        assert out.decode() == " \n(stopped)\n"
        assert server.left.wait(10)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_serve_until_ctrl_c(project: Project, tmp_path: Path) -> None:
    model_dir = make_tiny_model(tmp_path / "base 模型")
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli.main", "serve", str(project.folder), str(model_dir), "--json"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    serving_event: dict[str, Any] = {}
    for line in process.stdout:
        serving_event = json.loads(line)
        if serving_event["type"] == "serving":
            break
    token = (project.job("1").folder / "token").read_text(encoding="utf-8")
    headers = {"Authorization": f"Bearer {token}"}
    names = httpx.get(f"{serving_event['url']}/models", headers=headers, trust_env=False).json()["data"]
    assert [m["id"] for m in names] == ["base"]
    process.send_signal(signal.SIGINT)
    rest = [json.loads(line)["type"] for line in process.stdout]
    process.stdout.close()
    assert process.wait(60) == 0
    assert rest[-1] == "finished"
    wait_for(lambda: not project.job("1").alive())
