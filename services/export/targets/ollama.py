"""Into Ollama: upload, create under a name for trial, prove, and only then take the wanted name.

Options: name, overwrite, num_ctx, system, host. Until the last gate has passed, whatever is deployed under the wanted
name stays as it is.
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.export.deployed import Deployed, GateFailedError
from services.export.deployments import Deployment, record
from services.export.gates import gates
from services.export.made import DeliverContext, Export, Needs
from services.export.targets import targets
from services.i18n import N_
from services.jobs import events as ev
from services.ollama import find, names, transfer
from services.ollama.client import OllamaClient
from services.ollama.errors import CancelledError, OllamaError, bad_name
from services.projects.project import Project
from services.settings import load_settings

LEAST_CONTEXT = 4096
"""num_ctx is at least this: Ollama's own default, and what a chat of a few turns needs."""

_TRIAL = "tunesmith-trial-"
_STALE_S = 6 * 3600
_SAY_EVERY_S = 0.25
_MIB = 1 << 20


class OllamaTarget:
    """A model in the Ollama of this machine, or of another that settings or options name."""

    needs: Needs = "gguf"
    title = N_("Ollama")
    order = 30

    def check(self, options: Mapping[str, Any]) -> None:
        """Before anything slow: an Ollama that answers (it is started if need be), is new enough, and a free name."""
        find.ensure_running(_host(options))
        with OllamaClient(_host(options)) as client:
            client.require()
            _check_name(client, _wanted_name(options, str(options.get("title", ""))), options)

    def deliver(self, context: DeliverContext, made: Export) -> dict[str, Any]:
        """Deploy, prove, and record it in the project. GateFailedError, OllamaError."""
        with OllamaClient(_host(made.options)) as client:
            delivery = _Delivery(context, made, client)
            return delivery.run()


