"""The engine's server through the real `openai` client and raw HTTP."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import torch

from services.engine.server import Server
from services.engine.server_generate import Outcome, TextStream
from services.engine.server_models import Models
from services.projects.project import Project
from services.templates.load import load_template
from services.templates.tokenizer import Tokenizer
from tests.helpers.jobs import wait_for
from tests.helpers.ollama_contract import serving
from tests.helpers.tiny_model import make_tiny_model
from tests.services.serve.conftest import TOKEN, Served

# PEFT still asks for a property by the name that transformers is giving up
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

ASK: Any = [{"role": "user", "content": "Tea?"}]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def ask(served: Served, model: str, **options: Any) -> str:
    options = {"max_tokens": 12, "temperature": 0} | options
    with served.openai() as client:
        answer = client.chat.completions.create(model=model, messages=ASK, **options)
        return answer.choices[0].message.content or ""


def post(served: Served, body: Any, path: str = "/v1/chat/completions", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(served.url + path, content=content, headers=HEADERS | headers, trust_env=False, timeout=60)


def test_models_are_the_base_its_runs_and_their_checkpoints(served: Served) -> None:
    with served.openai() as client:
        names = [m.id for m in client.models.list()]
        assert names == ["base", "run-1", "run-1/checkpoint-10", "run-1/checkpoint-20", "run-2"]
        assert client.models.retrieve("run-1/checkpoint-20").id == "run-1/checkpoint-20"


def test_each_name_answers_as_itself_and_switching_leaves_no_trace(served: Served) -> None:
    names = ["base", "run-1", "run-1/checkpoint-10", "run-1/checkpoint-20", "run-2"]
    first = {name: ask(served, name) for name in names}
    assert len(set(first.values())) == len(names)
    assert {name: ask(served, name) for name in reversed(names)} == first


def test_answers_equal_those_of_plain_transformers_and_peft(served: Served) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tokenizer = Tokenizer.load(served.model_dir)
    template = load_template("model", served.model_dir)
    ids = tokenizer.encode(template.render_messages(ASK))
    dtype = served.server._models._model.dtype
    base = AutoModelForCausalLM.from_pretrained(served.model_dir, dtype=dtype)

    def greedy(model: Any) -> str:
        with torch.no_grad():
            out = model.generate(
                torch.tensor([ids]), max_new_tokens=12, do_sample=False, eos_token_id=2, pad_token_id=2
            )
        new = out[0, len(ids) :].tolist()
        return tokenizer.decode(new[: new.index(2)] if 2 in new else new)

    assert ask(served, "base") == greedy(base)
    tuned = PeftModel.from_pretrained(base, str(served.project.job("1").folder))
    assert ask(served, "run-1") == greedy(tuned)


def test_a_stream_says_the_same_and_ends_as_it_should(served: Served) -> None:
    with served.openai() as client:
        chunks = list(
            client.chat.completions.create(
                model="run-1",
                messages=ASK,
                max_tokens=12,
                temperature=0,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == ask(served, "run-1")
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] in ("stop", "length")
    assert chunks[-1].choices == []
    assert chunks[-1].usage and chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + 12
    assert len({c.id for c in chunks}) == 1


def test_a_stream_without_asking_for_counts_has_none(served: Served) -> None:
    body = {"model": "base", "messages": ASK, "max_tokens": 2, "stream": True}
    text = post(served, body).text
    assert text.endswith("data: [DONE]\n\n")
    assert "usage" not in text


def test_usage_and_length(served: Served) -> None:
    with served.openai() as client:
        answer = client.chat.completions.create(model="base", messages=ASK, max_tokens=3, temperature=0)
        assert answer.choices[0].finish_reason == "length"
        prompt = load_template("model", served.model_dir).render_messages(ASK)
        expected = len(Tokenizer.load(served.model_dir).encode(prompt))
        assert answer.usage and (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (expected, 3)
        also = client.chat.completions.create(model="base", messages=ASK, max_completion_tokens=3, temperature=0)
        assert also.usage and also.usage.completion_tokens == 3


def test_stop_texts_end_an_answer_before_they_show(served: Served) -> None:
    whole = ask(served, "base", max_tokens=40)
    stop = whole[3:5]
    assert ask(served, "base", max_tokens=40, stop=stop) == whole[: whole.index(stop)]
    assert ask(served, "base", max_tokens=40, stop=["never comes", stop]) == whole[: whole.index(stop)]


def test_a_seed_makes_chance_repeat(served: Served) -> None:
    drawn = [ask(served, "base", temperature=1.5, seed=s, max_tokens=20) for s in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert ask(served, "base", seed=3, temperature=None) == ask(served, "base", seed=3, temperature=0.8, top_p=0.9)
    narrow = [ask(served, "base", temperature=1.5, top_p=1e-9, seed=s, max_tokens=20) for s in (3, 4)]
    assert narrow[0] == narrow[1]


def test_plain_completions(served: Served) -> None:
    with served.openai() as client:
        answer = client.completions.create(model="base", prompt="one two", max_tokens=4, temperature=0)
        assert answer.choices[0].finish_reason == "length"
        streamed = client.completions.create(model="base", prompt="one two", max_tokens=4, temperature=0, stream=True)
        assert "".join(c.choices[0].text for c in streamed) == answer.choices[0].text


def test_a_list_of_text_parts_is_text(served: Served) -> None:
    parts = [{"type": "text", "text": "Te"}, {"type": "text", "text": "a?"}]
    body = {"model": "base", "messages": [{"role": "user", "content": parts}], "max_tokens": 5, "temperature": 0}
    plain = post(served, {**body, "messages": ASK}).json()
    assert post(served, body).json()["choices"] == plain["choices"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{not json", 400, "Invalid JSON"),
        ({"model": "base"}, 400, "messages: Field required"),
        ({"model": "base", "messages": []}, 400, "messages: List should have at least 1 item"),
        ({"model": "base", "messages": [{"role": "wizard", "content": "x"}]}, 400, "messages.0.role"),
        ({"model": "base", "messages": ASK, "temperature": -1}, 400, "temperature"),
        ({"model": "base", "messages": ASK, "n": 2}, 400, "n: "),
        ({"model": "nobody", "messages": ASK}, 404, "The model 'nobody' does not exist"),
        ({"model": "run-1/checkpoint-99", "messages": ASK}, 404, "does not exist"),
        ({"model": "run-3", "messages": ASK}, 404, "does not exist"),
        ({"model": "../../etc", "messages": ASK}, 404, "does not exist"),
        (
            {"model": "base", "messages": [{"role": "user", "content": "x" * 3000}]},
            400,
            "maximum context length is 2048",
        ),
        (
            {"model": "base", "messages": [{"role": "user", "content": "x" * 3000}], "stream": True},
            400,
            "maximum context length is 2048",
        ),
    ],
)
def test_bad_requests_in_openais_form(served: Served, body: Any, status: int, words: str) -> None:
    response = post(served, body)
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert words in error["message"]


def test_the_library_understands_our_errors(served: Served) -> None:
    with served.openai() as client, pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nobody", messages=ASK)
    assert caught.value.code == "model_not_found"
    with served.openai("wrong") as client, pytest.raises(openai.AuthenticationError):
        client.models.list()


def test_only_with_the_token_and_only_by_a_loopback_name(served: Served) -> None:
    def status(**headers: str) -> int:
        return httpx.get(f"{served.url}/v1/models", headers=headers, trust_env=False).status_code

    port = served.url.rsplit(":", 1)[1]
    good = f"Bearer {TOKEN}"
    assert status(Authorization=good) == 200
    assert status() == 401
    assert status(Authorization=TOKEN) == 401
    assert status(Authorization=good, Host="localhost") == 200
    assert status(Authorization=good, Host=f"[::1]:{port}") == 200
    for host in (f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil:80", f"localhost:{port}@evil", ""):
        assert status(Authorization=good, Host=host) == 403


def test_no_page_in_a_browser_gets_in(served: Served) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = httpx.options(f"{served.url}/v1/chat/completions", headers=preflight, trust_env=False)
    assert response.status_code == 401
    response = post(served, {"model": "base", "messages": ASK, "max_tokens": 1}, Origin="https://evil.example")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_unknown_paths_and_methods(served: Served) -> None:
    assert httpx.get(f"{served.url}/v2", headers=HEADERS, trust_env=False).json()["error"]["type"] == "not_found_error"
    assert httpx.get(f"{served.url}/v1/completions", headers=HEADERS, trust_env=False).status_code == 405
    with served.openai() as client, pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Answers that say one word and then go on until they are cancelled; the event is set when one was."""
    cancelled = threading.Event()

    def answer(ready: Any, ids: Any, sampling: Any, emit: Any, cancel: threading.Event) -> Outcome:
        emit("word")
        if cancel.wait(60):
            cancelled.set()
        return Outcome("length", len(ids), 1)

    monkeypatch.setattr("services.engine.server.answer", answer)
    return cancelled


