"""OLLAMA_HOST in all its spellings, and names of models."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ollama.address import ollama_url
from services.ollama.names import full, slug, valid


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":9000", "http://127.0.0.1:9000"),
        ("localhost", "http://127.0.0.1:11434"),
        ("[::]:11434", "http://127.0.0.1:11434"),
        ("::", "http://127.0.0.1:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("192.168.1.20", "http://192.168.1.20:11434"),
        ("http://192.168.1.20", "http://192.168.1.20:80"),
        ("https://models.example.org", "https://models.example.org:443"),
        ("https://models.example.org:8443/ollama/", "https://models.example.org:8443/ollama"),
        ('"127.0.0.1:11434"', "http://127.0.0.1:11434"),
        ("  127.0.0.1:11434/ ", "http://127.0.0.1:11434"),
        ("127.0.0.1:99999", "http://127.0.0.1:11434"),
    ],
)
def test_hosts(host: str, url: str) -> None:
    assert ollama_url(host) == url


def test_none_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:4321")
    assert ollama_url() == "http://127.0.0.1:4321"
    monkeypatch.delenv("OLLAMA_HOST")
    assert ollama_url() == "http://127.0.0.1:11434"


@pytest.mark.parametrize("name", ["mine", "mine:v2", "me/mine", "host.org/me/mine:latest", "a" * 80, "_x.y-z"])
def test_names_that_ollama_takes(name: str) -> None:
    assert valid(name)


@pytest.mark.parametrize("name", ["", "bad name!!", "-mine", ".mine", "a" * 81, "模型", "a/b/c/d", "mine:", "me//mine"])
def test_names_that_ollama_does_not_take(name: str) -> None:
    assert not valid(name)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My Support Bot", "my-support-bot"),
        ("Café n° 3 (final)", "cafe-n-3-final"),
        ("客服", "tuned"),
        ("客服 v2", "v2"),
        ("", "tuned"),
        ("..hidden..", "hidden"),
    ],
)
def test_slugs(title: str, name: str) -> None:
    assert slug(title) == name


@given(st.text(max_size=200))
def test_a_slug_is_always_a_valid_name(title: str) -> None:
    assert valid(slug(title))
    assert re.fullmatch(r"[a-z0-9_.-]{1,80}", slug(title))


def test_full_adds_the_tag_only_where_it_is_missing() -> None:
    assert full("mine") == "mine:latest"
    assert full("mine:v2") == "mine:v2"
    assert full("host:5000/me/mine") == "host:5000/me/mine:latest"
