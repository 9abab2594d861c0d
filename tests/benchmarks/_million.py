"""A million rows of alpaca, about 600 MB, made once and shared by the benchmarks of the store."""

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROWS = 1_000_000
REFUNDS = 10  # every tenth answer speaks of a refund: 100,000 cells
_CACHE = Path(tempfile.gettempdir()) / "tunesmith-benchmarks"

_WORDS = (
    "order account please thank answer question delivery customer price return invoice parcel address number "
    "support product garden window morning simple letter payment monthly service station yellow because between "
    "without however perhaps another example similar reason country history science language computer training"
)
_CHINESE = "您好 订单 退款 已经 发出 请问 什么 时候 可以 收到 谢谢 我们 会 尽快 处理 地址 电话 发票 产品 质量"


def million() -> Path:
    """The data set: three columns, 600 bytes a row; 5 % of the rows are Chinese. Made at the first call."""
    from services.datasets.schema import SCHEMA

    path = _CACHE / f"alpaca-{ROWS}-v{SCHEMA}.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _build(path)
    return path


@contextmanager
def scratch() -> Iterator[Path]:
    """A copy of it that may be changed."""
    with tempfile.TemporaryDirectory(dir=_CACHE if million() else None) as folder:
        yield Path(shutil.copyfile(million(), Path(folder) / "copy.sqlite"))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def rows(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Rows as the set has them."""
    chance = random.Random(seed)
    stock = [" ".join(chance.choices(_WORDS.split(), k=chance.randrange(20, 110))) for _ in range(4000)]
    chinese = ["，".join(chance.choices(_CHINESE.split(), k=chance.randrange(10, 90))) for _ in range(1000)]
    for i in range(count):
        pick = chinese if i % 20 == 7 else stock
        about = "Refund" if i % REFUNDS == 3 else "Reply"
        yield {
            "instruction": f"Question {i}: {chance.choice(pick)[:140]}",
            "input": chance.choice(pick)[:60] if i % 3 == 0 else "",
            "output": f"{about} {i}. {chance.choice(pick)}",
        }


def _build(path: Path) -> None:
    from services.datasets.building import Builder
    from services.datasets.mapping import Mapping

    roles = {"prompt": "instruction", "query": "input", "response": "output"}
    with Builder(path) as builder:
        batch: list[dict[str, Any]] = []
        for row in rows(ROWS):
            batch.append(row)
            if len(batch) == 5000:
                builder.add(batch)
                batch = []
        builder.finish(Mapping(format="alpaca", columns=roles), {})
