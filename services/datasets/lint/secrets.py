"""Keys and passwords in the text."""

import functools
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from services.datasets.lint import Example, Subject, TextCheck, checks
from services.i18n import N_

_HINT = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|A3T|aws|xox[abposr]-|hooks\.slack|k_live_|eyJ|gh[pousr]_|PRIVATE KEY|PuTTY|AC[a-z0-9]{32}|"
    r"SK[a-z0-9]{32}|AccountKey=|-us\d|_authToken|pypi-|SG\.|\d:[0-9A-Za-z_-]{35}|glpat|gl[a-z]{2,6}-|sk-|sq0|hf_|"
    r"AIza|LTAI|://[^\s/]{1,80}:[^\s/]{1,80}@",
    re.I,
)
_PLUGINS = {
    "aws": "AWSKeyDetector", "azure_storage_key": "AzureStorageKeyDetector", "basic_auth": "BasicAuthDetector",
    "github_token": "GitHubTokenDetector", "gitlab_token": "GitLabTokenDetector", "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector", "npm": "NpmDetector", "openai": "OpenAIDetector",
    "pypi_token": "PypiTokenDetector", "sendgrid": "SendGridDetector", "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector", "stripe": "StripeDetector", "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}  # fmt: skip
_MORE = re.compile(
    r"\bsk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{32,}\b|\bhf_[A-Za-z0-9]{30,40}\b|\bAIza[0-9A-Za-z_-]{35}\b|\bLTAI[0-9A-Za-z]{16,24}\b"
)
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----.{30,6000}?"
    r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    re.S,
)
_MADE_UP = re.compile(
    r"example|your|xxxx|\.\.\.|\*\*\*|1234567|abcdef|placeholder|password@|:pass@|user:|<|\{|changeme", re.I
)
_SHORTEST = 6  # characters
_MASK = "[SECRET]"


@checks.add("secrets")
class Secrets(TextCheck):
    """detect-secrets' detectors of known forms of keys (not its guesses by entropy), and a few more forms. Made-up ones
    that say so are let be."""

    id, title = "secrets", N_("Keys and passwords")
    help = N_("A model repeats what it learned, keys included. Mask them, and make the real ones invalid.")
    verb, does = N_("Mask"), N_("Write [SECRET] in their place.")
    roles = ("question", "answer", "system", "text", "rejected", "call", "result", "tools")
    sentence = N_("{column} holds what looks like a key or password: {seen}")
    way_out = N_("Mask it, and make the real one invalid.")
    example = Example(
        ({"instruction": "a", "output": "Use AKIAQ3EGRDZ7TNWB5HVM for it."}, {"instruction": "b",
          "output": "token ghp_k7Dq2ZpVn0sT4xUe8yWb1cRf5gHj9mLo3aNi"}, {"instruction": "c", "output":
          "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAq7Zk0Vw2xk9dTn3\n-----END RSA PRIVATE KEY-----"},
         {"instruction": "d", "output": "AKIAIOSFODNN7EXAMPLE"}, {"instruction": "e", "output": "postgres://user:pass@h/"
          "db"}, {"instruction": "f", "output": "A risk-free sk-ip to 1:30 and 5d41402abc4b2a76b9719d911017c592"},
         {"instruction": "g", "output": "Begin with -----BEGIN RSA PRIVATE KEY----- and put yours below."}), (0, 1, 2)
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """The first one, all but its beginning hidden."""
        found = min(_found(text), default=None)
        if found is None:
            return None
        secret = text[found[0] : found[1]]
        return f"{secret[:6]}…" if len(secret) > 12 else "…"

    def mended(self, text: str, row: Subject) -> str:
        """The text with a mask in the place of each."""
        for start, stop in sorted(set(_found(text)), reverse=True):
            text = text[:start] + _MASK + text[stop:]
        return text


def _found(text: str) -> Iterator[tuple[int, int]]:
    """(start, stop) of each; none within another."""
    if not _HINT.search(text):
        return
    spans: list[tuple[int, int]] = [(m.start(), m.end()) for m in _KEY_BLOCK.finditer(text)]
    for pattern, valid in _patterns():
        for match in pattern.finditer(text):
            inner = bool(match.lastindex) and len(match[1] or "") >= _SHORTEST
            if valid(match[0]):
                spans.append(match.span(1) if inner else match.span())
    spans += [(m.start(), m.end()) for m in _MORE.finditer(text)]
    last = 0
    for start, stop in sorted(spans, key=lambda s: (s[0], -s[1])):
        whole = text[max(0, start - 12) : stop + 8]
        if start >= last and stop - start >= _SHORTEST and not _MADE_UP.search(whole):
            last = stop
            yield start, stop


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], Callable[[str], bool]]]:
    """Patterns of detect-secrets, each with what else must hold. Its own search gives the inner groups only."""
    plugins: list[Any] = [getattr(import_module(f"detect_secrets.plugins.{m}"), c)() for m, c in _PLUGINS.items()]
    return [(pattern, getattr(p, "is_formally_valid", lambda _: True)) for p in plugins for pattern in p.denylist]
