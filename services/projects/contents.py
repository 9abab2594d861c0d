"""What lies in a project, in one glance: the explorer's tree, the road and the start page are drawn from it."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from services.jobs.job import Job, JobError, State, Summary
from services.projects.project import Project


@dataclass(frozen=True)
class DatasetItem:
    """A data set. rows: how many, None if the file cannot be read now."""

    name: str
    rows: int | None


@dataclass(frozen=True)
class DeployedItem:
    """A model that an export brought to a server. run: the run's job id, '' if unknown."""

    name: str
    target: str
    run: str
    job_id: str
    when: float


@dataclass(frozen=True)
class ChatItem:
    """A conversation. id: its file's name without ending. asked: messages of the person."""

    id: str
    title: str
    asked: int = 0


@dataclass(frozen=True)
class Contents:
    """Everything of a project. runs and exports: newest first."""

    name: str = ""
    datasets: tuple[DatasetItem, ...] = ()
    runs: tuple[Summary, ...] = ()
    exports: tuple[Summary, ...] = ()
    models: tuple[str, ...] = ()
    deployed: tuple[DeployedItem, ...] = ()
    chats: tuple[ChatItem, ...] = ()
    others: tuple[Summary, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Rows of all data sets together."""
        return sum(d.rows or 0 for d in self.datasets)


def read_contents(project: Project, summaries: Iterable[Summary] | None = None) -> Contents:
    """Look through a project's folder. summaries: of its jobs, where somebody follows them already.

    Opens each data set for a count and reads each conversation's head: not for the window's thread.
    """
    jobs = list(summaries) if summaries is not None else job_summaries(project)
    newest = sorted(jobs, key=lambda s: s.id, reverse=True)
    return Contents(
        name=project.name,
        datasets=tuple(DatasetItem(n, count_rows(project.dataset_path(n))) for n in project.dataset_names()),
        runs=tuple(s for s in newest if s.kind == "train"),
        exports=tuple(s for s in newest if s.kind == "export"),
        models=tuple(_model_names()),
        deployed=deployed(project, newest),
        chats=tuple(_chats(project.chats_dir)),
        others=tuple(s for s in newest if s.kind not in ("train", "export")),
    )


def job_summaries(project: Project) -> list[Summary]:
    """Summaries of all jobs that can be read, oldest first."""
    found = []
    for job in project.jobs():
        try:
            found.append(job.summary())
        except JobError:
            continue
    return found


def count_rows(path: Path) -> int | None:
    """Rows of a data set's file; None if it cannot be read now. Read-only, whatever its schema's age."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])
    except sqlite3.Error:
        return None


def deployed(project: Project, exports: Iterable[Summary]) -> tuple[DeployedItem, ...]:
    """What is deployed where: the latest finished export of each name to a server. exports: newest first."""
    found: dict[str, DeployedItem] = {}
    for summary in exports:
        if summary.kind != "export" or summary.state is not State.FINISHED:
            continue
        request = _request(project, summary.id)
        target = str(request.get("target", ""))
        if target in ("", "folder", "gguf", "gptq"):
            continue
        name = str(summary.result.get("name") or request.get("name") or summary.title)
        found.setdefault(name, DeployedItem(name, target, str(request.get("run", "")), summary.id, summary.ended or 0))
    return tuple(found.values())


def _request(project: Project, job_id: str) -> dict[str, object]:
    for folder in project.jobs_dir.glob(f"{job_id}-*"):
        try:
            return Job(folder).request.model_dump()
        except JobError:
            return {}
    return {}


def _model_names() -> list[str]:
    from services.catalogue.local import local_models

    return [entry.id for entry in local_models()]


def _chats(folder: Path) -> list[ChatItem]:
    found: list[tuple[float, ChatItem]] = []
    for path in folder.glob("*.json"):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            changed = path.stat().st_mtime
        except (OSError, ValueError):
            continue
        if not isinstance(data, dict):
            continue
        messages = data.get("messages")
        asked = sum(isinstance(m, dict) and m.get("role") == "user" for m in messages or [])
        found.append((changed, ChatItem(path.stem, str(data.get("title") or path.stem), asked)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0], reverse=True)]
