"""A curve that grows: nothing is lost by gathering, nothing is looked at twice, and a closer look is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.models import live_curve
from desktop.models.live_curve import DRAWN, LiveCurve
from services.jobs.metrics import Column


def column(values: np.ndarray, column: Column | None = None) -> Column:
    column = Column() if column is None else column
    first = column.last_step() + 1
    for i, value in enumerate(values.tolist()):
        column.append(first + i, value)
    return column


def taken(curve: LiveCurve, column: Column) -> int:
    """Follow to the end; how many pieces that took."""
    pieces = 1
    while curve.follow(column):
        pieces += 1
    return pieces


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_pieces_give_what_the_whole_gives(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    grown, whole, kept = LiveCurve(), LiveCurve(), live_curve._KEPT
    live_curve._KEPT = 256
    try:
        made = Column()
        for size in sizes:
            column(rng.normal(size=size), made)
            taken(grown, made)
        taken(whole, made)
    finally:
        live_curve._KEPT = kept
    for one, other in ((grown.band(), whole.band()), (grown.smoothed(), whole.smoothed())):
        assert np.array_equal(one[0], other[0]) and np.allclose(one[1], other[1], equal_nan=True)
    values = made.values
    assert np.nanmax(grown.band()[1]) == values.max() and np.nanmin(grown.band()[1]) == values.min()
    assert grown.last_step == made.last_step() and len(grown) == len(made)


def test_few_points_are_drawn_as_they_are() -> None:
    values = np.random.default_rng(1).normal(size=DRAWN)
    curve = LiveCurve()
    curve.follow(column(values))
    steps, drawn = curve.band()
    assert np.array_equal(steps, np.arange(1, DRAWN + 1)) and np.array_equal(drawn, values)


def test_a_long_run_is_taken_in_pieces_and_drawn_small() -> None:
    values = np.random.default_rng(2).normal(size=400_000)
    values[123_456] = 50.0
    made, curve = column(values), LiveCurve()
    assert taken(curve, made) == 10
    steps, drawn = curve.band()
    assert len(steps) <= 2 * DRAWN and drawn.max() == 50.0
    assert abs(steps[int(drawn.argmax())] - 123_457) <= 400_000 / len(steps) * 4
    assert len(curve.smoothed()[0]) <= DRAWN
    assert curve.at(123_457) == (123_457, 50.0)


@pytest.mark.parametrize("view", [(1000.0, 1500.0), (10_000.0, 350_000.0), (-5.0, 20.0), (399_990.0, 500_000.0)])
def test_a_closer_look_shows_more(view: tuple[float, float]) -> None:
    values = np.random.default_rng(3).normal(size=400_000)
    made, curve = column(values), LiveCurve()
    taken(curve, made)
    steps, drawn = curve.band(view)
    inside = (steps >= view[0]) & (steps <= view[1])
    low, high = max(1, int(view[0])), min(400_000, int(view[1]))
    if high - low < 1900:
        assert np.array_equal(steps[inside], np.arange(low + (view[0] > low), high + 1))
        assert np.array_equal(drawn[inside], values[steps[inside].astype(int) - 1])
    else:
        assert drawn[inside].max() == values[low - 1 : high].max()
    assert len(curve.smoothed(view)[0]) <= DRAWN


def test_a_value_that_is_replaced_and_a_run_that_is_resumed() -> None:
    made, curve = column(np.arange(10.0)), LiveCurve()
    curve.follow(made)
    made.append(10, 99.0)
    curve.follow(made)
    assert curve.band()[1].tolist() == [0.0, 1, 2, 3, 4, 5, 6, 7, 8, 99.0]
    made.drop_after(5)
    column(np.array([7.0, 7.0]), made)
    curve.follow(made)
    assert curve.band()[1].tolist() == [0.0, 1, 2, 3, 4, 7.0, 7.0]
    assert curve.band()[0].tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_nothing_and_missing_values() -> None:
    curve = LiveCurve()
    assert not curve.follow(None) and not curve.follow(Column())
    assert len(curve) == 0 and curve.band()[0].size == 0 and curve.at(3) is None
    curve.follow(column(np.array([1.0, np.nan, np.inf, 2.0])))
    assert np.array_equal(curve.band()[1], [1.0, np.nan, np.nan, 2.0], equal_nan=True)
    assert np.isfinite(curve.smoothed()[1]).all()
