"""Into LM Studio: the GGUF goes where it looks for models, in the folders that it expects: PUBLISHER/MODEL/FILE.gguf.

Options: name, overwrite, folder (its models folder, where it is not found). Source: LM Studio's documentation of
importing models, and where its own `lms` looks (`.lmstudio-home-pointer`, `downloadsFolder` of settings.json).
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services import files
from services.export.made import DeliverContext, Export, Needs
from services.export.space import full_drive_is_a_sentence, need_space
from services.export.targets import targets
from services.export.trained import ExportError, file_stem
from services.i18n import N_
from services.jobs import events as ev
from services.ollama.errors import CancelledError

PUBLISHER = "tunesmith"
_CHUNK = 8 << 20
_MIB = 1 << 20
_SAY_EVERY_S = 0.25


class LmStudioTarget:
    """A model in the LM Studio of this machine."""

    needs: Needs = "gguf"
    title = N_("LM Studio")
    order = 40

    def check(self, options: Mapping[str, Any]) -> None:
        """Before anything slow: an LM Studio that is there, and a name that is free in it."""
        place = _place(options, str(options.get("title", "")), str(options.get("quant", "")))
        if place.exists() and not options.get("overwrite"):
            raise ExportError(
                N_("LM Studio already has a model {name}."),
                way_out=N_("Choose another name, or allow it to be replaced."),
                action="export.overwrite",
                name=f"{PUBLISHER}/{place.parent.name} ({place.name})",
            )

    def deliver(self, context: DeliverContext, made: Export) -> dict[str, Any]:
        """Put the file there; on one drive it takes no room twice. Names the file and the model. ExportError."""
        assert made.gguf is not None
        place = _place(made.options, made.name, made.quant)
        size = made.gguf.stat().st_size
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with full_drive_is_a_sentence(place.parent, size):
                _bring(context, made.gguf, place)
        except OSError as error:
            raise ExportError(
                N_("The model could not be put into {folder}: {reason}"),
                way_out=N_("Close LM Studio and try again, or name another folder."),
                folder=str(place.parent),
                reason=error.strerror or str(error),
            ) from error
        named = f"{PUBLISHER}/{place.parent.name}"
        return {"gguf": str(place), "lm_studio_model": named, "bytes": size, "sha256": made.gguf_sha256}


def models_folder() -> Path | None:
    """Where the LM Studio of this person looks for models; None if there is none."""
    home = _home()
    if home is None:
        return None
    try:
        chosen = json.loads((home / "settings.json").read_text(encoding="utf-8")).get("downloadsFolder")
    except (OSError, ValueError, AttributeError):
        chosen = None
    return Path(chosen) if isinstance(chosen, str) and chosen else home / "models"


def _home() -> Path | None:
    """LM Studio's own folder: where its pointer says, the older place, the newer one."""
    try:
        pointed = (Path.home() / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        pointed = ""
    places = [Path(pointed)] if pointed else []
    places += [Path.home() / ".cache" / "lm-studio", Path.home() / ".lmstudio"]
    return next((place for place in places if place.is_dir()), None)


def _place(options: Mapping[str, Any], title: str, quant: str) -> Path:
    """The file to be, in LM Studio's order of folders. ExportError if there is no LM Studio."""
    from services.export.quantise import quant_of

    folder = Path(str(options["folder"])).expanduser() if options.get("folder") else models_folder()
    if folder is None:
        raise ExportError(
            N_("LM Studio was not found on this PC."),
            way_out=N_("Install it from lmstudio.ai and open it once, or export a GGUF file and open that in it."),
        )
    if options.get("folder") and not folder.is_dir():
        raise ExportError(
            N_("There is no folder {folder}."),
            way_out=N_("Choose the models folder that LM Studio shows under My Models."),
            folder=str(folder),
        )
    stem = file_stem(str(options.get("name") or "") or title)
    return folder / PUBLISHER / stem / f"{stem}-{quant_of(quant).name if quant else 'model'}.gguf"


def _bring(context: DeliverContext, source: Path, place: Path) -> None:
    """A second name for the file where the drive is the same, else a copy; in its place only when it is whole."""
    part = place.with_name(f".{place.name}.part")
    part.unlink(missing_ok=True)
    try:
        try:
            os.link(source, part)
        except OSError:  # another drive, or one that knows no second names
            need_space(place.parent, source.stat().st_size)
            _copy(context, source, part)
        files.replace(part, place)
        files.sync_dir(place.parent)
    finally:
        part.unlink(missing_ok=True)


def _copy(context: DeliverContext, source: Path, part: Path) -> None:
    total, done, said = source.stat().st_size, 0, 0.0
    with source.open("rb") as reader, part.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            done += len(chunk)
            now = time.monotonic()
            if now - said < _SAY_EVERY_S and done < total:
                continue
            said = now
            text = N_("Copying the model to LM Studio")
            context.say(ev.Progress(step=done // _MIB, total=max(1, total // _MIB), phase=text))
            if context.take_control() & {"stop", "pause"}:
                raise CancelledError
        writer.flush()
        os.fsync(writer.fileno())


targets.add("lm-studio")(LmStudioTarget())
