"""How times, durations and sizes are said on screen, in the language in use."""

import time
from datetime import datetime

from services.i18n import language, tr, trn

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def ago(when: float, now: float | None = None) -> str:
    """A time (seconds since 1970) as people say it: 'just now', '2 hours ago', 'yesterday', '12 November'."""
    current = time.time() if now is None else now
    passed = max(0.0, current - when)
    then, today = datetime.fromtimestamp(when), datetime.fromtimestamp(current)
    days = (today.date() - then.date()).days
    if passed < 60:
        return tr("just now")
    if passed < 3600:
        return trn("{n} minute ago", "{n} minutes ago", int(passed // 60))
    if days == 0 or passed < 6 * 3600:
        return trn("{n} hour ago", "{n} hours ago", int(passed // 3600))
    if days == 1:
        return tr("yesterday")
    if days < 7:
        return trn("{n} day ago", "{n} days ago", days)
    if language() == "zh":
        text = f"{then.month} 月 {then.day} 日"
        return text if then.year == today.year else f"{then.year} 年 {text}"
    text = f"{then.day} {_MONTHS[then.month - 1]}"
    return text if then.year == today.year else f"{text} {then.year}"


def exact(when: float) -> str:
    """The exact time, for hovering."""
    return datetime.fromtimestamp(when).strftime("%Y-%m-%d %H:%M:%S")


def clock(seconds: float) -> str:
    """A duration as a clock shows it: '1:16', '2:03:10'."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def about(seconds: float) -> str:
    """A duration as a forecast says it: 'about 4 minutes'."""
    if seconds < 90:
        return trn("about {n} second", "about {n} seconds", max(1, round(seconds / 5) * 5))
    if seconds < 90 * 60:
        return trn("about {n} minute", "about {n} minutes", round(seconds / 60))
    return trn("about {n} hour", "about {n} hours", round(seconds / 3600))


def gigabytes(size_bytes: float) -> str:
    """A size on disk or card: '0.99 GB', '12.4 GB', '340 MB'."""
    value = size_bytes / 1e9
    if value < 0.1:
        return f"{size_bytes / 1e6:,.0f} MB"
    return f"{value:,.2f} GB" if value < 1 else f"{value:,.1f} GB"