def test_a_client_that_leaves_ends_its_answer(served: Served, endless: threading.Event) -> None:
    body = {"model": "base", "messages": ASK, "stream": True}
    with (
        httpx.Client(trust_env=False, timeout=60) as client,
        client.stream("POST", f"{served.url}/v1/chat/completions", json=body, headers=HEADERS) as response,
    ):
        assert b"word" in next(response.iter_bytes())
    assert endless.wait(20)
    wait_for(lambda: served.server._open == 0, 20)


def test_a_client_that_leaves_without_streaming_ends_it_too(served: Served, endless: threading.Event) -> None:
    body = {"model": "base", "messages": ASK}
    with pytest.raises(httpx.ReadTimeout), httpx.Client(trust_env=False, timeout=httpx.Timeout(5, read=0.5)) as client:
        client.post(f"{served.url}/v1/chat/completions", json=body, headers=HEADERS)
    assert endless.wait(20)
    wait_for(lambda: served.server._open == 0, 20)


def test_a_client_that_leaves_while_it_waits_is_never_answered(served: Served, endless: threading.Event) -> None:
    body = {"model": "base", "messages": ASK, "stream": True}
    with httpx.Client(trust_env=False, timeout=60) as first:
        with first.stream("POST", f"{served.url}/v1/chat/completions", json=body, headers=HEADERS) as response:
            pieces = response.iter_bytes()  # held: a dropped iterator closes the connection
            next(pieces)
            with (
                pytest.raises(httpx.ReadTimeout),
                httpx.Client(trust_env=False, timeout=httpx.Timeout(5, read=0.5)) as second,
            ):
                second.post(f"{served.url}/v1/chat/completions", json=body, headers=HEADERS)
            assert not endless.is_set()  # the first one goes on
        assert endless.wait(20)
    wait_for(lambda: served.server._open == 0, 20)


