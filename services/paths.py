"""Where the program keeps what is not part of a project. Every path honours TUNESMITH_DATA (tests, other drives)."""

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Per-machine data: queue, card lock, models, logs, settings. Created when missing."""
    chosen = os.environ.get("TUNESMITH_DATA")
    path = Path(chosen) if chosen else Path(platformdirs.user_data_dir("Tunesmith", appauthor=False))
    path.mkdir(parents=True, exist_ok=True)
    return path


def models_dir() -> Path:
    """Folder of downloaded and converted models, one sub-folder a model."""
    path = data_dir() / "models"
    path.mkdir(parents=True, exist_ok=True)
    return path


def logs_dir() -> Path:
    """Folder of the window's own logs; a job's log lies in its own folder."""
    path = data_dir() / "logs"
    path.mkdir(parents=True, exist_ok=True)
    return path
