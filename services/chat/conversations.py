"""Chats of a project: one JSON file each in its `chats` folder, written whole after every message.

The text of a message is kept exactly as it was typed or answered; nothing here escapes or trims it.
"""

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from services import files
from services.chat.messages import ChatMessage, ChatRole
from services.errors import TunesmithError
from services.i18n import N_

SCHEMA = 1
_TITLE_LENGTH = 60


class SavedChatError(TunesmithError):
    """A saved chat that is not there or cannot be read."""


class SavedMessage(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One message as kept. time: seconds since 1970. model, done_reason, tokens: of answers."""

    role: ChatRole
    content: str
    reasoning: str = ""
    time: float = 0.0
    model: str = ""
    done_reason: str = ""
    tokens: int = 0

    def message(self) -> ChatMessage:
        """As a chat server takes it."""
        return ChatMessage(self.role, self.content, self.reasoning)


class SavedChat(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One chat. server: id of an endpoint, or 'run'. model: its name there. options: temperature and the like."""

    id: str
    schema: int = SCHEMA
    title: str = ""
    created: float = 0.0
    changed: float = 0.0
    server: str = ""
    model: str = ""
    system: str = ""
    options: dict[str, Any] = {}
    messages: list[SavedMessage] = []

    def to_send(self) -> tuple[ChatMessage, ...]:
        """What a server gets: the system prompt, where there is one, and all messages."""
        head = (ChatMessage("system", self.system),) if self.system else ()
        return (*head, *(m.message() for m in self.messages))

    def shown_title(self) -> str:
        """The title, or the first words of the first question; may be empty."""
        if self.title:
            return self.title
        first = next((m.content for m in self.messages if m.role == "user"), "")
        words = " ".join(first.split())
        return words if len(words) <= _TITLE_LENGTH else words[: _TITLE_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True)
class ChatSummary:
    """A chat in a list. found: the words around a hit of a search."""

    id: str
    title: str
    model: str
    changed: float
    messages: int
    found: str = ""


@dataclass
class ChatStore:
    """The chats of one folder. problems: files that could not be read at the last listing, each with its reason."""

    folder: Path
    problems: list[SavedChatError] = field(default_factory=list)

    def new(self, *, server: str = "", model: str = "", system: str = "") -> SavedChat:
        """A new chat; nothing is written before its first message."""
        now = time.time()
        name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
        return SavedChat(
            id=f"{name}-{secrets.token_hex(3)}", created=now, changed=now, server=server, model=model, system=system
        )

    def add(self, chat: SavedChat, message: SavedMessage) -> None:
        """Append a message and write the chat."""
        message.time = message.time or time.time()
        chat.messages.append(message)
        self.save(chat)

    def save(self, chat: SavedChat) -> None:
        """Write a chat, whole or not at all."""
        chat.changed = time.time()
        files.write_bytes(self._path(chat.id), _to_json(chat))

    def load(self, chat_id: str) -> SavedChat:
        """A chat by id. SavedChatError if it is not there, broken, or of a newer version."""
        path = self._path(chat_id)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            chat = msgspec.convert(data, SavedChat)
        except FileNotFoundError:
            raise SavedChatError(N_("This chat is no longer there."), id=chat_id) from None
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise SavedChatError(
                N_("The chat {file} cannot be read: {reason}"),
                way_out=N_("The other chats are untouched; a text editor may mend this one."),
                file=path.name,
                reason=str(error),
            ) from error
        if chat.schema > SCHEMA:
            raise SavedChatError(
                N_("The chat {file} was made by a newer Tunesmith."),
                way_out=N_("Update Tunesmith to open it."),
                file=path.name,
            )
        chat.id = chat_id
        return chat

    def summaries(self) -> list[ChatSummary]:
        """All chats, the latest first. What cannot be read is left out and named in `problems`."""
        return [_summary(chat) for chat in self._all()]

    def search(self, text: str) -> list[ChatSummary]:
        """Chats with text in their title or messages, case aside; the latest first, with the words around the hit."""
        wanted = re.compile(re.escape(text), re.IGNORECASE)
        hits = []
        for chat in self._all():
            for content in [chat.shown_title(), *(m.content for m in chat.messages)]:
                if hit := wanted.search(content):
                    hits.append(_summary(chat, _around(content, hit.start(), hit.end())))
                    break
        return hits

    def rename(self, chat_id: str, title: str) -> None:
        """Give a chat a title; '' goes back to its first words."""
        chat = self.load(chat_id)
        chat.title = title.strip()
        self.save(chat)

    def delete(self, chat_id: str) -> None:
        """Remove a chat; harmless when it is already gone."""
        self._path(chat_id).unlink(missing_ok=True)

    def export(self, chat: SavedChat, target: Path) -> None:
        """Write a chat to a file: Markdown for .md, else JSON."""
        if target.suffix.lower() == ".md":
            files.write_text(target, to_markdown(chat))
        else:
            files.write_bytes(target, _to_json(chat))

    def _all(self) -> list[SavedChat]:
        self.problems = []
        chats = []
        for path in self.folder.glob("*.json") if self.folder.is_dir() else ():
            try:
                chats.append(self.load(path.stem))
            except SavedChatError as error:
                self.problems.append(error)
        return sorted(chats, key=lambda chat: chat.changed, reverse=True)

    def _path(self, chat_id: str) -> Path:
        if not chat_id or Path(chat_id).name != chat_id or chat_id.startswith("."):
            raise ValueError(chat_id)
        return self.folder / f"{chat_id}.json"


def to_markdown(chat: SavedChat) -> str:
    """A chat as Markdown: a heading a message, their text as it is."""
    parts = [f"# {chat.shown_title()}\n"]
    if chat.system:
        parts.append(f"## System\n\n{chat.system}\n")
    for message in chat.messages:
        who = "You" if message.role == "user" else message.model or chat.model or "Model"
        thought = f"<details><summary>Thought</summary>\n\n{message.reasoning}\n\n</details>\n\n"
        parts.append(f"## {who}\n\n{thought if message.reasoning else ''}{message.content}\n")
    return "\n".join(parts)


def _to_json(chat: SavedChat) -> bytes:
    data = msgspec.to_builtins(chat)
    try:
        return json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot hold and an escape can
        return json.dumps(data, indent=1).encode("utf-8")


def _summary(chat: SavedChat, found: str = "") -> ChatSummary:
    return ChatSummary(chat.id, chat.shown_title(), chat.model, chat.changed, len(chat.messages), found)


def _around(content: str, start: int, end: int) -> str:
    start, end = max(0, start - 30), end + 30
    words = " ".join(content[start:end].split())
    return ("…" if start else "") + words + ("…" if end < len(content) else "")
