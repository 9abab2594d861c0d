"""Chatting with Ollama by its own API."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chat.errors import ChatError
from services.chat.messages import CANCELLED, ChatDelta, ChatMessage, ChatRequest
from services.chat.server import servers
from services.chat.servers.ollama import Ollama
from services.ollama import transfer
from services.ollama.client import OllamaClient
from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_gguf import PADDING, SMOLLM2, make_tiny_gguf

LIVE = os.environ.get("OLLAMA_TEST_HOST", "")
ASK = ChatRequest("mine", (ChatMessage("user", "Tea, please?"),))


@pytest.fixture
def contract(tmp_path: Path) -> Iterator[Contract]:
    with ollama_contract() as running, OllamaClient(running.url) as client:
        path = make_tiny_gguf(tmp_path / "m.gguf", PADDING + SMOLLM2)
        transfer.create(client, "mine", files={"m.gguf": transfer.upload(client, path)})
        yield running


@pytest.fixture
def server(contract: Contract) -> Iterator[Ollama]:
    made = Ollama(contract.url)
    yield made
    made.close()


def test_models_and_an_answer(server: Ollama) -> None:
    assert server.models() == ["mine"]
    deltas = list(server.stream(ASK))
    assert "".join(d.text for d in deltas) == "Tea, please?"
    last = deltas[-1]
    assert last.done_reason == "stop"
    assert last.usage and last.usage.completion_tokens == 4 and last.usage.generate_s == pytest.approx(0.067053)


def test_only_what_was_said_is_sent(server: Ollama, contract: Contract) -> None:
    list(server.stream(ASK))
    messages = [{"role": "user", "content": "Tea, please?"}]
    assert contract.requests[-1][2] == {"model": "mine", "messages": messages, "stream": True}
    full = ChatRequest("mine", ASK.messages, 0.0, 0.9, 40, 1.1, 2, 8192, 7, ("\n",), False)
    assert list(server.stream(full))[-1].done_reason == "length"
    body = contract.requests[-1][2]
    assert body["think"] is False
    assert body["options"] == {
        "temperature": 0.0,
        "top_p": 0.9,
        "top_k": 40,
        "repeat_penalty": 1.1,
        "num_predict": 2,
        "num_ctx": 8192,
        "seed": 7,
        "stop": ["\n"],
    }


def test_stop(server: Ollama, contract: Contract) -> None:
    contract.faults.piece_delay_s = 30
    cancel = threading.Event()
    pieces = server.stream(ASK, cancel)
    assert next(pieces).text == "Tea"
    cancel.set()
    assert list(pieces) == [ChatDelta(done_reason=CANCELLED)]
    assert contract.cut_off.wait(10)


def test_stop_before_the_first_word(server: Ollama, contract: Contract) -> None:
    contract.faults.first_piece_delay_s = 30
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    assert list(server.stream(ASK, cancel)) == [ChatDelta(done_reason=CANCELLED)]
    assert contract.cut_off.wait(10)


def test_failures_are_chat_errors_in_plain_words(server: Ollama, contract: Contract) -> None:
    with pytest.raises(ChatError, match="Ollama has no model nobody"):
        list(server.stream(ChatRequest("nobody", ASK.messages)))
    with pytest.raises(ChatError, match="longer than the 64 tokens that mine can take"):
        list(server.stream(ChatRequest("mine", (ChatMessage("user", "word " * 100),), num_ctx=64)))
    contract.faults.chat_dies_after = 1
    pieces = server.stream(ASK)
    assert next(pieces).text == "Tea"
    with pytest.raises(ChatError, match="broke off in the middle"):
        next(pieces)
    contract.faults.busy = True
    with pytest.raises(ChatError, match="too much to do"):
        list(server.stream(ASK))


def test_absent() -> None:
    server = Ollama("127.0.0.1:9")
    with pytest.raises(ChatError, match="No Ollama answers") as caught:
        server.models()
    assert caught.value.action == "ollama.start"
    server.close()


@pytest.mark.skipif(not LIVE, reason="OLLAMA_TEST_HOST is not set")
def test_a_live_ollama(tmp_path: Path) -> None:
    name = "tunesmith-chat-test"
    with OllamaClient(LIVE) as client:
        path = make_tiny_gguf(tmp_path / "m.gguf", PADDING + SMOLLM2)
        transfer.create(client, name, files={"m.gguf": transfer.upload(client, path)})
        server = Ollama(LIVE)
        try:
            assert name in server.models()
            deltas = list(server.stream(ChatRequest(name, ASK.messages, temperature=0.0, max_tokens=4)))
            assert deltas[-1].done_reason in ("stop", "length")
            assert deltas[-1].usage and deltas[-1].usage.completion_tokens <= 4
        finally:
            server.close()
            client.delete(name)


def test_both_kinds_are_registered() -> None:
    import services.chat.servers  # noqa: F401

    assert {"openai", "ollama"} <= set(servers.ids())
