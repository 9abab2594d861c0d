"""The Ollama that the tests talk to: the contract server, and a live one too when OLLAMA_TEST_HOST names it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ollama.client import OllamaClient
from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_gguf import PADDING, SMOLLM2, make_tiny_gguf

LIVE = os.environ.get("OLLAMA_TEST_HOST", "")


@pytest.fixture
def contract() -> Iterator[Contract]:
    with ollama_contract() as running:
        yield running


@pytest.fixture
def client(contract: Contract) -> Iterator[OllamaClient]:
    """A client of the contract server."""
    with OllamaClient(contract.url) as made:
        yield made


@pytest.fixture(params=["contract", "live"] if LIVE else ["contract"])
def any_client(request: pytest.FixtureRequest) -> Iterator[OllamaClient]:
    """A client of the contract server, and of a live one where there is one."""
    if request.param == "live":
        with OllamaClient(LIVE) as made:
            yield made
    else:
        yield request.getfixturevalue("client")


@pytest.fixture
def padded(tmp_path: Path) -> Path:
    return make_tiny_gguf(tmp_path / "padded 模型.gguf", PADDING + SMOLLM2)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return make_tiny_gguf(tmp_path / "plain.gguf")
