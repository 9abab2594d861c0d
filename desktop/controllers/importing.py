"""Bringing files of examples in: the project they go to, the import off the window's thread, the table at the end."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.threads import run_in_thread
from desktop.widgets.working import Working
from services.i18n import tr
from services.settings import Settings, projects_dir

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

PATTERNS = "*.csv *.tsv *.xlsx *.xlsm *.json *.jsonl *.ndjson *.parquet *.arrow *.feather *.txt *.md *.zip *.gz *.yaml"


def ask_for_files(window: "MainWindow") -> list[str]:
    """Let the person choose files of examples."""
    from PySide6.QtWidgets import QFileDialog

    examples, everything = tr("Examples"), tr("All files")
    kinds = f"{examples} ({PATTERNS});;{everything} (*)"
    paths, _ = QFileDialog.getOpenFileNames(window, tr("Open a file of examples"), "", kinds)
    return list(paths)


def import_files(window: "MainWindow", paths: list[Path], *, name: str = "") -> None:
    """Import files into the open project, or into a new one named after the first file; then show the table."""
    if not paths:
        return
    if window.read_only:
        window.toast(lambda: tr("This project can only be read here."), icon="lock-simple", icon_role="text2")
        return
    if window.project is None:
        folder = free_folder(projects_dir(window.settings), name or paths[0].stem)
        if not make_project(window, folder):
            return
    project = window.project
    assert project is not None
    if len(paths) == 1 and (paths[0].is_dir() or paths[0].name == "dataset_info.json"):
        window.open_page("folder_sets", str(paths[0]))
        return
    working = Working(window, lambda: tr("Reading {name}", name=paths[0].name))

    def work() -> Any:
        from services.datasets.importing import import_file

        return import_file(project, paths)

    def done(report: Any) -> None:
        working.done()
        window.look_again()
        made = getattr(report, "name", "") or (project.dataset_names() or [""])[-1]
        window.open_page("dataset", str(made))

    def failed(error: Exception) -> None:
        working.done()
        window.show_error(error)

    run_in_thread(window, work, done, failed)


def guided_project(window: "MainWindow") -> None:
    """The guided first project: a project with the sample's rows in it, its table open."""
    from services.resources import resource

    samples = sorted(resource("sample").glob("*.csv"))
    folder = free_folder(projects_dir(window.settings), tr("First project"))
    if make_project(window, folder):
        import_files(window, samples[:1])


def make_project(window: "MainWindow", folder: Path) -> bool:
    """Make a project and open it; whether it worked (what stood in the way is said)."""
    from services.errors import TunesmithError
    from services.projects.project import Project

    try:
        Project.create(folder)
    except TunesmithError as error:
        window.show_error(error)
        return False
    except OSError as error:
        window.show_error(_cannot_make(folder, error))
        return False
    return window.open_project(folder)


def free_folder(parent: Path, name: str) -> Path:
    """A folder that does not exist yet, named as wanted, with a number if that is taken. Safe on Windows too."""
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", name).strip(" .") or "Project"
    folder, number = parent / clean, 2
    while folder.exists():
        folder, number = parent / f"{clean} {number}", number + 1
    return folder


def default_parent(settings: Settings) -> Path:
    """Where a new project is proposed."""
    return projects_dir(settings)


def _cannot_make(folder: Path, error: OSError) -> Exception:
    from services.i18n import N_
    from services.projects.project import ProjectError

    return ProjectError(
        N_("{folder} cannot be made: {reason}"),
        way_out=N_("Choose another folder for new projects in the settings."),
        action="settings.open",
        folder=str(folder),
        reason=error.strerror or str(error),
    )
