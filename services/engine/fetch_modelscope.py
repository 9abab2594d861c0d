"""A data set's files from ModelScope, by its public interface; files of rows only, never code."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from services.datasets.errors import DatasetError
from services.datasets.readers._many import SIDECARS, is_junk, kind_of, natural
from services.engine.fetching import check_room
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.fetch_data import FetchDataRequest
from services.workers.shell import WorkerContext

_ID = re.compile(r"[\w.-]+/[\w.-]+")
_TIMEOUT_S = 30.0
_PAGE = 200
_PAGES = 100


def fetch_modelscope(context: WorkerContext, request: FetchDataRequest, address: str, folder: Path) -> Path:
    """Download the files of rows of a set into a folder within folder, and return that; of one file, the file.

    subset: only files below that folder of the set. split: only files whose names have that word. DatasetError where
    the hub cannot be reached or has nothing that fits.
    """
    if not _ID.fullmatch(request.dataset):
        raise DatasetError(
            N_("{dataset} is no name of a data set on a hub."), way_out=N_("It is written maker/name."),
            dataset=request.dataset,
        )  # fmt: skip
    base = f"{address}/api/v1/datasets/{request.dataset}/repo"
    revision = request.revision or "master"
    try:
        with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
            wanted = _wanted(request, list(_files(client, base, revision)))
            total = sum(size for _, size in wanted)
            check_room(folder, total)
            place = folder / request.dataset.split("/")[1]
            place.mkdir()
            done = 0
            for path, _ in wanted:
                target = place / path.replace("/", "-")
                with (
                    client.stream("GET", base, params={"Revision": revision, "FilePath": path}) as answer,
                    target.open("wb") as file,
                ):
                    answer.raise_for_status()
                    for chunk in answer.iter_bytes(1 << 18):
                        file.write(chunk)
                        done += len(chunk)
                        context.say(ev.Progress(step=done, total=max(total, done), phase=N_("Downloading")))
    except httpx.HTTPStatusError as error:
        raise _refused(request, error.response.status_code) from error
    except (httpx.HTTPError, ValueError) as error:
        raise DatasetError(
            N_("{dataset} could not be fetched: the hub cannot be reached."),
            way_out=N_("Check the network, or choose the mirror or ModelScope."), dataset=request.dataset,
        ) from error  # fmt: skip
    found = list(place.iterdir())
    return found[0] if len(found) == 1 else place


def _files(client: httpx.Client, base: str, revision: str) -> Iterator[tuple[str, int]]:
    """(path, bytes) of all files of a set."""
    for page in range(1, _PAGES):
        query: dict[str, Any] = {"Revision": revision, "Recursive": "true", "PageSize": _PAGE, "PageNumber": page}
        answer = client.get(f"{base}/tree", params=query)
        answer.raise_for_status()
        files = (answer.json().get("Data") or {}).get("Files") or []
        for file in files:
            if file.get("Type") == "blob":
                yield str(file.get("Path", "")), int(file.get("Size") or 0)
        if len(files) < _PAGE:
            return


def _wanted(request: FetchDataRequest, files: list[tuple[str, int]]) -> list[tuple[str, int]]:
    def fits(path: str) -> bool:
        parts = PurePosixPath(path).parts
        stem = PurePosixPath(path).name.split(".")[0]
        if is_junk(path) or ".." in parts or SIDECARS.fullmatch(stem) or not kind_of(path):
            return False
        return (not request.subset or request.subset in parts[:-1]) and request.split.casefold() in path.casefold()

    found = sorted((item for item in files if fits(item[0])), key=lambda item: natural(item[0]))
    kinds = {kind_of(path) for path, _ in found}
    best = next((kind for kind in ("parquet", "jsonl", "json", "csv") if kind in kinds), "")
    found = [item for item in found if not best or kind_of(item[0]) == best]
    if not found:
        raise DatasetError(
            N_("{dataset} has no files of rows that fit."),
            way_out=N_("Leave subset and split empty, or look at its page."), dataset=request.dataset,
        )  # fmt: skip
    return found


def _refused(request: FetchDataRequest, status: int) -> DatasetError:
    if status in (401, 403, 404):
        return DatasetError(
            N_("The hub has no data set {dataset}, or it is not for everyone."),
            way_out=N_("Check the spelling: it is maker/name."), dataset=request.dataset,
        )  # fmt: skip
    return DatasetError(
        N_("{dataset} could not be fetched: {reason}."), way_out=N_("Try again later."), dataset=request.dataset,
        reason=f"HTTP {status}",
    )  # fmt: skip
