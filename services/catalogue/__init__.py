"""Models on this machine: listed, added, fetched, removed. Read without torch."""

from services.catalogue.download import download_model, sample_model, start_download
from services.catalogue.entry import ModelEntry, ModelError
from services.catalogue.inspect import inspect_model, tokens_without_rows
from services.catalogue.local import (
    SAMPLE_ID,
    add_folder,
    added_folder,
    find_model,
    local_models,
    remove_model,
    resolve_model,
)

__all__ = [
    "SAMPLE_ID",
    "ModelEntry",
    "ModelError",
    "add_folder",
    "added_folder",
    "download_model",
    "find_model",
    "inspect_model",
    "local_models",
    "remove_model",
    "resolve_model",
    "sample_model",
    "start_download",
    "tokens_without_rows",
]
