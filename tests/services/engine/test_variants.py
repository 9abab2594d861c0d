"""Settings that must not change what is learned, and those that must."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engine.rows import packed, split
from services.projects.project import Project
from tests.helpers.training import add_dataset, curve, failure, new_run, number_rows, work_on


@pytest.fixture
def ready(project: Project) -> Project:
    add_dataset(project, "rows", number_rows(22))
    return project


def test_recomputation_changes_nothing(ready: Project, tiny: Path) -> None:
    plain, recomputed = (new_run(ready, tiny, bf16=False, gradient_checkpointing=asked) for asked in (False, True))
    assert work_on(plain) == work_on(recomputed) == 0
    assert b'"checkpointing":true' in (recomputed.folder / "plan.json").read_bytes()
    assert curve(recomputed) == pytest.approx(curve(plain), rel=1e-5)


def test_eager_attention_gives_the_same_row_by_row(ready: Project, tiny: Path) -> None:
    plain, eager = (new_run(ready, tiny, bf16=False, flash_attn=asked) for asked in ("auto", "disabled"))
    assert work_on(plain) == work_on(eager) == 0
    assert curve(eager) == pytest.approx(curve(plain), rel=1e-5)


def test_batch_and_accumulation_are_one_effective_batch(ready: Project, tiny: Path) -> None:
    runs = [
        new_run(ready, tiny, bf16=False, per_device_train_batch_size=b, gradient_accumulation_steps=a)
        for b, a in ((1, 4), (4, 1))
    ]
    assert [work_on(run) for run in runs] == [0, 0]
    assert curve(runs[0]) == curve(runs[1])


def test_packed_rows_make_fewer_steps_and_do_not_see_each_other(ready: Project, tiny: Path) -> None:
    job = new_run(ready, tiny, bf16=False, packing=True, cutoff_len=160, learning_rate=1e-12)
    whole = new_run(ready, tiny, bf16=False, learning_rate=1e-12, per_device_train_batch_size=11)
    assert work_on(job) == work_on(whole) == 0
    assert len(curve(job)) < 6
    one_step = new_run(
        ready, tiny, bf16=False, packing=True, cutoff_len=160, learning_rate=1e-12, per_device_train_batch_size=30
    )
    assert work_on(one_step) == 0
    assert curve(one_step)[1] == pytest.approx(curve(whole)[1], rel=1e-5)  # all rows in one step, packed or not


@pytest.mark.filterwarnings("ignore::FutureWarning:bitsandbytes", "ignore::UserWarning:bitsandbytes")
@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantised_base_trains_close_to_the_whole_one_and_resumes(ready: Project, tiny: Path, bits: int) -> None:
    plain, whole, paused = (new_run(ready, tiny, **more) for more in ({}, *[{"quantization_bit": bits}] * 2))
    assert work_on(plain) == work_on(whole) == 0, failure(whole)
    assert curve(whole)[1] == pytest.approx(curve(plain)[1], rel=0.1)
    work_on(paused, lambda step: {"pause"} if step == 2 else set())
    assert work_on(paused) == 0
    assert curve(paused) == curve(whole)


def test_an_adapter_on_the_head_and_extra_modules(ready: Project, tiny: Path) -> None:
    job = new_run(ready, tiny, lora_target="q_proj,lm_head", additional_target="embed_tokens", bf16=False)
    assert work_on(job) == 0
    from safetensors.torch import load_file

    names = load_file(job.folder / "adapter_model.safetensors").keys()
    assert any("lm_head" in name for name in names) and any("embed_tokens" in name for name in names)


sizes = st.lists(st.integers(1, 40), min_size=1, max_size=30)


@given(sizes, st.integers(1, 64))
def test_bundles_hold_every_row_once_and_fit(lengths: list[int], cutoff_len: int) -> None:
    rows = [{"row_id": i, "input_ids": [i] * n, "labels": [i] * n} for i, n in enumerate(lengths)]
    bundles = packed(rows, cutoff_len)
    assert sorted(part["row_id"] for bundle in bundles for part in bundle["parts"]) == list(range(len(rows)))
    for bundle in bundles:
        assert len(bundle["parts"]) == 1 or len(bundle["input_ids"]) <= cutoff_len
        assert bundle["input_ids"] == [i for part in bundle["parts"] for i in part["input_ids"]]


@given(st.integers(2, 60), st.floats(0.01, 0.6), st.integers(0, 9))
def test_a_split_keeps_every_row_once_and_is_the_same_for_a_seed(n: int, share: float, seed: int) -> None:
    rows = [{"row_id": i} for i in range(n)]
    train, held = split(rows, share, seed)
    assert sorted(r["row_id"] for r in train + held) == list(range(n))
    assert train and held
    assert split(rows, share, seed) == (train, held)
    assert len(split(rows, 1, seed)[1]) == 1
