"""The adapter for OpenAI-compatible servers, against servers with habits of their own."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.chat.errors import ChatError
from services.chat.messages import CANCELLED, ChatDelta, ChatMessage, ChatRequest, Usage
from services.chat.servers.openai_compatible import OpenAICompatible
from tests.helpers.odd_servers import DONE, OddServer, event, sse
from tests.helpers.ollama_contract import ollama_contract, serving

ASK = ChatRequest("odd", (ChatMessage("system", "Be brief."), ChatMessage("user", "Tea?")))
Serve = Callable[[OddServer], OpenAICompatible]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server for the test; gives a client of it."""
    import contextlib

    with contextlib.ExitStack() as stack:
        yield lambda server: OpenAICompatible(stack.enter_context(serving(server.app())))


def text(deltas: list[ChatDelta]) -> str:
    return "".join(d.text for d in deltas)


def test_a_plain_answer(serve: Serve) -> None:
    server = OddServer(
        event(role="assistant", content="Ye"),
        event(content="s."),
        event(finish="stop"),
        sse({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}),
        DONE,
    )
    deltas = list(serve(server).stream(ASK))
    assert text(deltas) == "Yes."
    assert deltas[-1] == ChatDelta(done_reason="stop", usage=Usage(7, 2))
    assert [d.done_reason for d in deltas[:-1]] == ["", ""]


def test_what_is_sent_is_what_was_asked(serve: Serve) -> None:
    server = OddServer(event(content="x", finish="length"), DONE)
    request = ChatRequest(
        "odd", ASK.messages, temperature=0.0, top_p=0.5, top_k=40, max_tokens=9, seed=3, stop=("\n",), think=False
    )
    assert list(serve(server).stream(request))[-1].done_reason == "length"
    assert server.requests == [
        {
            "model": "odd",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tea?"}],
            "temperature": 0.0,
            "top_p": 0.5,
            "max_tokens": 9,
            "seed": 3,
            "stop": ["\n"],
            "reasoning_effort": "none",
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


def test_nothing_is_sent_that_was_not_said(serve: Serve) -> None:
    server = OddServer(event(content="x", finish="stop"), DONE)
    list(serve(server).stream(ASK))
    assert set(server.requests[0]) == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_both_names_of_the_thought(serve: Serve, name: str) -> None:
    server = OddServer(event(**{name: "Hm."}), event(content="4"), event(finish="stop"), DONE)
    deltas = list(serve(server).stream(ASK))
    assert [(d.reasoning, d.text) for d in deltas] == [("Hm.", ""), ("", "4"), ("", "")]


def test_odd_but_harmless_streams(serve: Serve) -> None:
    server = OddServer(
        b": keep-alive\n\n",
        b"event: message\nid: 3\n",
        event(role="assistant", content=None),
        sse({"choices": []}),
        sse({"id": "no choices at all"}),
        sse({"choices": [{"index": 0}]}),
        b'data:{"choices":[{"delta":{"content":"Y\xc3\xa9s"}}]}\r\n\r\n',
        event(finish="stop"),
    )  # and no [DONE]
    deltas = list(serve(server).stream(ASK))
    assert text(deltas) == "Yés"
    assert deltas[-1].done_reason == "stop"


def test_characters_cut_between_packets(serve: Serve) -> None:
    whole = event(content="中文🙂")
    whole = whole.replace(b"\\u4e2d", "中".encode())
    server = OddServer(*(whole[i : i + 1] for i in range(len(whole))), event(finish="stop"))
    assert text(list(serve(server).stream(ASK))) == "中文🙂"


def test_done_without_finish_reason_is_an_end(serve: Serve) -> None:
    assert list(serve(OddServer(event(content="x"), DONE)).stream(ASK))[-1].done_reason == "stop"


@pytest.mark.parametrize(
    "script",
    [
        (event(content="x"),),
        (event(content="x"), ConnectionResetError),
        (event(content="x"), b'data: {"choices": [{"del'),
        (event(content="x"), b"data: {broken\n\n"),
    ],
    ids=["ends", "breaks", "half a line", "no JSON"],
)
def test_an_answer_without_an_end_is_an_error(serve: Serve, script: Any) -> None:
    pieces = serve(OddServer(*script)).stream(ASK)
    assert next(pieces).text == "x"
    with pytest.raises(ChatError, match="broke off in the middle of its answer") as caught:
        next(pieces)
    assert "What had come is kept" in caught.value.way_out


def test_an_untidy_end_after_the_answer_harms_nobody(serve: Serve) -> None:
    server = OddServer(event(content="x"), event(finish="stop"), ConnectionResetError)
    assert list(serve(server).stream(ASK))[-1].done_reason == "stop"


def test_an_error_in_mid_stream(serve: Serve) -> None:
    server = OddServer(event(content="x"), sse({"error": {"message": "out of memory", "code": 500}}))
    with pytest.raises(ChatError, match="out of memory"):
        list(serve(server).stream(ASK))


def test_an_older_server_is_asked_again_without_stream_options(serve: Serve) -> None:
    server = OddServer(event(content="x", finish="stop"), DONE)
    server.refuse_stream_options = True
    assert text(list(serve(server).stream(ASK))) == "x"
    assert [("stream_options" in r) for r in server.requests] == [True, False]


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (404, {"error": {"message": "The model `odd` does not exist"}}, "has no model odd"),
        (400, {"error": {"message": "temperature must be below 2"}}, "temperature must be below 2"),
        (400, {"detail": "messages: wrong"}, "messages: wrong"),
        (500, "Internal Server Error", "Internal Server Error"),
        (500, "", "HTTP 500"),
        (503, {"error": {"message": "Loading model"}}, "too much to do at the moment: Loading model"),
        (429, {"error": "slow down"}, "too much to do at the moment: slow down"),
        (403, "", "refuses requests under this address"),
        (
            400,
            {"error": {"type": "exceed_context_size_error", "message": "request exceeds", "n_ctx": 2048}},
            "longer than the 2048 tokens that odd can take",
        ),
        (
            400,
            {"error": {"message": "This model's maximum context length is 4096 tokens. However, you requested 5000"}},
            "longer than the 4096 tokens that odd can take",
        ),
    ],
)
def test_refusals(serve: Serve, status: int, error: Any, sentence: str) -> None:
    with pytest.raises(ChatError) as caught:
        list(serve(OddServer(status=status, error=error)).stream(ASK))
    assert sentence in caught.value.sentence
    assert caught.value.way_out


