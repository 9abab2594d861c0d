"""Asking a chat server many questions so that none is asked twice: every reply is on the disk before it is read."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.chat.errors import PassingError
from services.chat.messages import CANCELLED, ChatMessage, ChatRequest
from services.chat.server import ChatServer

_WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)
_LISTEN_S = 0.2


class Reply(msgspec.Struct, omit_defaults=True):
    """A model's reply. number: of the question, from 1. key: of its text. took_s: seconds."""

    number: int
    key: str
    text: str
    took_s: float = 0.0
    cut: bool = False
    """Whether the reply reached max_tokens."""


@dataclass(frozen=True)
class Question:
    """A question to a model. number: from 1."""

    number: int
    text: str

    @property
    def key(self) -> str:
        """Tells whether it is the question that was asked before."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Replies:
    """The file of replies of one job: one JSON line each, durable. A half-written last line is as if never written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.by_number = {reply.number: reply for reply in read_replies(path)}

    def of(self, question: Question) -> Reply | None:
        """The reply to a question, if that very question was asked."""
        reply = self.by_number.get(question.number)
        return reply if reply is not None and reply.key == question.key else None

    def add(self, reply: Reply) -> None:
        """Keep a reply. When it returns, the reply is on the disk. OSError if the drive is full."""
        line = msgspec.json.encode(reply) + b"\n"
        with self._path.open("ab") as file:
            if file.tell() and not _ends_whole(self._path):
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.by_number[reply.number] = reply


def read_replies(path: Path) -> Iterator[Reply]:
    """Replies of a file, in the order they came; lines that are not whole are passed over."""
    if not path.is_file():
        return
    decoder = msgspec.json.Decoder(Reply)
    with path.open("rb") as file:
        for line in file:
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError:
                continue


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


@dataclass(frozen=True)
class Manner:
    """How a model is asked. system: '' for none."""

    model: str
    temperature: float = 0.7
    max_tokens: int = 2048
    seed: int | None = None
    think: bool | None = None
    system: str = ""


def ask_all(
    server: ChatServer,
    manner: Manner,
    questions: Iterable[Question],
    replies: Replies,
    stop: Callable[[], bool],
    waiting: Callable[[PassingError, float], None] = lambda error, wait_s: None,
    waits_s: tuple[float, ...] = _WAITS_S,
) -> Iterator[Reply]:
    """Replies to questions, in order; those that are kept already are not asked again.

    stop: asked again and again, also while an answer comes; once it says yes, this ends. waiting: told when the server
    is asked again after an error that may pass, in so many seconds. ChatError when it does not pass.
    """
    for question in questions:
        if stop():
            return
        reply = replies.of(question)
        if reply is None:
            reply = _ask_patiently(server, manner, question, stop, waiting, waits_s)
            if reply is None:
                return
            replies.add(reply)
        yield reply


def _ask_patiently(
    server: ChatServer,
    manner: Manner,
    question: Question,
    stop: Callable[[], bool],
    waiting: Callable[[PassingError, float], None],
    waits_s: tuple[float, ...],
) -> Reply | None:
    for wait_s in [*waits_s, None]:
        try:
            return ask_once(server, manner, question, stop)
        except PassingError as error:
            if wait_s is None:
                raise
            waiting(error, wait_s)
            until = time.monotonic() + wait_s
            while time.monotonic() < until:
                if stop():
                    return None
                time.sleep(min(_LISTEN_S, wait_s))
    return None


def ask_once(server: ChatServer, manner: Manner, question: Question, stop: Callable[[], bool]) -> Reply | None:
    """One reply, kept nowhere; None if it was stopped. ChatError at the first trouble."""
    begin = time.monotonic()
    cancel, over = threading.Event(), threading.Event()

    def listen() -> None:
        while not over.wait(_LISTEN_S):
            if stop():
                cancel.set()
                return

    messages = [ChatMessage("system", manner.system)] if manner.system else []
    request = ChatRequest(
        manner.model,
        (*messages, ChatMessage("user", question.text)),
        temperature=manner.temperature,
        max_tokens=manner.max_tokens,
        seed=manner.seed,
        think=manner.think,
    )
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    text, reason = [], ""
    try:
        for delta in server.stream(request, cancel):
            text.append(delta.text)
            reason = delta.done_reason or reason
    finally:
        over.set()
        listener.join()
    if reason == CANCELLED:
        return None
    took_s = round(time.monotonic() - begin, 3)
    return Reply(question.number, question.key, "".join(text), took_s, reason == "length")
