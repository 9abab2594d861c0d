"""The real `ollama` and `openai` clients against the contract server (and a live Ollama, when OLLAMA_TEST_HOST is set).

What these libraries take for an answer of Ollama, the contract server gives; so do our own clients understand both.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import ollama
import openai
import pytest

from services.ollama import transfer
from services.ollama.client import OllamaClient
from tests.helpers.ollama_contract import Contract
from tests.helpers.tiny_gguf import PADDING, SMOLLM2
from tests.services.ollama.conftest import LIVE

NAME = "tunesmith-real-clients-test"
TEA = [{"role": "user", "content": "Tea, please?"}]


@pytest.fixture(params=["contract", "live"] if LIVE else ["contract"])
def host(request: pytest.FixtureRequest) -> str:
    return OllamaClient(LIVE).url if request.param == "live" else str(request.getfixturevalue("contract").url)


@pytest.fixture
def library(host: str) -> Iterator[ollama.Client]:
    made = ollama.Client(host, trust_env=False)
    yield made
    made._client.close()


def test_create_list_show_copy_delete(library: ollama.Client, host: str, padded: Path) -> None:
    digest = library.create_blob(padded)
    assert digest == transfer.sha256_of(padded)
    lines = list(library.create(NAME, files={"model.gguf": digest}, parameters={"num_ctx": 4096}, stream=True))
    assert lines[-1].status == "success"
    try:
        assert f"{NAME}:latest" in [m.model for m in library.list().models]
        shown = library.show(NAME)
        assert shown.template == PADDING + SMOLLM2
        assert shown.capabilities == ["completion"]
        library.copy(NAME, f"{NAME}-2")
        assert library.delete(f"{NAME}-2").status == "success"
    finally:
        library.delete(NAME)
    with pytest.raises(ollama.ResponseError) as caught:
        library.delete(NAME)
    assert caught.value.status_code == 404


def test_chat_and_its_failures(library: ollama.Client, contract: Contract, padded: Path) -> None:
    with OllamaClient(contract.url) as ours:
        transfer.create(ours, NAME, files={"m.gguf": transfer.upload(ours, padded)})
    local = ollama.Client(contract.url, trust_env=False)
    try:
        whole = local.chat(NAME, TEA)
        pieces = list(local.chat(NAME, TEA, stream=True))
        assert "".join(p.message.content or "" for p in pieces) == whole.message.content == "Tea, please?"
        assert (pieces[-1].done_reason, pieces[-1].eval_count) == ("stop", whole.eval_count)
        contract.faults.chat_error_after = 1
        with pytest.raises(ollama.ResponseError) as caught:
            list(local.chat(NAME, TEA, stream=True))
        assert caught.value.status_code == -1
    finally:
        local._client.close()


def test_openai(contract: Contract, padded: Path) -> None:
    with OllamaClient(contract.url) as ours:
        transfer.create(ours, NAME, files={"m.gguf": transfer.upload(ours, padded)})
    http = httpx.Client(trust_env=False)
    with openai.OpenAI(base_url=f"{contract.url}/v1", api_key="x", max_retries=0, http_client=http) as client:
        assert [m.id for m in client.models.list()] == [f"{NAME}:latest"]
        answer = client.chat.completions.create(model=NAME, messages=TEA, max_tokens=2)  # type: ignore[arg-type]
        assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Tea,", "length")
        with pytest.raises(openai.NotFoundError, match="model 'nobody' not found"):
            client.chat.completions.create(model="nobody", messages=TEA)  # type: ignore[arg-type]
