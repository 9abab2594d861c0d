"""Addresses as people paste them."""

import pytest

from services.chat.addresses import base_url
from services.chat.errors import ChatError
from services.http import context_limit, is_loopback, server_words


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("localhost:1234", "http://localhost:1234/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/chat/completions", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/chat/completions/", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/models", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/models?x=1#y", "http://127.0.0.1:8080/v1"),
        ("  0.0.0.0:8000 ", "http://127.0.0.1:8000/v1"),
        ("192.168.1.4", "http://192.168.1.4/v1"),
        ("pc-in-the-attic:5000", "http://pc-in-the-attic:5000/v1"),
        ("api.example.com", "https://api.example.com/v1"),
        ("api.example.com/api/v3/chat/completions", "https://api.example.com/api/v3"),
        ("https://example.com/openai/v1beta", "https://example.com/openai/v1beta"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_pasted(pasted: str, url: str) -> None:
    assert base_url(pasted) == url
    assert base_url(url) == url


@pytest.mark.parametrize("pasted", ["", "   ", "ftp://example.com", "http://", "two words", "http://[::1"])
def test_no_address(pasted: str) -> None:
    with pytest.raises(ChatError, match="is not the address of a server") as caught:
        base_url(pasted)
    assert "http://127.0.0.1:8080/v1" in caught.value.way_out


@pytest.mark.parametrize(
    ("url", "near"),
    [("http://localhost:1", True), ("http://127.0.0.5/v1", True), ("http://[::1]:3", True), ("http://10.0.0.1", False)],
)
def test_loopback(url: str, near: bool) -> None:
    assert is_loopback(url) is near


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": "plain"}', "plain"),
        ('{"error": {"message": "nested", "type": "x"}}', "nested"),
        ('{"error":"{\\"error\\":{\\"code\\":500,\\"message\\":\\"twice\\"}}"}', "twice"),
        ("not json", "not json"),
        ("", ""),
        ("[1]", ""),
        ('{"other": 1}', ""),
    ],
)
def test_a_servers_own_words(body: str, words: str) -> None:
    assert server_words(body) == words


def test_context_limits() -> None:
    assert context_limit("nothing of the kind") == ""
    assert context_limit("request (6031 tokens) exceeds the available context size (2048 tokens)") == "2048"
    assert context_limit('{"code":"context_length_exceeded"}') == "?"
