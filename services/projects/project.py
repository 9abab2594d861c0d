"""A project is a plain folder; this is the one place that knows what lies where in it.

My project/
    project.toml
    datasets/NAME.sqlite
    jobs/0007-train-support/
    exports/
    chats/
"""

from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.jobs.job import Job

SCHEMA = 1
_FILE = "project.toml"


class ProjectError(TunesmithError):
    """A folder that is no project, or one that this version must not touch."""


class Project:
    """An open project folder. All paths it hands out are absolute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, name: str = "") -> "Project":
        """Make a project of a new or empty folder. ProjectError if it already holds something else."""
        folder = folder.expanduser().resolve()
        if (folder / _FILE).exists():
            raise ProjectError(N_("{folder} is already a project."), way_out=N_("Open it instead."), folder=str(folder))
        if folder.is_file() or folder.parent.is_file():
            raise ProjectError(N_("{folder} is not a folder."), way_out=N_("Choose another place."), folder=str(folder))
        if folder.exists() and any(folder.iterdir()):
            raise ProjectError(
                N_("{folder} is not empty."), way_out=N_("Choose a new or empty folder."), folder=str(folder)
            )
        document = tomlkit.document()
        document["schema"] = SCHEMA
        document["name"] = name or folder.name
        try:
            for part in ("datasets", "jobs", "exports", "chats"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            files.write_text(folder / _FILE, tomlkit.dumps(document))
        except OSError as error:
            raise ProjectError(
                N_("No project can be made in {folder}: {reason}."),
                way_out=N_("Check that the drive is there, has room, and that you may write to the folder."),
                folder=str(folder),
                reason=error.strerror or str(error),
            ) from error
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> "Project":
        """Open a project folder (or its project.toml). ProjectError if it is none, broken, or of a newer version."""
        folder = folder.expanduser().resolve()
        if folder.name == _FILE:
            folder = folder.parent
        try:
            document = tomlkit.parse((folder / _FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise ProjectError(
                N_("{folder} is not a Tunesmith project: it has no project.toml."),
                way_out=N_("Choose a project folder, or make a new one."),
                folder=str(folder),
            ) from None
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise ProjectError(
                N_("{file} cannot be read: {reason}"),
                way_out=N_("Mend that line in a text editor; the rest of the project is untouched."),
                file=str(folder / _FILE),
                reason=(error.strerror if isinstance(error, OSError) else None) or str(error),
            ) from error
        schema = document.get("schema", 0)
        if not isinstance(schema, int):
            raise ProjectError(
                N_("{file} cannot be read: {reason}"),
                way_out=N_("Mend that line in a text editor; the rest of the project is untouched."),
                file=str(folder / _FILE),
                reason=f"schema = {schema}",
            )
        if schema > SCHEMA:
            raise ProjectError(
                N_("{folder} was made by a newer Tunesmith."),
                way_out=N_("Update Tunesmith to open it."),
                folder=str(folder),
            )
        return cls(folder)

    @property
    def name(self) -> str:
        """The person's name for the project."""
        return str(tomlkit.parse((self.folder / _FILE).read_text(encoding="utf-8")).get("name", self.folder.name))

    @property
    def datasets_dir(self) -> Path:
        return self.folder / "datasets"

    @property
    def jobs_dir(self) -> Path:
        return self.folder / "jobs"

    @property
    def exports_dir(self) -> Path:
        return self.folder / "exports"

    @property
    def chats_dir(self) -> Path:
        return self.folder / "chats"

    def dataset_names(self) -> list[str]:
        """Names of the data sets, sorted."""
        return sorted(p.stem for p in self.datasets_dir.glob("*.sqlite"))

    def dataset_path(self, name: str) -> Path:
        """File of a data set; it need not exist."""
        return self.datasets_dir / f"{name}.sqlite"

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        if not self.jobs_dir.is_dir():
            return []
        return [Job(p) for p in sorted(self.jobs_dir.iterdir()) if (p / "job.yaml").is_file()]

    def job(self, job_id: str) -> Job:
        """A job by number ('7', '0007'), folder name or title's end. ProjectError if there is none."""
        wanted = job_id.zfill(4) if job_id.isdigit() else job_id
        for job in self.jobs():
            if wanted in (job.id, job.folder.name):
                return job
        raise ProjectError(
            N_("This project has no job {id}."), way_out=N_("`tunesmith jobs PROJECT` lists them."), id=job_id
        )

    def relative(self, path: Path) -> str:
        """A path as a project keeps it: relative with forward slashes when inside the project, else absolute."""
        path = path.resolve()
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)

    def absolute(self, text: str) -> Path:
        """The inverse of `relative`."""
        path = Path(text).expanduser()
        return path if path.is_absolute() else self.folder / path
