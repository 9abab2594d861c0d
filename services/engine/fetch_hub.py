"""A model from the hub or a mirror, by huggingface_hub: safetensors, tokenizer, texts; never pickles or code."""

import errno
from pathlib import Path
from typing import Any

import huggingface_hub.errors as hub
from huggingface_hub import snapshot_download
from huggingface_hub.file_download import DryRunFileInfo

from services import files
from services.catalogue.local import folder_of
from services.engine.fetching import FetchError, check_room, growing, publish
from services.i18n import N_
from services.jobs.kinds.download import DownloadRequest
from services.paths import models_dir
from services.workers.shell import WorkerContext

WANTED = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model", "*.txt", "*.md", "LICENSE*"]
UNWANTED = ["*/*", "*.bin", "*.pt", "*.pth", "*.py", "*.gguf", "*.onnx"]
"""Folders inside a model repository hold other forms of the same model (onnx, original, ...)."""


def fetch_hub(context: WorkerContext, request: DownloadRequest) -> Path:
    """Download a model whole. A broken download goes on where it stopped. FetchError with a plain sentence."""
    target = folder_of(request.model)
    part = models_dir() / f".{target.name}.part"
    choice: dict[str, Any] = {
        "allow_patterns": WANTED,
        "ignore_patterns": UNWANTED,
        "endpoint": request.endpoint or None,
        "local_dir": part,
    }
    try:
        plan: list[DryRunFileInfo] = snapshot_download(
            request.model, revision=request.revision or None, dry_run=True, **choice
        )
        _check_weights(request, plan)
        part.mkdir(exist_ok=True)
        check_room(models_dir(), sum(file.file_size or 0 for file in plan if file.will_download))
        with growing(context, part, sum(file.file_size or 0 for file in plan), N_("Downloading")):
            snapshot_download(request.model, revision=plan[0].commit_hash, **choice)
    except (OSError, ValueError, hub.HTTPError) as error:  # the hub's own errors are of these families
        raise _explained(request, error) from error
    files.write_text(part / "source.txt", f"{request.model}@{plan[0].commit_hash}\n")
    publish(part, target)
    return target


def _check_weights(request: DownloadRequest, plan: list[DryRunFileInfo]) -> None:
    if not any(file.filename.endswith(".safetensors") for file in plan):
        raise FetchError(
            N_("{model} has no safetensors weights; pickle files can run code and are not downloaded."),
            way_out=N_("Choose a version of the model that has them."),
            model=request.model,
        )


def _explained(request: DownloadRequest, error: Exception) -> FetchError:
    """The sentence for what huggingface_hub raised. It wraps the hub's own no into others; the first error counts."""
    wrappers = (hub.DryRunError, hub.LocalEntryNotFoundError)
    while isinstance(error, wrappers) and isinstance(inner := error.__cause__ or error.__context__, Exception):
        error = inner
    if isinstance(error, hub.GatedRepoError):
        sentence = N_("{model} asks for its licence to be accepted on its own page first.")
        way_out = N_("Accept it there and sign in with `hf auth login`, then try again.")
    elif isinstance(error, (hub.RepositoryNotFoundError, hub.RevisionNotFoundError, hub.HFValidationError)):
        sentence, way_out = N_("The hub has no model {model}."), N_("Check the spelling: it is 'maker/name'.")
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        sentence = N_("The drive became full while {model} was downloaded.")
        way_out = N_("Free some space and try again; what was downloaded is kept.")
    else:
        sentence = N_("{model} could not be downloaded: the hub cannot be reached.")
        way_out = N_("Check the network, or choose a mirror in Settings; what was downloaded is kept.")
    return FetchError(sentence, way_out=way_out, model=request.model)
