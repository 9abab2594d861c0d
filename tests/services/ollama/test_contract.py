"""Holds the contract server to 79 recorded exchanges with the real Ollama 0.32.15.

Every recorded request is sent again, in order; what is compared: status, content type, errors to the letter, status
lines of create, rendered prompts, and the shape (keys and types) of everything else. Only the weights differ: small
files stand for the recorded ones, so digests, sizes and generated words are not the recorded ones.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_gguf import SMOLLM2, make_tiny_gguf

RECORDED = Path(__file__).parents[2] / "data" / "ollama"
EXCHANGES = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(RECORDED.glob("*.json"))]
BY_NAME = {e["name"]: e for e in EXCHANGES}
JUNK = b"this is not a model"


def recorded_digest(name: str) -> str:
    return "sha256:" + BY_NAME[name]["request"]["body"]["sha256"]


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Recorded digest -> bytes that stand for that file here."""
    folder = tmp_path_factory.mktemp("gguf")
    padded = BY_NAME["show-padded"]["response"]["json"]["template"]
    made = {
        "blob-post-plain": make_tiny_gguf(folder / "plain.gguf").read_bytes(),
        "blob-post-padded": make_tiny_gguf(folder / "padded.gguf", padded).read_bytes(),
        "blob-post-f16": make_tiny_gguf(folder / "f16.gguf", padded, file_type=1).read_bytes(),
        "blob-post-adapter": make_tiny_gguf(folder / "adapter.gguf", "").read_bytes(),
        "blob-post-junk": JUNK,
        "blob-digest-mismatch": b"abc",
    }
    return {recorded_digest(name): data for name, data in made.items()}


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def send(client: httpx.Client, exchange: dict[str, Any], blobs: dict[str, bytes]) -> httpx.Response:
    """A recorded request, with our small files in the place of the recorded ones."""
    request = exchange["request"]
    path, body = request["path"], request.get("json")
    for old, data in blobs.items():
        if exchange["name"] != "blob-digest-mismatch":
            path = path.replace(old, digest(data))
        if body is not None:
            body = json.loads(json.dumps(body).replace(old, digest(data)))
    content = None
    if raw := request.get("body"):
        content = raw["text"].encode() if "text" in raw else blobs["sha256:" + raw["sha256"]]
    return client.request(request["method"], path, json=body, content=content)


def neutral(text: str) -> str:
    """Without what depends on the machine or the file: digests and the models folder."""
    text = re.sub(r"sha256[:-](?!0{64})[0-9a-f]{64}", "sha256:X", text)
    return re.sub(r"open \S+[\\/]blobs[\\/]", "open MODELS/blobs/", text)


def shape(data: Any) -> Any:
    """Keys and kinds of values; lists by their first item."""
    if isinstance(data, dict):
        return {k: shape(v) for k, v in data.items()}
    if isinstance(data, list):
        return [shape(data[0])] if data else []
    return "number" if isinstance(data, int | float) and not isinstance(data, bool) else type(data).__name__


def check_object(name: str, got: Any, wanted: Any) -> None:
    """One object of an answer against the recorded one."""
    if isinstance(wanted, dict) and "error" in wanted and name != "chat-too-long":
        assert neutral(json.dumps(got)) == neutral(json.dumps(wanted))
    elif isinstance(wanted, dict) and "_debug_info" in wanted:
        assert got["_debug_info"] == wanted["_debug_info"]
        assert shape(got) == shape(wanted)
    elif name == "chat-too-long":
        assert shape(json.loads(got["error"])) == shape(json.loads(wanted["error"]))
        assert json.loads(got["error"])["error"]["type"] == "exceed_context_size_error"
    elif name.startswith("show-"):
        assert (got["template"], got["parameters"]) == (wanted["template"], wanted["parameters"])
        assert set(got) == set(wanted)
        assert shape(got["details"]) == shape(wanted["details"])
    elif name in ("tags", "v1-models"):
        key, label = ("models", "name") if name == "tags" else ("data", "id")
        assert {m[label] for m in got[key]} == {m[label] for m in wanted[key]}
        assert shape(got) == shape(wanted)
    else:
        assert shape(got) == shape(wanted)
        if "done_reason" in wanted and name != "chat-adapter":
            assert got["done_reason"] == wanted["done_reason"]


def check(exchange: dict[str, Any], got: httpx.Response) -> None:
    name, wanted = exchange["name"], exchange["response"]
    assert got.status_code == wanted["status"]
    if wanted.get("content_type"):
        assert got.headers["content-type"].split(";")[0] == wanted["content_type"].split(";")[0]
    if "text" in wanted:
        assert got.text == wanted["text"]
    if "json" in wanted:
        check_object(name, got.json(), wanted["json"])
    if "ndjson" in wanted:
        lines = [json.loads(x) for x in got.text.splitlines()]
        if name.startswith("create-"):
            assert [neutral(json.dumps(x)) for x in steps(lines)] == [
                neutral(json.dumps(x)) for x in steps(wanted["ndjson"])
            ]
        else:
            for one in (0, -1):
                check_object(name, lines[one], wanted["ndjson"][one])
    if "sse" in wanted:
        assert kinds(got.text) == kinds(wanted["sse"])


def steps(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Status lines with 'new' and 'existing' layers alike: which of them exist depends on the weights."""
    return [{k: re.sub(r"^(creating new|using existing) layer", "layer", v) for k, v in line.items()} for line in lines]


def kinds(stream: str) -> list[Any]:
    """Shapes of the first and the last three events of a stream."""
    events = [e.removeprefix("data: ") for e in stream.split("\n\n") if e]
    shapes = [e if e == "[DONE]" else shape(json.loads(e)) for e in events]
    return [shapes[0], *shapes[-3:]]


def answer(prompt: str, messages: list[dict[str, Any]]) -> str:
    """Long enough to be cut at 12 pieces where the real model was, short where it ended by itself."""
    short = "Answer with one number." in messages[-1]["content"] or "What is 2+2" in prompt
    return "The answer is 4." if short and "Plus one" not in prompt else "word " * 30


@pytest.fixture(scope="module")
def contract() -> Any:
    with ollama_contract(answer=answer) as running:
        yield running


@pytest.fixture(scope="module")
def replayed(contract: Contract, blobs: dict[str, bytes]) -> dict[str, httpx.Response]:
    with httpx.Client(base_url=contract.url, trust_env=False, timeout=30) as client:
        return {e["name"]: send(client, e, blobs) for e in EXCHANGES}


def test_there_are_79_recordings() -> None:
    assert len(EXCHANGES) == len(BY_NAME) == 79


@pytest.mark.parametrize("name", BY_NAME)
def test_the_contract_server_answers_as_the_real_one(name: str, replayed: dict[str, httpx.Response]) -> None:
    check(BY_NAME[name], replayed[name])


def test_the_recorded_template_is_the_one_that_gets_replaced() -> None:
    assert BY_NAME["show-padded"]["response"]["json"]["template"].endswith("#}" + SMOLLM2)
