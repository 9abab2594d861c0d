"""The Ollama client against the contract server (and a live Ollama, when OLLAMA_TEST_HOST is set)."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ollama import transfer
from services.ollama.client import OllamaClient
from services.ollama.errors import (
    CancelledError,
    OllamaAbsentError,
    OllamaError,
    OllamaTooOldError,
    UnknownModelError,
)
from tests.helpers.ollama_contract import Contract
from tests.helpers.tiny_gguf import PADDING, SMOLLM2

PROMPT = (
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n"
)
TEA = [{"role": "user", "content": "Tea?"}]
NAME = "tunesmith-contract-test"


@pytest.fixture
def deployed(any_client: OllamaClient, padded: Path) -> Iterator[OllamaClient]:
    """A client whose Ollama has the model NAME; it is removed afterwards."""
    digest = transfer.upload(any_client, padded)
    parameters = {"stop": ["<|im_end|>"], "num_ctx": 4096}
    transfer.create(any_client, NAME, files={"model.gguf": digest}, parameters=parameters)
    yield any_client
    if any_client.has(NAME):
        any_client.delete(NAME)


def test_a_padded_template_is_kept_and_listed(deployed: OllamaClient) -> None:
    assert deployed.has(NAME)
    shown = deployed.show(NAME)
    assert shown["template"] == PADDING + SMOLLM2
    assert '"<|im_end|>"' in shown["parameters"] and "4096" in shown["parameters"]


def test_copy_and_delete(deployed: OllamaClient) -> None:
    deployed.copy(NAME, f"{NAME}-2")
    assert deployed.show(f"{NAME}-2")["template"] == PADDING + SMOLLM2
    deployed.delete(f"{NAME}-2")
    assert not deployed.has(f"{NAME}-2")
    with pytest.raises(UnknownModelError, match=f"no model {NAME}-2"):
        deployed.delete(f"{NAME}-2")
    with pytest.raises(UnknownModelError):
        deployed.show("nobody-has-this")


def test_the_rendered_prompt_and_memory(client: OllamaClient, contract: Contract, padded: Path) -> None:
    transfer.create(client, NAME, files={"m.gguf": transfer.upload(client, padded)}, parameters={"num_ctx": 2048})
    assert client.render(NAME, TEA) == PROMPT
    assert [x["message"]["content"] for x in client.chat({"model": NAME, "messages": TEA})] == ["Tea", "?", ""]
    assert client.running()[0]["context_length"] == 2048
    client.unload(NAME)
    assert client.running() == []
    assert client.generate_raw(NAME, PROMPT, temperature=0)["done_reason"] == "stop"


def test_a_template_put_in_the_place_of_ours_is_a_failed_deployment(client: OllamaClient, plain: Path) -> None:
    digest = transfer.upload(client, plain)
    with pytest.raises(transfer.TemplateReplacedError, match="using autodetected template chatml"):
        transfer.create(client, NAME, files={"model.gguf": digest})


def test_upload_reports_progress_and_is_not_done_twice(client: OllamaClient, contract: Contract, padded: Path) -> None:
    seen: list[tuple[int, int]] = []
    size = padded.stat().st_size
    digest = transfer.upload(client, padded, progress=lambda done, total: seen.append((done, total)))
    assert digest == transfer.sha256_of(padded)
    assert seen[-1] == (size, size)
    assert transfer.upload(client, padded, digest) == digest
    assert len([r for r in contract.requests if r[1].startswith("/api/blobs/")]) == 1


def test_a_file_that_is_not_what_its_digest_says(client: OllamaClient, padded: Path) -> None:
    with pytest.raises(OllamaError, match="digest mismatch"):
        transfer.upload(client, padded, "sha256:" + "0" * 64)


def test_an_upload_can_be_cancelled(client: OllamaClient, tmp_path: Path) -> None:
    big = tmp_path / "big.gguf"
    with big.open("wb") as file:
        file.truncate(256 << 20)
    cancel = threading.Event()

    def progress(done: int, total: int) -> None:
        if done > 8 << 20:
            cancel.set()
            time.sleep(0.1)

    with pytest.raises(CancelledError):
        transfer.upload(client, big, "sha256:" + "1" * 64, progress=progress, cancel=cancel)
    cancel.set()
    with pytest.raises(CancelledError):
        transfer.sha256_of(big, cancel=cancel)


def test_only_success_means_created(client: OllamaClient, contract: Contract, padded: Path) -> None:
    digest = transfer.upload(client, padded)
    contract.faults.create_without_success = True
    with pytest.raises(OllamaError, match="broke off in the middle"):
        transfer.create(client, NAME, files={"m.gguf": digest})
    contract.faults.create_without_success = False
    contract.faults.create_dies = True
    with pytest.raises(OllamaError, match="broke off in the middle"):
        transfer.create(client, NAME, files={"m.gguf": digest})
    assert not client.has(NAME)


def test_an_error_line_after_200_is_an_error(any_client: OllamaClient) -> None:
    with pytest.raises(OllamaError, match=r"Ollama refused: .*no such file"):
        transfer.create(any_client, NAME, files={"m.gguf": "sha256:" + "0" * 64})


def test_names_are_checked_before_anything_is_sent(client: OllamaClient, contract: Contract) -> None:
    with pytest.raises(OllamaError, match="cannot be the name of a model"):
        transfer.create(client, "bad name!!", files={"m.gguf": "sha256:" + "0" * 64})
    assert contract.requests == []


def test_adapters_and_bases(client: OllamaClient, padded: Path, plain: Path) -> None:
    files = {"m.gguf": transfer.upload(client, padded)}
    adapters = {"lora.gguf": transfer.upload(client, plain)}
    transfer.create(client, NAME, files=files)
    transfer.create(client, "child", base=NAME, adapters=adapters, system="Be brief.")
    assert "Be brief." in client.render("child", TEA)
    with pytest.raises(OllamaError, match="neither 'from' or 'files'"):
        transfer.create(client, "alone", adapters=adapters)


def test_a_full_drive_is_said(client: OllamaClient, contract: Contract, padded: Path) -> None:
    contract.faults.upload_disk_full = True
    with pytest.raises(OllamaError, match="drive is full") as caught:
        transfer.upload(client, padded)
    assert "OLLAMA_MODELS" in caught.value.way_out


def test_pull_tells_why_it_failed(client: OllamaClient) -> None:
    with pytest.raises(OllamaError, match="no such host"):
        transfer.pull(client, "gemma2:2b")


@pytest.mark.parametrize(("version", "fits"), [("0.32.15", True), ("0.30.0", True), ("0.0.0", True), ("v1.2.3", True)])
def test_versions_that_will_do(client: OllamaClient, contract: Contract, version: str, fits: bool) -> None:
    contract.faults.version = version
    assert client.require() == version


@pytest.mark.parametrize("version", ["0.29.9", "0.5.7", "0.3.14"])
def test_an_ollama_that_is_too_old_is_said(client: OllamaClient, contract: Contract, version: str) -> None:
    contract.faults.version = version
    with pytest.raises(OllamaTooOldError, match=rf"is version {version}; deploying needs 0\.30\.0") as caught:
        client.require()
    assert "https://ollama.com/download" in caught.value.way_out


def test_an_ollama_that_is_absent_is_said() -> None:
    with OllamaClient("127.0.0.1:9") as client, pytest.raises(OllamaAbsentError, match="No Ollama answers at http"):
        client.version()


def test_something_else_on_that_port_is_not_an_ollama() -> None:
    from starlette.applications import Starlette

    from tests.helpers.ollama_contract import serving

    with serving(Starlette()) as url, OllamaClient(url) as client, pytest.raises(OllamaAbsentError):
        client.version()


def test_it_dies_in_mid_stream(client: OllamaClient, contract: Contract, padded: Path) -> None:
    transfer.create(client, NAME, files={"m.gguf": transfer.upload(client, padded)})
    contract.answer = lambda prompt, messages: "one two three four"
    contract.faults.chat_dies_after = 2
    pieces = client.chat({"model": NAME, "messages": TEA})
    assert [next(pieces)["message"]["content"], next(pieces)["message"]["content"]] == ["one", " two"]
    with pytest.raises(OllamaError, match="broke off in the middle") as caught:
        next(pieces)
    assert "untouched" in caught.value.way_out


def test_an_error_in_mid_stream(client: OllamaClient, contract: Contract, padded: Path) -> None:
    transfer.create(client, NAME, files={"m.gguf": transfer.upload(client, padded)})
    contract.faults.chat_error_after = 1
    with pytest.raises(OllamaError, match="an error was encountered while running the model"):
        list(client.chat({"model": NAME, "messages": TEA}))


def test_busy_and_too_long(client: OllamaClient, contract: Contract, padded: Path) -> None:
    transfer.create(client, NAME, files={"m.gguf": transfer.upload(client, padded)}, parameters={"num_ctx": 512})
    with pytest.raises(OllamaError, match=f"longer than the 512 tokens that {NAME} can take"):
        list(client.chat({"model": NAME, "messages": [{"role": "user", "content": "word " * 1000}]}))
    contract.faults.busy = True
    with pytest.raises(OllamaError, match="too much to do"):
        list(client.chat({"model": NAME, "messages": TEA}))


def test_a_proxy_of_the_system_does_not_get_in_between(
    client: OllamaClient, monkeypatch: pytest.MonkeyPatch, contract: Contract
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with OllamaClient(contract.url) as fresh:
        assert fresh.version() == "0.32.15"


def test_a_key_is_sent_only_when_given(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "secret-of-another-service")
    with OllamaClient(contract.url) as plain, OllamaClient(contract.url, key="abc") as keyed:
        assert "authorization" not in plain.connect().client.headers
        assert keyed.connect().client.headers["authorization"] == "Bearer abc"
