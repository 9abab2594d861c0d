"""What lies in a project, in one glance: the explorer's tree, the road and the start page are drawn from it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from services.jobs.job import JobError, Summary

if TYPE_CHECKING:  # brings tomlkit, which the start page does without
    from services.projects.project import Project


@dataclass(frozen=True)
class DatasetItem:
    """A data set. rows: how many, None if the file cannot be read now."""

    name: str
    rows: int | None


@dataclass(frozen=True)
class DeployedItem:
    """A model that passed its gates on a server. host: the server. run: the run's job id. when: seconds since 1970."""

    name: str
    host: str
    run: str
    quant: str = ""
    when: float = 0.0


@dataclass(frozen=True)
class ChatItem:
    """A conversation. id: its file's name without ending. title: may be empty. messages: how many it has."""

    id: str
    title: str
    messages: int = 0


@dataclass(frozen=True)
class Contents:
    """Everything of a project. runs, exports, others, deployed and chats: newest first."""

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


def read_contents(project: "Project", summaries: Iterable[Summary] | None = None) -> Contents:
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
        deployed=_deployed(project),
        chats=tuple(_chats(project.chats_dir)),
        others=tuple(s for s in newest if s.kind not in ("train", "export")),
    )


def job_summaries(project: "Project") -> list[Summary]:
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
            return int(connection.execute("SELECT coalesce(sum(length(ids)), 0) / 8 FROM ordering").fetchone()[0])
    except sqlite3.Error:
        return None


def _deployed(project: "Project") -> tuple[DeployedItem, ...]:
    from services.export.deployments import DeploymentsError, deployments

    try:
        known = deployments(project)
    except DeploymentsError:  # the export page says so where it matters
        return ()
    newest = sorted(known, key=lambda d: d.time, reverse=True)
    return tuple(DeployedItem(d.name, d.host, d.run, d.quant, d.time) for d in newest)


def _model_names() -> list[str]:
    from services.catalogue.local import local_models

    return [entry.id for entry in local_models()]


def _chats(folder: Path) -> list[ChatItem]:
    from services.chat.conversations import ChatStore

    return [ChatItem(c.id, c.title, c.messages) for c in ChatStore(folder).summaries()] if folder.is_dir() else []
