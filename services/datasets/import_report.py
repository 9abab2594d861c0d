"""What an import did: said on the command line, shown in the window, and kept beside its job."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from services import files
from services.datasets.conversation import Problem
from services.datasets.mapping import Mapping


@dataclass(frozen=True)
class ImportFinding:
    """Something to say about a place in a file. See `readers.Trouble`; kept: whether the record became a row."""

    file: str
    code: str
    sentence: str
    values: dict[str, Any]
    line: int
    column: int
    kept: bool

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.sentence.format(**self.values) if self.values else self.sentence


@dataclass(frozen=True)
class FileReport:
    """What was found of one file. facts: delimiter and the like."""

    name: str
    encoding: str
    encoding_reason: str
    rows: int
    facts: dict[str, str]


@dataclass
class ImportReport:
    """What an import did. rows: imported. findings: at most a thousand a kind, counts has them all by code.

    repairs: records that are kept aside for repair. reason: why the format was taken, N_-marked, with values.
    advice: what should be said at once (an empty file, no answers at all).
    """

    name: str
    path: Path
    rows: int = 0
    columns: list[str] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    mapping: Mapping = field(default_factory=Mapping)
    reason: str = ""
    reason_values: dict[str, Any] = field(default_factory=dict)
    findings: list[ImportFinding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    repairs: int = 0
    advice: list[Problem] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """The report as plain data for JSON; sentences stay N_-marked."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "path": str(self.path),
            "files": [asdict(file) for file in self.files],
            "mapping": self.mapping.model_dump(exclude_defaults=True),
            "findings": [asdict(finding) for finding in self.findings],
            "counts": dict(self.counts),
            "advice": [asdict(advice) for advice in self.advice],
        }

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> "ImportReport":
        """The inverse of `as_data`. KeyError, TypeError or ValueError for anything else."""
        return cls(
            **{name: data[name] for name in _PLAIN},
            path=Path(data["path"]),
            files=[FileReport(**file) for file in data["files"]],
            mapping=Mapping.model_validate(data["mapping"]),
            findings=[ImportFinding(**finding) for finding in data["findings"]],
            counts=Counter(data["counts"]),
            advice=[Problem(**advice) for advice in data["advice"]],
        )

    def said(self) -> dict[str, Any]:
        """The report for `--json`: sentences filled in, in English."""
        return {
            "name": self.name,
            "rows": self.rows,
            "columns": self.columns,
            "format": self.mapping.format,
            "reason": self.reason.format(**self.reason_values) if self.reason_values else self.reason,
            "mapping": self.mapping.model_dump(exclude_defaults=True),
            "files": [file.__dict__ for file in self.files],
            "findings": [
                {"file": f.file, "line": f.line, "column": f.column, "code": f.code, "text": f.text, "kept": f.kept}
                for f in self.findings
            ],
            "counts": dict(self.counts),
            "repairs": self.repairs,
            "advice": [advice.sentence.format(**advice.values) for advice in self.advice],
        }


_PLAIN = ("name", "rows", "columns", "reason", "reason_values", "repairs")


@dataclass(frozen=True)
class ImportProgress:
    """Where an import is. total_bytes: of all files; findings: so far. elapsed_s: since it began."""

    read_bytes: int
    total_bytes: int
    rows: int
    findings: int
    elapsed_s: float

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go at this pace; None while nothing can be said."""
        if self.elapsed_s < 1.0 or not self.read_bytes:
            return None
        return self.elapsed_s * max(0, self.total_bytes - self.read_bytes) / self.read_bytes


def save_report(report: ImportReport, path: Path) -> None:
    """Write a report as JSON. OSError if it cannot be."""
    files.write_bytes(path, orjson.dumps(report.as_data(), default=str))


def load_report(path: Path) -> ImportReport | None:
    """The report that `save_report` wrote; None if there is none, or none that is understood."""
    try:
        return ImportReport.of_data(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def describe(report: ImportReport) -> Iterator[str]:
    """The report as lines of English, for the command line."""
    yield f"{report.name}: {report.rows:,} rows, columns {', '.join(report.columns) or '(none)'}"
    for file in report.files:
        facts = "".join(f", {key} {value}" for key, value in file.facts.items())
        yield f"  {file.name}: {file.rows:,} rows, encoding {file.encoding} ({file.encoding_reason}){facts}"
    roles = ", ".join(f"{column} = {role}" for role, column in report.mapping.columns.items())
    reason = report.reason.format(**report.reason_values) if report.reason_values else report.reason
    yield f"  format {report.mapping.format or 'not known'}{f' ({reason})' if reason else ''}; {roles or 'no roles'}"
    for finding in report.findings[:50]:
        place = f", line {finding.line}" if finding.line else ""
        place += f", column {finding.column}" if finding.column else ""
        yield f"  {finding.file}{place}: {finding.text}" + ("" if finding.kept else " Kept aside for repair.")
    hidden = sum(report.counts.values()) - min(50, len(report.findings))
    if hidden > 0:
        yield f"  ... and {hidden:,} more"
    for advice in report.advice:
        yield f"  {advice.sentence.format(**advice.values)} {advice.way_out.format(**advice.values)}".rstrip()
