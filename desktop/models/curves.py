"""What a curve needs before it is drawn: smoothing without lag, thinning that keeps every peak, ticks people read."""

import math

import numpy as np

SIGMA_STEPS = 8.0


def smooth(values: np.ndarray, sigma: float = SIGMA_STEPS) -> np.ndarray:
    """A centred Gaussian mean of values, (n,) -> (n,), normalised at both ends so that it neither lags nor sags.

    NaN counts as missing: it takes no part, and where nothing else is near the result is NaN.
    """
    n = len(values)
    if n < 3:
        return values.astype(np.float64, copy=True)
    reach = min(n - 1, max(1, round(3 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    known = np.isfinite(values)
    total = np.convolve(np.where(known, values, 0.0), kernel, "full")[reach:-reach]
    weight = np.convolve(known.astype(np.float64), kernel, "full")[reach:-reach]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weight > 1e-9, total / weight, np.nan))


def thin(steps: np.ndarray, values: np.ndarray, most: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """At most about `most` points of a curve: lowest and highest of each bucket, in their order, so no peak is lost.

    steps, values: (n,). Returns two arrays of equal length, steps never falling.
    """
    n = len(steps)
    if n <= most:
        return steps, values
    size = math.ceil(n / (most // 2))
    whole = n - n % size
    blocks = values[:whole].reshape(-1, size)
    filled = np.where(np.isfinite(blocks), blocks, 0.0)
    base = np.arange(0, whole, size)
    low, high = base + filled.argmin(axis=1), base + filled.argmax(axis=1)
    picked = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1).ravel()
    picked = np.unique(np.concatenate([[0], picked, np.arange(whole, n), [n - 1]]))
    return steps[picked], values[picked]


def spacing(low: float, high: float, count: int) -> float:
    """A distance between about `count` ticks that people read: 1, 2, 2.5 or 5 times a power of ten."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return 1.0
    rough = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        if rough <= factor * power * 1.0001:
            return factor * power
    return 10.0 * power


def tick_text(value: float, step: float) -> str:
    """A tick as it is written: '1.6', '2e-4', '4k', '1,000'."""
    if value == 0 or abs(value) < step * 1e-6:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    if abs(value) >= 10_000 and step >= 1000:
        return f"{value / 1000:,.0f}k"
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if step < 1 and not math.isclose(round(step, digits), step, rel_tol=1e-6):
        digits += 1  # steps of 0.25
    return f"{value:,.{digits}f}"


def value_at(steps: np.ndarray, values: np.ndarray, step: float) -> tuple[int, float] | None:
    """The point of a curve at or just before a step, or the first one; None if there is none."""
    if not len(steps):
        return None
    index = max(0, int(np.searchsorted(steps, step, side="right")) - 1)
    return int(steps[index]), float(values[index])


def bounds(values: list[np.ndarray]) -> tuple[float, float] | None:
    """Lowest and highest finite value of several curves, with a little air; outlying first peaks are cut off.

    The highest 1 % of points does not stretch the axis beyond three times what the rest needs.
    """
    known = [v[np.isfinite(v)] for v in values]
    known = [v for v in known if len(v)]
    if not known:
        return None
    joined = np.concatenate(known)
    low, high = float(joined.min()), float(joined.max())
    place = int(0.99 * (len(joined) - 1))
    usual = float(np.partition(joined, place)[place])  # np.quantile would import numpy.ma: 0.2 s at the first curve
    if len(joined) > 100 and high - low > 3 * (usual - low):
        high = usual + 0.2 * (usual - low)
    air = 0.05 * (high - low) or max(abs(high) * 0.05, 1e-9)
    return low - air, high + air
