"""What the chat page does: finds who can answer, asks, keeps what was said."""

import queue as queues
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.chat.conversations import ChatStore, SavedChat, SavedMessage
from services.chat.endpoints import endpoint, endpoints
from services.chat.messages import ChatDelta, ChatRequest
from services.chat.server import ChatServer
from services.chat.servers.local_run import LocalRun, offered
from services.errors import TunesmithError
from services.i18n import N_, tr
from services.jobs.job import JobError
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

RUN = "run"


class NobodyError(TunesmithError):
    """No model is chosen."""


@dataclass(frozen=True)
class Place:
    """Somebody who can answer. server: 'run' or an endpoint's id; group: its name; model: its name there."""

    server: str
    model: str
    group: str

    @property
    def id(self) -> str:
        """One text for both."""
        return f"{self.server}:{self.model}"


@dataclass
class Answer:
    """An answer as it comes. Pieces are put into a queue by the asking thread and taken by the window's timer."""

    place: Place
    text: str = ""
    reasoning: str = ""
    done_reason: str = ""
    tokens: int = 0
    tokens_per_s: float = 0.0
    error: TunesmithError | None = None
    ended: bool = False
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
            elif isinstance(piece, TunesmithError):
                self.error, self.ended = piece, True
            elif isinstance(piece, Exception):
                raise piece
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
            self.tokens = piece.usage.completion_tokens or self.tokens
            spent = piece.usage.generate_s or spent
        if spent > 0 and self.tokens > 1:
            self.tokens_per_s = self.tokens / spent


class ChatController:
    """One chat of the open project."""

    def __init__(self, window: "MainWindow", chat_id: str) -> None:
        project = window.project
        assert project is not None
        self.project: Project = project
        self.store = ChatStore(project.chats_dir)
        self.read_only = window.read_only
        self.chat: SavedChat = self.store.load(chat_id) if chat_id else self.store.new()

    # --- who can answer -------------------------------------------------------------------------------------------

    def places(self) -> list[Place]:
        """Everybody who can answer now (asks servers: off the window's thread)."""
        found = self.local_places()
        for known in endpoints():
            server = known.open()
            try:
                found += [Place(known.id, model, known.name) for model in server.models()]
            except TunesmithError:
                continue  # a server that does not answer offers nothing; asking it would say so
            finally:
                server.close()
        return found

    def local_places(self) -> list[Place]:
        """The project's own models: newest run first, then its checkpoints, then the base."""
        names = offered(self.project) if self._has_runs() else []
        runs = [n for n in names if n != "base" and "/" not in n]
        checkpoints = [n for n in names if "/" in n]
        base = [n for n in names if n == "base"] if runs else []
        return [Place(RUN, n, tr("This computer")) for n in [*reversed(runs), *base, *reversed(checkpoints)]]

    def chosen(self) -> Place | None:
        """Who this chat asks, None if nobody is chosen."""
        chat = self.chat
        if not chat.model:
            return None
        return Place(chat.server, chat.model, tr("This computer") if chat.server == RUN else chat.server)

    def choose(self, place: Place) -> None:
        """Ask somebody else from now on."""
        self.chat.server, self.chat.model = place.server, place.model
        self._save()

    def _has_runs(self) -> bool:
        for job in self.project.jobs():
            try:
                if isinstance(job.request, TrainRequest):
                    return True
            except JobError:
                continue
        return False

    def _open(self, place: Place) -> ChatServer:
        if place.server != RUN:
            return endpoint(place.server).open()
        run = place.model.split("/")[0].removeprefix("run-")
        if place.model == "base":
            runs = [n for n in offered(self.project) if n.startswith("run-") and "/" not in n]
            run = runs[-1].removeprefix("run-") if runs else ""
        return LocalRun(self.project, run=run.zfill(4) if run else "")

    # --- asking ---------------------------------------------------------------------------------------------------

    def ask(self, text: str) -> Answer:
        """Keep a question and ask it; the answer comes piece by piece."""
        self._add(SavedMessage(role="user", content=text))
        return self.ask_again()

    def ask_again(self) -> Answer:
        """Ask for an answer to what is there (an answer at the end is dropped first)."""
        place = self.chosen()
        if place is None:
            raise NobodyError(N_("No model is chosen."), way_out=N_("Choose one at the top of the chat."))
        while self.chat.messages and self.chat.messages[-1].role == "assistant":
            self.chat.messages.pop()
        request = ChatRequest(model=place.model, messages=self.chat.to_send(), **self.chat.options)
        answer = Answer(place)
        threading.Thread(target=self._work, args=(answer, request), name="chat", daemon=True).start()
        return answer

    def _work(self, answer: Answer, request: ChatRequest) -> None:
        server: ChatServer | None = None
        try:
            server = self._open(answer.place)
            for piece in server.stream(request, answer.cancel):
                answer.put(piece)
            answer.put(None)
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the window's thread)
            answer.put(error)
        finally:
            if server is not None:
                server.close()

    def keep(self, answer: Answer) -> None:
        """Keep a finished answer in the chat; an empty one is not kept."""
        if answer.text or answer.reasoning:
            self._add(
                SavedMessage(
                    role="assistant",
                    content=answer.text,
                    reasoning=answer.reasoning,
                    model=answer.place.model,
                    done_reason=answer.done_reason,
                    tokens=answer.tokens,
                )
            )

    # --- changing -------------------------------------------------------------------------------------------------

    def set_system(self, text: str) -> None:
        """Another system prompt, from the next answer on."""
        if text != self.chat.system:
            self.chat.system = text
            self._save()

    def set_option(self, name: str, value: Any) -> None:
        """Another temperature and the like; None goes back to the server's own."""
        options = {k: v for k, v in self.chat.options.items() if k != name}
        if value is not None:
            options[name] = value
        if options != self.chat.options:
            self.chat.options = options
            self._save()

    def set_text(self, index: int, text: str) -> None:
        """Correct a message."""
        self.chat.messages[index].content = text
        self._save()

    def cut_after(self, index: int) -> None:
        """Forget what follows a message."""
        del self.chat.messages[index + 1 :]
        self._save()

    def _add(self, message: SavedMessage) -> None:
        message.time = message.time or time.time()
        self.chat.messages.append(message)
        self._save()

    def _save(self) -> None:
        if self.chat.messages and not self.read_only:
            self.store.save(self.chat)
