"""The models on this machine: those that were downloaded, and folders that the person added.

Downloaded ones lie in `models_dir()`, one folder a model; a hub model 'org/name' in 'org--name'. Added folders stay
where they are and are remembered in `models.toml` in the data folder.
"""

import shutil
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from services import files
from services.catalogue.entry import ModelEntry, ModelError
from services.catalogue.inspect import inspect_model, is_model_folder
from services.i18n import N_
from services.paths import data_dir, models_dir

SAMPLE_ID = "smollm2-135m-instruct"
"""The sample model's id; 'sample' is understood too."""


def folder_of(model_id: str) -> Path:
    """Where a downloaded model of that id lies, or would lie."""
    return models_dir() / model_id.replace("/", "--")


def local_models() -> list[ModelEntry]:
    """All models of this machine, downloaded ones first, each with its problems."""
    found = [
        inspect_model(path, path.name.replace("--", "/"), downloaded=True)
        for path in sorted(models_dir().iterdir())
        if path.is_dir() and not path.name.startswith(".")
    ]
    taken = {entry.id for entry in found}
    for path in _added_models():
        model_id, number = path.name, 2
        while model_id in taken:
            model_id, number = f"{path.name}-{number}", number + 1
        taken.add(model_id)
        found.append(inspect_model(path, model_id))
    return found


def resolve_model(text: str) -> Path:
    """The folder of a model by id, by 'sample', or by path. ModelError if there is none or it cannot be used."""
    entry = find_model(text)
    problem = next((p for p in entry.problems if p.blocks), None)
    if problem is not None:
        raise ModelError(problem.sentence, way_out=problem.way_out, **problem.values)
    return entry.path


def find_model(text: str) -> ModelEntry:
    """The entry of a model by id, by 'sample', or by path, whatever its problems. ModelError if there is none."""
    wanted = SAMPLE_ID if text == "sample" else text
    path = Path(wanted).expanduser()
    if folder_of(wanted).is_dir() and not path.is_absolute():
        return inspect_model(folder_of(wanted), wanted, downloaded=True)
    for entry in local_models():
        if entry.id == wanted:
            return entry
    if path.is_dir():
        return inspect_model(path.resolve())
    if path.is_absolute() or wanted.startswith((".", "~")):
        raise ModelError(
            N_("There is no folder {folder}."), way_out=N_("Choose the model's folder again."), folder=str(path)
        )
    raise ModelError(
        N_("The model {id} is not on this machine."),
        way_out=N_("Download it on the Models page, or with `tunesmith model download {id}`."),
        id=text,
    )


def add_folder(path: Path) -> list[ModelEntry]:
    """Remember a model folder, or a folder of model folders. Returns the models in it; ModelError if it has none."""
    path = path.expanduser().resolve()
    models = _models_in(path)
    if not models:
        raise ModelError(
            N_("There is no model in {folder}."),
            way_out=N_("Choose the folder that holds config.json and the .safetensors files."),
            folder=str(path),
        )
    folders = _folders()
    if str(path) not in folders:
        _write_folders([*folders, str(path)])
    return [entry for entry in local_models() if entry.path in models]


def remove_model(text: str) -> ModelEntry:
    """Delete a downloaded model, or forget an added folder, whose files stay. Returns what it was."""
    entry = find_model(text)
    if entry.downloaded:
        try:
            shutil.rmtree(entry.path)
        except OSError as error:
            raise ModelError(
                N_("{folder} could not be deleted whole: {reason}"),
                way_out=N_("Close what uses it (a chat, a run), then remove the model again."),
                folder=str(entry.path),
                reason=error.strerror or str(error),
            ) from error
        return entry
    folders = [f for f in _folders() if entry.path not in (Path(f), *_models_in(Path(f)))]
    if folders == _folders():
        raise ModelError(
            N_("{folder} is not in the list of models."), way_out=N_("Nothing was removed."), folder=str(entry.path)
        )
    _write_folders(folders)
    return entry


def added_folder(entry: ModelEntry) -> Path | None:
    """The folder that the person added and that this model is listed for; None for a downloaded one."""
    if entry.downloaded:
        return None
    return next((Path(f) for f in _folders() if entry.path in (Path(f), *_models_in(Path(f)))), None)


def _models_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    if is_model_folder(path):
        return [path]
    return [p for p in sorted(path.iterdir()) if p.is_dir() and not p.name.startswith(".") and is_model_folder(p)]


def _added_models() -> list[Path]:
    found: list[Path] = []
    for text in _folders():
        path = Path(text)
        found += [p for p in (_models_in(path) or [path]) if p not in found]
    return found


def _folders() -> list[str]:
    try:
        document = tomlkit.parse((data_dir() / "models.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ModelError(
            N_("{file} cannot be read: {reason}"),
            way_out=N_("Mend it in a text editor, or delete it and add your folders again."),
            file=str(data_dir() / "models.toml"),
            reason=str(error),
        ) from error
    return [str(f) for f in document.get("folders", [])]


def _write_folders(folders: list[str]) -> None:
    document = tomlkit.document()
    document["folders"] = folders
    files.write_text(data_dir() / "models.toml", tomlkit.dumps(document))
