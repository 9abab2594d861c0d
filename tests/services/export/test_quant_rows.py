"""Helper processes: right bytes in order, and none of them outlives its parent, however that dies."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from services.export import quant_rows
from services.export.quant_policy import Type
from services.export.quant_rows import NotFiniteError, RowQuantiser, convert, to_f32

_ORPHANS = """
import sys
from services.export import quant_rows
if __name__ == "__main__":
    with quant_rows.RowQuantiser(1e9, 2) as rows:
        print(*(helper.pid for helper, _ in rows._helpers), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def noise():
    return (np.random.default_rng(3).standard_normal((37, 512)) * 0.1).astype(np.float16).view(np.uint8)


def test_helpers_give_the_blocks_in_order(noise, monkeypatch):
    monkeypatch.setattr(quant_rows, "_BLOCK_VALUES", 512 * 3)  # 13 blocks, the last one shorter
    whole = convert(noise, Type.F16, Type.Q4_K, 512)
    with RowQuantiser(1e9, 2) as rows:
        for _ in range(2):  # a second tensor on the same helpers
            blocks = list(rows.blocks(noise, Type.F16, Type.Q4_K, 512))
            assert [len(b) for b in blocks] == [3] * 12 + [1]
            assert np.array_equal(np.concatenate(blocks), whole)


def test_a_helper_tells_of_what_is_not_finite_and_goes_on(noise):
    bad = noise.copy().view(np.float16)
    bad[20, 5] = np.nan
    with RowQuantiser(1e9, 2) as rows:
        with pytest.raises(NotFiniteError):
            list(rows.blocks(bad.view(np.uint8), Type.F16, Type.Q8_0, 512))
        assert len(list(rows.blocks(noise, Type.F16, Type.Q8_0, 512))) == 1


def test_helpers_die_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(_ORPHANS, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        helpers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(helpers) == 2 and all(psutil.pid_exists(pid) for pid in helpers)
        os.kill(parent.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        parent.wait()
        deadline = time.monotonic() + 20
        while any(_lives(pid) for pid in helpers):
            assert time.monotonic() < deadline, "a helper outlived its parent"
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.communicate()


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_small_work_starts_no_helper():
    with RowQuantiser(0.5, 2) as rows:
        assert rows._helpers == []
    with RowQuantiser(1e9, 1) as rows:
        assert rows._helpers == []


def test_bf16_is_the_upper_half_of_f32():
    values = np.array([[1.0, -2.5, 3.140625, 65280.0]], np.float32)
    stored = (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    assert np.array_equal(to_f32(stored, Type.BF16, 4), values)
