"""Two hundred kills: window, worker, both, in turn, at random instants of a real run. TUNESMITH_BENCH_KILLS: how many.

There is no peer and no speed here; the figure is how many of them lost nothing.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

KILLS = int(os.environ.get("TUNESMITH_BENCH_KILLS", "200"))
WHOM = ("window", "worker", "both")


def run() -> dict[str, Any]:
    """Counts of kills and of those after which losses and edits were all there."""
    from tests.kill.rig import Rig, undisturbed

    lost: list[str] = []
    done = dict.fromkeys(WHOM, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["TUNESMITH_DATA"] = str(folder / "data")
        peace = undisturbed(folder)
        for seed in range(1000, 1000 + KILLS):
            whom = WHOM[seed % 3]
            rig = Rig(folder / f"{seed}", peace, seed)
            try:
                rig.open_window("start")
                rig.wait_some()
                rig.kill(whom)
                rig.finish()
                rig.check()
                done[whom] += 1
            except AssertionError as error:
                lost.append(f"{whom} {seed}: {str(error)[:300]}")
            finally:
                rig.close()
    return {
        "name": "kill",
        "ours": {"kills": KILLS, "nothing_lost": done, "lost": lost},
        "peer": None,
        "ratio": len(lost) / max(1, KILLS),
        "limit": {"lost": 0},
        "ok": not lost,
    }
