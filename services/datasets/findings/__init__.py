"""Findings of a data set, kept beside it and kept up to date: an edit is looked at by itself.

    refresh(path)                    looks at what is new since the last time, and compares what it touches
    findings = Findings.open(path)   groups, findings by kind or by row, and what is ignored

`apart` does the same in a process of its own, so that a long look never holds up the window.
"""

from services.datasets.findings.choices import Choices
from services.datasets.findings.found import Findings, Group, Kept
from services.datasets.findings.refresh import StoppedError, Told, refresh, rows_to_look_at

__all__ = ["Choices", "Findings", "Group", "Kept", "StoppedError", "Told", "refresh", "rows_to_look_at"]
