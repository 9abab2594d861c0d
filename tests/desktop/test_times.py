"""How times, durations and sizes are said."""

from datetime import datetime

import pytest

from desktop.times import about, ago, clock, gigabytes
from services.i18n import set_language

NOW = datetime(2026, 3, 10, 12, 0).timestamp()


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (datetime(2026, 3, 10, 11, 59, 30), "just now"),
        (datetime(2026, 3, 10, 11, 58, 30), "1 minute ago"),
        (datetime(2026, 3, 10, 11, 10), "50 minutes ago"),
        (datetime(2026, 3, 10, 2, 0), "10 hours ago"),
        (datetime(2026, 3, 9, 23, 0), "yesterday"),
        (datetime(2026, 3, 6, 8, 0), "4 days ago"),
        (datetime(2026, 2, 12, 8, 0), "12 February"),
        (datetime(2024, 11, 12, 8, 0), "12 November 2024"),
        (datetime(2026, 3, 10, 13, 0), "just now"),
    ],
)
def test_ago(when: datetime, said: str) -> None:
    assert ago(when.timestamp(), NOW) == said


def test_ago_just_after_midnight_counts_hours() -> None:
    midnight = datetime(2026, 3, 10, 0, 30).timestamp()
    assert ago(datetime(2026, 3, 9, 22, 30).timestamp(), midnight) == "2 hours ago"


def test_ago_in_chinese(app) -> None:
    set_language("zh")
    assert ago(datetime(2026, 2, 12).timestamp(), NOW) == "2 月 12 日"
    assert ago(datetime(2026, 3, 10, 10).timestamp(), NOW) == "2 小时前"


@pytest.mark.parametrize(("seconds", "said"), [(76, "1:16"), (0.4, "0:00"), (3599.6, "1:00:00"), (7390, "2:03:10")])
def test_clock(seconds: float, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "about 1 second"), (40, "about 40 seconds"), (240, "about 4 minutes"), (7200, "about 2 hours")],
)
def test_about(seconds: float, said: str) -> None:
    assert about(seconds) == said


@pytest.mark.parametrize(("size", "said"), [(34e6, "34 MB"), (0.99e9, "0.99 GB"), (12.4e9, "12.4 GB")])
def test_gigabytes(size: float, said: str) -> None:
    assert gigabytes(size) == said
