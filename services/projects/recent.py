"""The projects that were open lately: `recent.toml` in the data folder, newest first.

Each entry keeps what the start page says of it, so that the page needs to open no project.
"""

import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services import files
from services.i18n import tr, trn
from services.paths import data_dir

if TYPE_CHECKING:  # it brings pydantic, which the start page does without
    from services.projects.contents import Contents

KEPT = 20


@dataclass
class RecentProject:
    """folder: absolute. opened: seconds since 1970. note: what was last true of it, by kind; values fill it."""

    folder: str
    name: str
    opened: float
    note: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def exists(self) -> bool:
        """Whether the project is still there."""
        return (Path(self.folder) / "project.toml").is_file()

    def said(self) -> tuple[str, str, str]:
        """(icon, colour role, sentence) of its note, in the language in use."""
        values = self.values
        match self.note:
            case "deployed":
                return "rocket-launch", "text2", tr("deployed as {name}", name=values.get("name", ""))
            case "finished":
                run = values.get("run", "")
                if "eval_loss" in values:
                    loss = f"{values['eval_loss']:.2f}"
                    return "check-circle", "ok", tr("run {run} finished: eval loss {loss}", run=run, loss=loss)
                return "check-circle", "ok", tr("run {run} finished", run=run)
            case "failed":
                return "warning-circle", "err", tr("run {run} stopped by an error", run=values.get("run", ""))
            case "unfinished":
                return "play-circle", "accent", tr("run {run} is not finished", run=values.get("run", ""))
            case "examples":
                rows = int(values.get("rows", 0))
                text = trn("{n} example, not trained yet", "{n} examples, not trained yet", rows)
                return "circle-dashed", "text3", text
        return "circle-dashed", "text3", tr("no examples yet")


def recent_projects() -> list[RecentProject]:
    """All entries, newest first; those whose folder has gone are left out."""
    return [entry for entry in _read() if entry.exists()]


def remember(folder: Path, name: str, contents: "Contents | None" = None) -> None:
    """Put a project at the top, with what is true of it now if that is known."""
    entries = _read()
    old = next((e for e in entries if e.folder == str(folder)), None)
    entry = RecentProject(str(folder), name, time.time())
    if contents is not None:
        entry.note, entry.values = note_of(contents)
    elif old is not None:
        entry.note, entry.values = old.note, old.values
    _write([entry, *(e for e in entries if e.folder != str(folder))][:KEPT])


def forget(folder: Path) -> None:
    """Take a project off the list; the project itself stays."""
    _write([e for e in _read() if e.folder != str(folder)])


def note_of(contents: "Contents") -> tuple[str, dict[str, Any]]:
    """What the start page says of a project: kind of note and its values."""
    from services.jobs.job import State

    if contents.deployed:
        return "deployed", {"name": contents.deployed[0].name}
    if contents.runs:
        run = contents.runs[0]
        values: dict[str, Any] = {"run": run.id.lstrip("0")}
        if run.state in (State.FINISHED, State.STOPPED):
            loss = run.result.get("eval_loss")
            if isinstance(loss, (int, float)):
                values["eval_loss"] = float(loss)
            return "finished", values
        return ("failed" if run.state is State.FAILED else "unfinished"), values
    return ("examples", {"rows": contents.rows}) if contents.rows else ("", {})


def _path() -> Path:
    return data_dir() / "recent.toml"


def _read() -> list[RecentProject]:
    try:
        data = tomllib.loads(_path().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []  # a list of conveniences: a broken one begins anew
    found = []
    for raw in data.get("project", []):
        try:
            found.append(
                RecentProject(
                    str(raw["folder"]),
                    str(raw["name"]),
                    float(raw["opened"]),
                    str(raw.get("note", "")),
                    dict(raw.get("values", {})),
                )
            )
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _write(entries: list[RecentProject]) -> None:
    import tomlkit

    table = tomlkit.aot()
    for entry in entries:
        item = tomlkit.table()
        item.update({"folder": entry.folder, "name": entry.name, "opened": entry.opened, "note": entry.note})
        item.add("values", entry.values)
        table.append(item)
    document = tomlkit.document()
    document.add("project", table)
    files.write_text(_path(), tomlkit.dumps(document))