@dataclass
class _Delivery:
    """One deployment on its way."""

    context: DeliverContext
    made: Export
    client: OllamaClient

    def run(self) -> dict[str, Any]:
        """The steps, in order."""
        made, client = self.made, self.client
        assert made.gguf is not None
        version = client.require()
        wanted = _wanted_name(made.options, made.name)
        _check_name(client, wanted, made.options)
        _check_template(made)
        find.check_disk(client.url, made.gguf.stat().st_size)
        cancel = threading.Event()
        digest = self._upload(cancel)
        _sweep(client)
        trial = f"{_TRIAL}{int(time.time()):x}"
        parameters: dict[str, Any] = {
            "num_ctx": num_ctx(made),
            **({"stop": list(made.stop_words)} if made.stop_words else {}),
        }
        try:
            self._create(trial, digest, parameters, cancel)
            passed = self._prove(Deployed(client, trial, made), cancel)
            client.copy(trial, wanted)
        finally:
            with contextlib.suppress(OllamaError):  # it may never have come to be; the first error is the one to tell
                client.unload(trial)
                client.delete(trial)
        deployment = Deployment(
            name=wanted,
            host=client.url,
            run=made.run_dir.name.split("-", 1)[0],
            quant=made.quant,
            digest=digest,
            checkpoint=_checkpoint(self.context),
            version=version,
            num_ctx=int(parameters["num_ctx"]),
            stop=tuple(made.stop_words),
            gates=tuple(passed),
            think=False if made.enable_thinking is False else None,
        )
        record(Project.open(self.context.job.project_dir), deployment)
        return {
            "model": wanted,
            "host": client.url,
            "version": version,
            "num_ctx": deployment.num_ctx,
            "stop": list(deployment.stop),
            "gates": passed,
            "gguf": str(made.gguf),
        }

    def _upload(self, cancel: threading.Event) -> str:
        title = N_("Send the model to Ollama")
        assert self.made.gguf is not None
        self.context.task("upload", title, "running")
        digest = f"sha256:{self.made.gguf_sha256}" if self.made.gguf_sha256 else ""
        said = self._progress(N_("Sending the model to Ollama"), cancel)
        digest = transfer.upload(self.client, self.made.gguf, digest, progress=said, cancel=cancel)
        self.context.task("upload", title, "done")
        return digest

    def _create(self, trial: str, digest: str, parameters: dict[str, Any], cancel: threading.Event) -> None:
        title = N_("Create it in Ollama")
        self._end_if_asked(cancel)
        self.context.task("create", title, "running")
        with self._listening(cancel):
            transfer.create(
                self.client,
                trial,
                files={"model.gguf": digest},
                parameters=parameters,
                system=str(self.made.options.get("system") or ""),
                cancel=cancel,
            )
        self.context.task("create", title, "done")

    def _prove(self, deployed: Deployed, cancel: threading.Event) -> list[str]:
        """Run every gate. Returns the ids of those that passed: all of them, or GateFailedError."""
        for gate_id in gates.ids():
            self._end_if_asked(cancel)
            gate = gates.get(gate_id)
            self.context.task(f"gate-{gate_id}", gate.title, "running")
            try:
                agreed = gate.check(deployed)
            except GateFailedError as failed:
                self.context.task(f"gate-{gate_id}", gate.title, "failed", failed.message, **failed.values)
                raise
            self.context.task(f"gate-{gate_id}", gate.title, "done", N_("{agreed} comparisons agree."), agreed=agreed)
        return gates.ids()

    def _end_if_asked(self, cancel: threading.Event) -> None:
        if cancel.is_set() or self.context.take_control() & {"stop", "pause"}:
            raise CancelledError

    def _progress(self, phase: str, cancel: threading.Event) -> Callable[[int, int], None]:
        """Says bytes as MiB now and then, and listens for Stop."""
        last = 0.0

        def said(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < _SAY_EVERY_S and done < total:
                return
            last = now
            self.context.say(ev.Progress(step=done // _MIB, total=max(1, total // _MIB), phase=phase))
            if self.context.take_control() & {"stop", "pause"}:
                cancel.set()

        return said

    @contextlib.contextmanager
    def _listening(self, cancel: threading.Event) -> Iterator[None]:
        """Listen for Stop while Ollama works in silence."""
        done = threading.Event()

        def listen() -> None:
            while not done.wait(_SAY_EVERY_S):
                if self.context.take_control() & {"stop", "pause"}:
                    cancel.set()

        listener = threading.Thread(target=listen, name="listen-for-stop", daemon=True)
        listener.start()
        try:
            yield
        finally:
            done.set()
            listener.join()


def num_ctx(made: Export) -> int:
    """The context to deploy with, in tokens: as the person chose, else what training saw, at least 4096.

    Never more than the model knows.
    """
    wanted = int(made.options.get("num_ctx") or max(LEAST_CONTEXT, made.cutoff_len))
    return min(wanted, made.context_len) if made.context_len else wanted


def _host(options: Mapping[str, Any]) -> str | None:
    return str(options.get("host") or load_settings().ollama_host or "") or None


def _wanted_name(options: Mapping[str, Any], title: str) -> str:
    """The name in Ollama: as the person chose, else a slug of what they call the export."""
    return str(options.get("name") or "") or names.slug(title)


def _sweep(client: OllamaClient) -> None:
    """Remove models for trial that a killed export left behind, hours ago."""
    for model in client.models():
        began = str(model["name"]).removeprefix(_TRIAL).removesuffix(":latest")
        ours = str(model["name"]).startswith(_TRIAL) and re.fullmatch(r"[0-9a-f]{8}", began)
        if ours and int(began, 16) < time.time() - _STALE_S:
            client.delete(model["name"])


def _check_name(client: OllamaClient, wanted: str, options: Mapping[str, Any]) -> None:
    if not names.valid(wanted):
        raise bad_name(wanted)
    if not options.get("overwrite") and client.has(wanted):
        raise OllamaError(
            N_("Ollama already has a model {name}."),
            way_out=N_("Choose another name, or allow it to be replaced."),
            action="export.overwrite",
            name=wanted,
        )


def _check_template(made: Export) -> None:
    if not made.gguf_template:
        raise OllamaError(
            N_("This model has no chat template, so Ollama could not ask it as it was trained."),
            way_out=N_("Train with a template, or export a GGUF file for plain text."),
        )


def _checkpoint(context: DeliverContext) -> str:
    return str(getattr(context.job.request, "checkpoint", ""))


targets.add("ollama")(OllamaTarget())
