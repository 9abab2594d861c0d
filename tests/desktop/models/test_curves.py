"""Smoothing, thinning and ticks: the laws that the eye relies on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.curves import bounds, smooth, spacing, thin, tick_text, value_at

finite = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=200))
def test_smoothing_stays_between_lowest_and_highest(values: list[float]) -> None:
    array = np.array(values)
    smoothed = smooth(array)
    assert len(smoothed) == len(array)
    slack = 1e-6 * (1 + np.abs(array).max())
    assert smoothed.min() >= array.min() - slack and smoothed.max() <= array.max() + slack


def test_smoothing_neither_lags_nor_sags_at_the_ends() -> None:
    flat = smooth(np.full(50, 2.0))
    assert np.allclose(flat, 2.0)
    falling = np.linspace(3.0, 1.0, 200)
    middle = slice(40, 160)
    assert np.allclose(smooth(falling)[middle], falling[middle], atol=1e-9)


def test_a_missing_value_leaves_the_rest_smooth() -> None:
    values = np.ones(60)
    values[30] = np.nan
    assert np.allclose(smooth(values), 1.0)


@given(st.integers(5000, 30000), st.integers(0, 2**32 - 1))
def test_thinning_keeps_every_peak(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    at = int(rng.integers(n))
    values[at] = 100.0
    steps = np.arange(n)
    x, y = thin(steps, values, 2000)
    assert len(x) == len(y) <= 2100 + n // 1000
    assert y.max() == 100.0 and x[int(y.argmax())] == at
    assert (np.diff(x) > 0).all() and x[0] == 0 and x[-1] == n - 1


def test_few_points_are_left_as_they_are() -> None:
    steps, values = np.arange(10), np.arange(10.0)
    x, y = thin(steps, values)
    assert x is steps and y is values


@pytest.mark.parametrize(
    ("low", "high", "count", "step"),
    [(0, 465, 5, 100), (0.8, 2.5, 4, 0.5), (0, 1e-4, 3, 5e-5), (0, 0, 3, 1.0), (0, 36, 6, 10)],
)
def test_ticks_are_round(low: float, high: float, count: int, step: float) -> None:
    assert spacing(low, high, count) == pytest.approx(step)


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (0.0, 0.5, "0"),
        (1.6, 0.2, "1.6"),
        (0.25, 0.25, "0.25"),
        (2e-4, 1e-4, "2e-4"),
        (1000, 200, "1,000"),
        (40_000, 10_000, "40k"),
        (100, 50, "100"),
    ],
)
def test_ticks_are_written_short(value: float, step: float, text: str) -> None:
    assert tick_text(value, step) == text


def test_the_value_at_a_step_is_the_last_one_before_it() -> None:
    steps, values = np.array([10, 20, 30]), np.array([1.0, 2.0, 3.0])
    assert value_at(steps, values, 25) == (20, 2.0)
    assert value_at(steps, values, 5) == (10, 1.0)
    assert value_at(np.empty(0), np.empty(0), 5) is None


def test_one_early_peak_does_not_flatten_the_curve() -> None:
    values = np.concatenate([[50.0], np.linspace(2.0, 1.0, 500)])
    low, high = bounds([values])  # type: ignore[misc]
    assert low < 1.0 and high < 3.0
    assert bounds([np.array([np.nan])]) is None
