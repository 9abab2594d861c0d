"""What every hostile file must do: import with sentences, or give one sentence; leave nothing half made."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.datasets.errors import DatasetError
from services.datasets.importing import ImportReport, import_file
from services.projects.project import Project


@dataclass(frozen=True)
class Case:
    """A file to make, and what importing it must say. make: fills a path and returns it (or another one).

    says: within the sentence of the refusal, or of a finding where rows is not None. rows: how many come in.
    """

    name: str
    make: Callable[[Path], object]
    says: str
    rows: int | None = None
    suffix: str = ""


def parametrised(cases: list[Case]) -> pytest.MarkDecorator:
    """One test a case."""
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def check(case: Case, tmp_path: Path, project: Project, suffix: str) -> ImportReport | None:
    """Make the file, import it, hold it against the case."""
    path = tmp_path / f"{case.name} 文件{case.suffix or suffix}"
    made = case.make(path)
    path = made if isinstance(made, Path) else path
    before = sorted(item.name for item in project.datasets_dir.iterdir() if item.suffix != ".lock")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if case.rows is None:
            with pytest.raises(DatasetError) as refused:
                import_file(project, path)
            assert case.says in str(refused.value), str(refused.value)
            assert not re.search(r"\{\w+\}", str(refused.value)), str(refused.value)
            assert sorted(item.name for item in project.datasets_dir.iterdir() if item.suffix != ".lock") == before
            return None
        report = import_file(project, path)
    said = " | ".join([finding.text for finding in report.findings]
                      + [advice.sentence.format(**advice.values) for advice in report.advice])  # fmt: skip
    assert report.rows == case.rows, said
    assert case.says in said, said
    return report
