"""The real sample model for tests marked `model`: fetched once a machine, kept in the user's cache folder."""

import os
from functools import cache
from pathlib import Path
from unittest import mock

import platformdirs

from services.catalogue import sample_model


@cache
def sample_dir() -> Path:
    """Folder of SmolLM2-135M-Instruct; TUNESMITH_SAMPLE_MODEL may name a ready one. ModelError if it cannot be had."""
    chosen = os.environ.get("TUNESMITH_SAMPLE_MODEL")
    if chosen:
        return Path(chosen)
    kept = platformdirs.user_cache_dir("tunesmith-tests", appauthor=False)
    with mock.patch.dict(os.environ, {"TUNESMITH_DATA": kept}):
        return sample_model()