def test_requests_at_once_are_answered_one_after_the_other(served: Served) -> None:
    alone = {name: ask(served, name) for name in ("base", "run-1", "run-2")}
    answers: dict[int, tuple[str, str]] = {}

    def one(i: int) -> None:
        name = ("base", "run-1", "run-2")[i % 3]
        answers[i] = (name, ask(served, name))

    threads = [threading.Thread(target=one, args=(i,)) for i in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 9
    assert all(text == alone[name] for name, text in answers.values())
    assert served.server.idle_s() < 60


def test_our_own_chat_adapter_talks_to_it(served: Served) -> None:
    from services.chat.messages import ChatMessage, ChatRequest
    from services.chat.servers.openai_compatible import OpenAICompatible

    server = OpenAICompatible(served.url, TOKEN)
    assert server.models()[0] == "base"
    request = ChatRequest("run-1", (ChatMessage("user", "Tea?"),), temperature=0.0, max_tokens=12)
    deltas = list(server.stream(request))
    assert "".join(d.text for d in deltas) == ask(served, "run-1")
    assert deltas[-1].usage and deltas[-1].usage.completion_tokens == 12
    with pytest.raises(Exception, match="longer than the 2048 tokens that run-1 can take"):
        list(server.stream(ChatRequest("run-1", (ChatMessage("user", "x" * 3000),))))


def test_the_end_of_the_server_is_not_the_end_of_an_answer(
    tmp_path: Path, served: Served, endless: threading.Event
) -> None:
    server = Server(Models(Project.create(tmp_path / "project"), base=served.model_dir), TOKEN)
    body = {"model": "base", "messages": ASK, "stream": True}
    with (
        serving(server.app) as url,
        httpx.Client(trust_env=False, timeout=60) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json=body, headers=HEADERS) as response,
    ):
        lines = response.iter_lines()
        assert "word" in next(lines)
        server.close()
        rest = [line for line in lines if line]
    assert len(rest) == 1 and "the server is stopping" in rest[0]


_LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
HOSTILE = {
    "refused": "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}",
    "endless": _LOOPS + "{% endfor %}{% endfor %}{% endfor %}",
    "unsafe": "{{ ''.__class__.__mro__ }}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_template_that_raises_or_never_ends_is_an_answer_and_not_the_end(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.templates.renderer.TIME_LIMIT_S", 1.0)
    model_dir = make_tiny_model(tmp_path / "hostile", template=HOSTILE[kind])
    server = Server(Models(Project.create(tmp_path / "project"), base=model_dir), TOKEN)
    body = {"model": "base", "messages": [{"role": "system", "content": "Be brief."}, *ASK], "max_tokens": 2}
    with serving(server.app) as url:
        response = httpx.post(f"{url}/v1/chat/completions", json=body, headers=HEADERS, trust_env=False, timeout=60)
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "template_error"
        text = {"model": "base", "prompt": "a", "max_tokens": 1}
        again = httpx.post(f"{url}/v1/completions", json=text, headers=HEADERS, trust_env=False, timeout=60)
        assert again.status_code == 200
    server.close()


TEXTS = ["plain words", "中文字符和 emoji 🙂👨‍👩‍👧‍👦 mixed é", "a\n\n  b\t", "🙂" * 12, ""]


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_join_to_the_text_and_never_hold_half_a_character(served: Served, text: str) -> None:
    tokenizer = Tokenizer.load(served.model_dir)
    pieces: list[str] = []
    stream = TextStream(tokenizer, (), pieces.append)
    for token_id in tokenizer.encode(text):
        stream.put(token_id)
    stream.end()
    assert "".join(pieces) == text
    assert not any("\ufffd" in p for p in pieces)


@pytest.mark.parametrize(
    ("text", "stop", "wanted"),
    [
        ("one STOP two", ("STOP",), "one "),
        ("one STO two", ("STOP",), "one STO two"),
        ("aab", ("ab",), "a"),
        ("ends in STO", ("STOP",), "ends in STO"),
        ("first B then A", ("A", "B"), "first "),
        ("停下来", ("下",), "停"),
    ],
)
def test_stop_texts(served: Served, text: str, stop: tuple[str, ...], wanted: str) -> None:
    tokenizer = Tokenizer.load(served.model_dir)
    pieces: list[str] = []
    stream = TextStream(tokenizer, stop, pieces.append)
    for token_id in tokenizer.encode(text):
        stream.put(token_id)
    stream.end()
    assert "".join(pieces) == wanted
    assert stream.stopped is (text != wanted)


def test_nonsense_bytes_do_not_hold_a_stream_up(served: Served) -> None:
    tokenizer = Tokenizer.load(served.model_dir)
    lone = next(i for i in range(len(tokenizer)) if tokenizer.decode([i]) == "\ufffd")
    pieces: list[str] = []
    stream = TextStream(tokenizer, (), pieces.append)
    for _ in range(40):
        stream.put(lone)
    assert pieces
    stream.end()
    assert set("".join(pieces)) == {"\ufffd"}
