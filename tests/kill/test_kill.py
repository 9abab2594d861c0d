"""kill -9 the window, the worker, or both, at random instants of a real run: nothing is lost, one click goes on.

Five of each here; `dev.py test --long` does twenty, the benchmark `kill` two hundred.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.jobs.job import State
from tests.kill.rig import Rig, Undisturbed, undisturbed

pytestmark = pytest.mark.timeout(600)

SHORT, LONG = range(5), range(5, 20)
CASES = [
    *(pytest.param(whom, seed) for whom in ("window", "worker", "both") for seed in SHORT),
    *(pytest.param(whom, seed, marks=pytest.mark.long) for whom in ("window", "worker", "both") for seed in LONG),
]


@pytest.fixture(scope="session")
def peace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("peace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNESMITH_DATA", str(folder / "data"))
        yield undisturbed(folder)


@pytest.mark.parametrize(("whom", "seed"), CASES)
def test_killed_at_any_moment(tmp_path: Path, peace: Undisturbed, whom: str, seed: int) -> None:
    rig = Rig(tmp_path, peace, seed)
    try:
        rig.open_window("start")
        rig.wait_some()
        rig.kill(whom)
        if whom == "window":  # the worker must not have noticed
            assert rig.job.summary().state in (State.WAITING, State.RUNNING, State.FINISHED)
            attempts = rig.job.summary().attempt
            rig.open_window()
            rig.finish()
            assert rig.job.summary().attempt in (1, attempts)
        else:
            rig.finish()
        rig.check()
    finally:
        rig.close()
