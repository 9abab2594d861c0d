"""What the person has chosen for this machine: `settings.toml` in the data folder, plain text that may be edited.

    settings = load_settings()
    settings.theme = "dark"
    save_settings(settings)

A setting is declared once, below: the settings page, the palette and the file follow from it. Unknown keys of a file
are kept; a wrong value counts as its default and is named by `problems`.
"""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.paths import data_dir

GROUPS = {"look": N_("Look"), "files": N_("Files and folders"), "training": N_("Training"), "deploy": N_("Deploying")}
"""Groups of the settings page, in order."""


class SettingsError(TunesmithError):
    """The settings file cannot be read or written."""


def setting(
    default: Any, group: str, title: str, help_text: str, *, choices: dict[str, str] | None = None, kind: str = ""
) -> Any:
    """A field of Settings. choices: value -> N_-marked words. kind: 'folder', 'file' or 'url' for the right field."""
    return field(
        default=default,
        metadata={"group": group, "title": title, "help": help_text, "choices": choices or {}, "kind": kind},
    )


@dataclass
class Settings:
    """All settings, typed."""

    theme: str = setting(
        "system",
        "look",
        N_("Theme"),
        N_("Light or dark, or as the system has it."),
        choices={"system": N_("As the system"), "light": N_("Light"), "dark": N_("Dark")},
    )
    language: str = setting(
        "system",
        "look",
        N_("Language"),
        N_("Of menus, sentences and explanations; your data stays as it is."),
        choices={"system": N_("As the system"), "en": "English", "zh": "中文"},
    )
    reopen: bool = setting(
        True, "look", N_("Reopen the last project"), N_("Start where you left off in place of the start page.")
    )
    projects_dir: str = setting(
        "",
        "files",
        N_("Folder of new projects"),
        N_("Where new projects are made. Empty: Tunesmith in your documents."),
        kind="folder",
    )
    worker_python: str = setting(
        "",
        "training",
        N_("Python for training"),
        N_("The Python that has the training libraries. Empty: the one that came with Tunesmith."),
        kind="file",
    )
    ollama_host: str = setting(
        "",
        "deploy",
        N_("Address of Ollama"),
        N_("Empty: OLLAMA_HOST, or 127.0.0.1:11434."),
        kind="url",
    )
    extra: dict[str, Any] = field(default_factory=dict, metadata={"hidden": True})
    """Keys of the file that this version does not know."""


def settings_path() -> Path:
    """The file."""
    return data_dir() / "settings.toml"


def declared() -> list[dataclasses.Field[Any]]:
    """The settings that a person sees, in order."""
    return [f for f in dataclasses.fields(Settings) if not f.metadata.get("hidden")]


def load_settings() -> Settings:
    """The settings as the file has them; defaults where it has none, or where it is broken."""
    return _read()[0]


def problems() -> list[str]:
    """What is wrong with the file, one English sentence each."""
    return _read()[1]


def save_settings(settings: Settings) -> None:
    """Write the settings; only what differs from its default, so that a later default reaches the person.

    Comments in the file stay. SettingsError if it cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = settings_path()
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError):
        document = tomlkit.document()
    for declared_field in declared():
        value = getattr(settings, declared_field.name)
        if value == declared_field.default:
            document.pop(declared_field.name, None)
        else:
            document[declared_field.name] = value
    try:
        files.write_text(path, tomlkit.dumps(document))
    except OSError as error:
        raise SettingsError(
            N_("The settings could not be saved: {reason}"),
            way_out=N_("Make {file} writable; until then the choice lasts as long as the window."),
            reason=error.strerror or str(error),
            file=str(path),
        ) from error


def projects_dir(settings: Settings) -> Path:
    """Where new projects are made: the setting, or Tunesmith in the documents folder."""
    if settings.projects_dir:
        return Path(settings.projects_dir).expanduser()
    import platformdirs

    return Path(platformdirs.user_documents_dir()) / "Tunesmith"


def _read() -> tuple[Settings, list[str]]:
    settings = Settings()
    wrong: list[str] = []
    path = settings_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return settings, wrong
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return settings, [f"{path} cannot be read, so the defaults count: {error}"]
    known = {f.name: f for f in declared()}
    for name, value in data.items():
        found = known.get(name)
        if found is None:
            settings.extra[name] = value
        elif type(value) is not type(found.default) or (
            found.metadata["choices"] and value not in found.metadata["choices"]
        ):
            wrong.append(f"{name} = {value!r} is not a value it can take; {found.default!r} counts.")
        else:
            setattr(settings, name, value)
    return settings, wrong
