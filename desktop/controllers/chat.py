"""What the chat page does: finds who can answer, asks, keeps what was said."""

import copy
import dataclasses
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.controllers.chat_answer import Answer, Place
from desktop.threads import run_in_thread
from services.chat.conversations import ChatStore, SavedChat, SavedMessage
from services.chat.endpoints import Endpoint, endpoint, endpoints
from services.chat.messages import CANCELLED, ChatRequest
from services.chat.server import ChatServer
from services.chat.servers.local_run import LocalRun, offered
from services.chat.servers.ollama import Ollama
from services.errors import TunesmithError
from services.export.deployments import deployments, think_for
from services.i18n import N_, tr
from services.jobs.job import JobError, State, Summary
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

RUN = "run"
_OPTIONS = {f.name for f in dataclasses.fields(ChatRequest)} - {"model", "messages", "think"}


class NobodyError(TunesmithError):
    """No model is chosen."""


class ChatWriter:
    """Writes a chat off the window's thread, the newest state last. failed: called with what stood in the way."""

    def __init__(self, owner: Any, store: ChatStore, failed: Callable[[Exception], None]) -> None:
        self._owner, self._store, self._failed = owner, store, failed
        self._lock = threading.Lock()
        self._asked = self._written = 0

    def save(self, chat: SavedChat) -> None:
        """Write the chat as it is now, soon."""
        self._asked += 1
        number, state = self._asked, copy.deepcopy(chat)
        run_in_thread(self._owner, lambda: self._write(number, state), failed=self._failed)

    def finish(self, chat: SavedChat) -> None:
        """Have the chat on disk when this returns."""
        self._write(self._asked, copy.deepcopy(chat))

    def _write(self, number: int, chat: SavedChat) -> None:
        with self._lock:
            if number > self._written:
                self._store.save(chat)
                self._written = number


class ChatController:
    """One chat of the open project."""

    def __init__(self, window: "MainWindow", chat_id: str, failed: Callable[[Exception], None]) -> None:
        project = window.project
        assert project is not None
        self._window = window
        self.project: Project = project
        self.store = ChatStore(project.chats_dir)
        self.read_only = window.read_only
        self.chat: SavedChat = self.store.load(chat_id) if chat_id else self.store.new()
        self._writer = ChatWriter(window, self.store, failed)

    # --- who can answer -------------------------------------------------------------------------------------------

    def servers(self) -> list[Endpoint]:
        """Ollama and the servers that the person added. EndpointError if their list is broken."""
        return endpoints()

    def places_of(self, known: Endpoint) -> list[Place]:
        """Who answers there now (asks the server: off the window's thread); nobody if it does not answer."""
        try:
            server = known.open()
            try:
                return [Place(known.id, model, known.name) for model in server.models()]
            finally:
                server.close()
        except TunesmithError:
            return []  # it offers nothing now; asking it would say why

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

    def context_len(self) -> int:
        """Tokens that the chosen model takes, where this project deployed it; 0 if that is not known."""
        place = self.chosen()
        if place is None or place.server == RUN:
            return 0
        try:
            wanted = place.model.removesuffix(":latest")
            return next((d.num_ctx for d in reversed(deployments(self.project)) if d.name == wanted), 0)
        except TunesmithError:
            return 0

    def server_job(self) -> Summary | None:
        """The job that serves this project's runs, while it is not answering yet."""
        supervisor = self._window.supervisor
        found = supervisor.summaries() if supervisor is not None else []
        starting = (State.RUNNING, State.WAITING)
        return next((s for s in reversed(found) if s.kind == "serve" and s.state in starting), None)

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
        """Ask for an answer to what is there (an answer at the end makes room, and comes back if this fails)."""
        place = self.chosen()
        if place is None:
            raise NobodyError(N_("No model is chosen."), way_out=N_("Choose one at the top of the chat."))
        answer = Answer(place)
        while self.chat.messages and self.chat.messages[-1].role == "assistant":
            answer.replaced.insert(0, self.chat.messages.pop())
        options = {k: v for k, v in self.chat.options.items() if k in _OPTIONS}
        request = ChatRequest(model=place.model, messages=self.chat.to_send(), **options)
        threading.Thread(target=self._work, args=(answer, request), name="chat", daemon=True).start()
        return answer

    def _work(self, answer: Answer, request: ChatRequest) -> None:
        server: ChatServer | None = None
        try:
            server = self._open(answer.place)
            if isinstance(server, Ollama):
                request = dataclasses.replace(request, think=think_for(self.project, server.url, request.model))
            for piece in server.stream(request, answer.cancel):
                answer.put(piece)
            answer.put(None)
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the window's thread)
            answer.put(error)
        finally:
            if server is not None:
                server.close()

    def keep(self, answer: Answer) -> bool:
        """Keep an answer that has ended; whether it was. What it stood in for comes back if it failed or is empty."""
        if not (answer.text or answer.reasoning) or (answer.error is not None and answer.replaced):
            self.chat.messages.extend(answer.replaced)
            self._save()
            return False
        self._add(
            SavedMessage(
                role="assistant",
                content=answer.text,
                reasoning=answer.reasoning,
                model=answer.place.model,
                done_reason=answer.done_reason or (CANCELLED if answer.cancel.is_set() else ""),
                tokens=answer.tokens,
            )
        )
        return True

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

    def finish(self) -> None:
        """Have everything on disk when this returns."""
        if self.chat.messages and not self.read_only:
            self._writer.finish(self.chat)

    def _add(self, message: SavedMessage) -> None:
        message.time = message.time or time.time()
        self.chat.messages.append(message)
        self._save()

    def _save(self) -> None:
        if self.chat.messages and not self.read_only:
            self._writer.save(self.chat)
