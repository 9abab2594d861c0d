"""How alike two texts are: shares of runs of three words, estimated for a million rows by datasketch's MinHash.

Words are runs of letters or digits; each Chinese or Japanese character is a word of its own. Rows that could be alike
share one of a few keys (bands of a signature); whether they are is then computed exactly.
"""

import functools
import re
import zlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS, BANDS, BAND = 64, 8, 8
"""Length of a signature; how many keys are made of it and of how many numbers each: two texts that share 80 % of
their runs share a key with a probability of 0.77, at 90 % of 0.99, at 50 % of 0.03."""

FEWEST_WORDS = 12
"""Shorter texts are alike by chance."""

_WORD = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)
_CJK = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_NUMBER = re.compile(r"\d+")
_LIMIT = 20_000  # characters looked at

Runs = npt.NDArray[np.uint64]


def runs_of(text: str) -> Runs:
    """(n,) ascending numbers below 2**32, one for each different run of three words; empty for a short text."""
    words = _WORD.findall(_CJK.sub(r" \1 ", text[:_LIMIT].casefold()))
    if len(words) < FEWEST_WORDS:
        return np.empty(0, dtype=np.uint64)
    codes = np.fromiter((_code(word) for word in words), dtype=np.uint64, count=len(words))
    with np.errstate(over="ignore"):
        mixed = (codes[:-2] * np.uint64(0x9E3779B97F4A7C15) + codes[1:-1]) * np.uint64(0xC2B2AE3D27D4EB4F) + codes[2:]
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.unique(mixed >> np.uint64(32))


def bands_of(runs: Runs) -> tuple[int, ...]:
    """(BANDS,) keys of a text's runs; zeros for an empty array."""
    if not len(runs):
        return (0,) * BANDS
    signature = _empty().copy()
    signature.update_batch(runs.tolist())
    bands = signature.hashvalues.astype(np.uint64).reshape(BANDS, BAND)
    with np.errstate(over="ignore"):
        mixed = (bands * _MIX).sum(axis=1, dtype=np.uint64) + np.arange(1, BANDS + 1, dtype=np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
    return tuple(int(key) for key in (mixed >> np.uint64(1)) | np.uint64(1))


def likeness(a: Runs, b: Runs) -> float:
    """The share of runs that two texts have in common, 0 to 1."""
    if not len(a) or not len(b):
        return 0.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def numbers_of(text: str) -> list[str]:
    """The numbers in a text: texts that differ in them say different things however alike they are."""
    return _NUMBER.findall(text[:_LIMIT])


_MIX = np.array([pow(0x100000001B3, i + 1, 2**64) for i in range(BAND)], dtype=np.uint64)


@functools.lru_cache(maxsize=200_000)
def _code(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


@functools.cache
def _empty() -> "MinHash":
    from datasketch.minhash import MinHash  # brings scipy, half a second: only where texts are compared

    return MinHash(num_perm=PERMUTATIONS, hashfunc=int)
