"""What every test gets: its own data folder, no network, Qt without a screen."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# two slow cores with other work on them are no reason to fail: the laws are what is tested, not the speed
# and what is tested is the same each time, so that a failure is one of the change at hand; TUNESMITH_EXPLORE=1 looks on
settings.register_profile(
    "tunesmith",
    deadline=None,
    derandomize=not os.environ.get("TUNESMITH_EXPLORE"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tunesmith")


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own, with a blank and Chinese in its name."""
    folder = tmp_path_factory.mktemp("数据 data")
    monkeypatch.setenv("TUNESMITH_DATA", str(folder))
    yield folder
