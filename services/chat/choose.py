"""`--model RUN|MODEL|URL#NAME`: what a person types to say whom to talk to."""

import re
from dataclasses import dataclass

from services.chat.endpoints import endpoints
from services.chat.errors import ChatError
from services.chat.server import ChatServer
from services.chat.servers.local_run import LocalRun, run_name
from services.chat.servers.ollama import Ollama
from services.chat.servers.openai_compatible import OpenAICompatible
from services.export.deployments import think_for
from services.i18n import N_
from services.ollama.client import OllamaClient
from services.ollama.errors import OllamaError
from services.projects.project import Project, ProjectError


@dataclass(frozen=True)
class Chosen:
    """A server and the name of the model there.

    server_id: of an endpoint, 'run', or the URL as given. think: what to send as ChatRequest.think.
    """

    server: ChatServer
    model: str
    server_id: str
    think: bool | None = None


def choose(project: Project, text: str) -> Chosen:
    """The server and model that text means.

    `7`, `run-7`, `run-7/checkpoint-20`: a run of the project. `URL#NAME`, `ENDPOINT#NAME`: a model of a server (for an
    Ollama its own API is used). Anything else: a model of this machine by id or folder. TunesmithError if unknown.
    """
    if "#" in text:
        place, _, name = text.rpartition("#")
        return _remote(project, place.strip(), name.strip())
    if found := re.fullmatch(r"(?:run-)?(\d+)(?:/(checkpoint-\d+))?", text):
        job = project.job(found[1])
        model = run_name(job) + (f"/{found[2]}" if found[2] else "")
        return Chosen(LocalRun(project, run=job.id), model, "run")
    if "://" in text:
        raise ChatError(
            N_("Which model of {place}?"), way_out=N_("Put its name behind the address: {place}#NAME."), place=text
        )
    try:
        job = project.job(text)
    except ProjectError:
        from services.catalogue.local import resolve_model

        return Chosen(LocalRun(project, model=project.relative(resolve_model(text))), "base", "run")
    return Chosen(LocalRun(project, run=job.id), run_name(job), "run")


def _remote(project: Project, place: str, name: str) -> Chosen:
    known = next((e for e in endpoints() if place in (e.id, e.name)), None)
    server: ChatServer = known.open() if known is not None else _by_address(place)
    if not name:
        try:
            models = ", ".join(server.models()) or "-"
        finally:
            server.close()
        raise ChatError(
            N_("Which model of {place}? It has: {models}."),
            way_out=N_("Put its name behind the #."),
            place=place,
            models=models,
        )
    think = think_for(project, server.url, name) if isinstance(server, Ollama) else None
    return Chosen(server, name, known.id if known is not None else place, think)


def _by_address(address: str) -> ChatServer:
    """The server at an address: an Ollama if it says so, else OpenAI-compatible."""
    bare = re.sub(r"/v1(/.*)?$", "", address.rstrip("/"))
    with OllamaClient(bare) as client:
        try:
            client.version()
        except OllamaError:
            return OpenAICompatible(address)
    return Ollama(bare)
