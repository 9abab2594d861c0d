"""Endpoints that the person added, and where their keys go."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from services.chat import keys
from services.chat.endpoints import (
    EndpointError,
    add_endpoint,
    endpoint,
    endpoints,
    endpoints_path,
    remove_endpoint,
)
from services.chat.errors import ChatError
from services.chat.servers.ollama import Ollama
from services.chat.servers.openai_compatible import OpenAICompatible
from services.settings import load_settings, save_settings


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A key store that lives as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    monkeypatch.setattr(keys, "_session", {})
    yield made
    keyring.set_keyring(before)


def test_ollama_is_always_there_with_the_address_of_the_settings() -> None:
    assert [(e.id, e.url) for e in endpoints()] == [("ollama", "")]
    settings = load_settings()
    settings.ollama_host = "192.168.1.9"
    save_settings(settings)
    server = endpoint("ollama").open()
    assert isinstance(server, Ollama)
    assert server.url == "http://192.168.1.9:11434"
    server.close()


def test_adding_changing_and_removing(store: MemoryKeyring) -> None:
    made = add_endpoint(" LM Studio ", "127.0.0.1:1234", key="sk-secret")
    assert (made.id, made.name, made.url) == ("lm-studio", "LM Studio", "http://127.0.0.1:1234/v1")
    add_endpoint("工作站", "10.0.0.2:8000")
    add_endpoint("LM Studio", "127.0.0.1:4321")
    assert [(e.id, e.url) for e in endpoints()[1:]] == [
        ("工作站", "http://10.0.0.2:8000/v1"),
        ("lm-studio", "http://127.0.0.1:4321/v1"),
    ]
    assert isinstance(endpoint("LM Studio").open(), OpenAICompatible)
    assert keys.load_key("lm-studio") == "sk-secret"
    remove_endpoint("lm-studio")
    assert keys.load_key("lm-studio") == ""
    assert store.kept == {}
    with pytest.raises(EndpointError, match="no connection lm-studio"):
        remove_endpoint("lm-studio")
    with pytest.raises(EndpointError, match="no connection nobody"):
        endpoint("nobody")


def test_keys_go_to_the_key_store_and_into_no_file(data_dir: Path) -> None:
    add_endpoint("Mine", "127.0.0.1:1234", key="sk-very-secret")
    keys._session.clear()
    assert keys.load_key("mine") == "sk-very-secret"
    assert all(b"sk-very-secret" not in p.read_bytes() for p in data_dir.rglob("*") if p.is_file())


def test_without_a_key_store_the_key_lasts_as_long_as_the_program() -> None:
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    with pytest.raises(keys.NoKeyStoreError, match="no safe place for keys") as caught:
        add_endpoint("Mine", "127.0.0.1:1234", key="sk-secret")
    assert "enter the key each time" in caught.value.way_out
    assert [e.id for e in endpoints()] == ["ollama", "mine"]  # the endpoint itself is saved
    assert keys.load_key("mine") == "sk-secret"
    keys._session.clear()
    assert keys.load_key("mine") == ""
    keys.forget_key("mine")


@pytest.mark.parametrize(("name", "url"), [("Ollama", "127.0.0.1:1"), ("  ", "127.0.0.1:1"), ("!!", "127.0.0.1:1")])
def test_names_that_will_not_do(name: str, url: str) -> None:
    with pytest.raises(EndpointError):
        add_endpoint(name, url)


def test_an_address_that_is_none_saves_nothing() -> None:
    with pytest.raises(ChatError):
        add_endpoint("Mine", "ftp://x")
    assert not endpoints_path().exists()


@pytest.mark.parametrize("text", ["[[endpoint", '[[endpoint]]\nname = "no id"', "endpoint = 3"])
def test_a_broken_file_is_said_and_kept(text: str) -> None:
    endpoints_path().write_text(text, encoding="utf-8")
    with pytest.raises(EndpointError, match=r"endpoints\.toml cannot be read"):
        endpoints()
    assert endpoints_path().read_text(encoding="utf-8") == text
