"""An answer on its way: pieces come from the asking thread, and are folded in by the window's timer."""

import logging
import queue as queues
import threading
import time
from dataclasses import dataclass, field

from services.chat.conversations import SavedMessage
from services.chat.messages import ChatDelta, Usage
from services.errors import TunesmithError, our_fault

log = logging.getLogger("tunesmith.window")


@dataclass(frozen=True)
class Place:
    """Somebody who can answer. server: 'run' or an endpoint's id; group: its name; model: its name there."""

    server: str
    model: str
    group: str

    def same(self, other: "Place | None") -> bool:
        """Whether both mean the same model of the same server."""
        return other is not None and (self.server, self.model) == (other.server, other.model)


@dataclass
class Answer:
    """An answer as it comes. replaced: the messages that it stands in for; they come back if it fails."""

    place: Place
    replaced: list[SavedMessage] = field(default_factory=list)
    text: str = ""
    reasoning: str = ""
    done_reason: str = ""
    tokens: int = 0
    tokens_per_s: float = 0.0
    usage: Usage | None = None
    error: TunesmithError | None = None
    ended: bool = False
    began_s: float = field(default_factory=time.monotonic)
    cancel: threading.Event = field(default_factory=threading.Event)
    _pieces: "queues.SimpleQueue[ChatDelta | Exception | None]" = field(default_factory=queues.SimpleQueue)
    _first_s: float = 0.0
    _count: int = 0

    def put(self, piece: "ChatDelta | Exception | None") -> None:
        """Called by the asking thread: a piece, an error, or None at the end."""
        self._pieces.put(piece)

    def take(self) -> bool:
        """Fold in what has come; whether anything has."""
        changed = False
        while not self.ended:
            try:
                piece = self._pieces.get_nowait()
            except queues.Empty:
                break
            changed = True
            if piece is None:
                self.ended = True
            elif isinstance(piece, Exception):
                self.error, self.ended = _plain(piece), True
            else:
                self._fold(piece)
        return changed

    def _fold(self, piece: ChatDelta) -> None:
        if piece.text or piece.reasoning:
            self._first_s = self._first_s or time.monotonic()
            self._count += 1
        self.text += piece.text
        self.reasoning += piece.reasoning
        self.done_reason = piece.done_reason or self.done_reason
        self.tokens = self._count
        spent = time.monotonic() - self._first_s if self._first_s else 0.0
        if piece.usage is not None:
            self.usage = piece.usage
            self.tokens = piece.usage.completion_tokens or self.tokens
            spent = piece.usage.generate_s or spent
        if spent > 0 and self.tokens > 1:
            self.tokens_per_s = self.tokens / spent


def _plain(error: Exception) -> TunesmithError:
    if isinstance(error, TunesmithError):
        return error
    log.error("a fault of ours while asking", exc_info=error)
    return our_fault()