def test_a_key_is_wanted_and_sent() -> None:
    server = OddServer(event(content="x", finish="stop"), DONE)
    server.token = "sk-好".encode().hex()
    with serving(server.app()) as url:
        with pytest.raises(ChatError, match="wants another key"):
            list(OpenAICompatible(url).stream(ASK))
        assert text(list(OpenAICompatible(url, server.token).stream(ASK))) == "x"


def test_nothing_answers() -> None:
    server = OpenAICompatible("127.0.0.1:9")
    with pytest.raises(ChatError, match=r"Nothing answers at http://127\.0\.0\.1:9/v1"):
        list(server.stream(ASK))
    with pytest.raises(ChatError, match="Nothing answers"):
        server.models()


def test_models(serve: Serve) -> None:
    assert serve(OddServer()).models() == ["odd", "even"]
    with pytest.raises(ChatError, match="wants another key"):
        serve(OddServer(status=401, error={"error": "no"})).models()


def test_a_page_that_is_no_server() -> None:
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def page(request: Any) -> HTMLResponse:
        return HTMLResponse("<html>Hello</html>")

    with serving(Starlette(routes=[Route("/v1/models", page)])) as url, pytest.raises(ChatError, match="<html>Hello"):
        OpenAICompatible(url).models()


@pytest.mark.parametrize("script", [(30.0,), (event(content="x"), 30.0)], ids=["before the first word", "later"])
def test_stop_closes_the_connection(serve: Serve, script: Any) -> None:
    server = OddServer(*script, event(finish="stop"))
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    deltas = list(serve(server).stream(ASK, cancel))
    assert deltas[-1] == ChatDelta(done_reason=CANCELLED)
    assert time.monotonic() - began < 15  # and not the 30 that the server would have taken
    assert server.left.wait(10)


def test_leaving_the_loop_closes_the_connection_too(serve: Serve) -> None:
    server = OddServer(event(content="x"), 30.0, event(finish="stop"))
    pieces = serve(server).stream(ASK)
    assert next(pieces).text == "x"
    pieces.close()  # type: ignore[attr-defined]
    assert server.left.wait(10)


def test_against_ollamas_own_v1() -> None:
    from pathlib import Path

    from services.ollama import transfer
    from services.ollama.client import OllamaClient
    from tests.helpers.tiny_gguf import PADDING, SMOLLM2, make_tiny_gguf

    with ollama_contract() as contract, OllamaClient(contract.url) as client:
        path = make_tiny_gguf(Path(contract.root) / "m.gguf", PADDING + SMOLLM2)
        transfer.create(client, "odd", files={"m.gguf": transfer.upload(client, path)})
        server = OpenAICompatible(contract.url)
        assert server.models() == ["odd:latest"]
        deltas = list(server.stream(ASK))
        assert text(deltas) == "Tea?"
        assert deltas[-1].usage and deltas[-1].usage.completion_tokens == 2
        contract.faults.chat_error_after = 1  # /v1 hides it; the missing end gives it away
        with pytest.raises(ChatError, match="broke off"):
            list(server.stream(ASK))
        with pytest.raises(ChatError, match="has no model nobody"):
            list(server.stream(ChatRequest("nobody", ASK.messages)))
