"""Serve a run or a model over HTTP until somebody says stop or nobody asks for a while.

`python -m services.workers.serve JOB_DIR`
"""

import os
import secrets
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from services.errors import TunesmithError
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.serve import ServeRequest
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, worker_main

_POLL_S = 0.2
_START_TIMEOUT_S = 30.0


class ServeError(TunesmithError):
    """A server that cannot be started."""


def work(context: WorkerContext) -> dict[str, Any]:
    """Load, listen, answer. Ends by itself when nobody asked for request.idle_s seconds."""
    request = context.job.request
    assert isinstance(request, ServeRequest)
    listener = listen(request.port)  # first: a port in use must not cost the minutes of loading
    try:
        return _serve(context, request, listener)
    finally:
        listener.close()
        (context.job.folder / "token").unlink(missing_ok=True)


def _serve(context: WorkerContext, request: ServeRequest, listener: socket.socket) -> dict[str, Any]:
    import uvicorn

    from services.engine.server import Server
    from services.engine.server_models import Models

    project = Project.open(context.job.project_dir)
    base = project.absolute(request.model) if request.model else None
    models = Models(project, run=request.run, base=base)
    context.say(ev.Progress(step=0, total=1, phase=N_("Loading the model")))
    models.load()
    token = secrets.token_urlsafe(32)
    write_token(context.job.folder / "token", token)
    server = Server(models, token)
    http = uvicorn.Server(
        uvicorn.Config(
            server.app, log_level="warning", access_log=False, lifespan="off", ws="none", server_header=False
        )
    )
    thread = threading.Thread(target=http.run, kwargs={"sockets": [listener]}, name="http", daemon=True)
    thread.start()
    try:
        _wait_started(http, thread)
        port = listener.getsockname()[1]
        context.say(ev.Progress(step=1, total=1, phase=N_("Answering")))
        context.say(ev.Serving(url=f"http://127.0.0.1:{port}/v1", models=models.names()), durable=True)
        while thread.is_alive():
            if {"stop", "pause"} & context.take_control():
                raise StoppedByPersonError
            if request.idle_s and server.idle_s() > request.idle_s:
                return {"ended": "idle"}
            time.sleep(_POLL_S)
        raise ServeError(N_("The server ended by itself."), way_out=N_("Start it again; its log has the details."))
    finally:
        http.should_exit = True
        server.close()
        thread.join(5)
        http.force_exit = True


def listen(port: int) -> socket.socket:
    """A bound socket on loopback. port 0 picks a free one. ServeError if the port is in use or not allowed."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform == "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # else two servers may share a port
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left counts as free
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ServeError(
            N_("Port {port} is in use by another program."),
            way_out=N_("Choose another port, or leave it open and one is picked."),
            port=port,
        ) from error
    except OverflowError as error:
        listener.close()
        raise ServeError(
            N_("{port} is no port number."), way_out=N_("Ports go from 1024 to 65535."), port=port
        ) from error
    return listener


def write_token(path: Path, token: str) -> None:
    """Write the token so that no other user can read it, at no instant."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(token)


def _wait_started(http: Any, thread: threading.Thread) -> None:
    until = time.monotonic() + _START_TIMEOUT_S
    while not http.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise ServeError(N_("The server did not start."), way_out=N_("Start it again; its log has the details."))
        time.sleep(0.02)


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
