"""A data set from Hugging Face or a mirror of it, by the datasets library, as one Parquet file."""

import logging
import re
from pathlib import Path
from typing import Any

import datasets
import datasets.exceptions as broken
import httpx
import huggingface_hub.constants
import huggingface_hub.errors as hub

from services.datasets.errors import DatasetError
from services.i18n import N_
from services.jobs.kinds.fetch_data import FetchDataRequest
from services.workers.shell import WorkerContext

log = logging.getLogger("tunesmith.worker")

_TIMEOUT_S = 10.0
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def fetch_data(context: WorkerContext, request: FetchDataRequest, folder: Path) -> Path:
    """Load one split and write it into folder. Pictures and sounds stay bytes.

    DatasetError where the hub cannot be reached, has no such set, subset or split, or asks for something first.
    """
    if not _HUB_ID.fullmatch(request.dataset) and not Path(request.dataset).is_dir():
        raise DatasetError(
            N_("{dataset} is no name of a data set on a hub."), way_out=N_("It is written maker/name."),
            dataset=request.dataset,
        )  # fmt: skip
    if not Path(request.dataset).is_dir():
        _reach(request)
    datasets.disable_progress_bars()
    choice: dict[str, Any] = {"revision": request.revision or None}
    try:
        subset = _subset(request, choice)
        split = _split(context, request, subset, choice)
        cache = str(folder / "cache")
        found = datasets.load_dataset(request.dataset, subset, split=split, cache_dir=cache, **choice)
    except (OSError, ValueError, RuntimeError, broken.DatasetsError, hub.HTTPError) as error:
        raise _explained(request, error) from error
    for column, feature in found.features.items():
        if hasattr(feature, "decode"):
            found = found.cast_column(column, type(feature)(decode=False))
    name = re.sub(r"[^\w.-]+", "-", Path(request.dataset).name)
    path = folder / f"{name}.parquet"
    found.to_parquet(str(path))
    return path


def _reach(request: FetchDataRequest) -> None:
    """DatasetError if nothing answers at the hub's address: the library would try again for half a minute."""
    try:
        httpx.head(huggingface_hub.constants.ENDPOINT, timeout=_TIMEOUT_S)
    except httpx.TransportError as error:
        raise _unreachable(request) from error


def _unreachable(request: FetchDataRequest) -> DatasetError:
    return DatasetError(
        N_("{dataset} could not be fetched: the hub cannot be reached."),
        way_out=N_("Check the network, or choose the mirror or ModelScope."),
        dataset=request.dataset,
    )


def _subset(request: FetchDataRequest, choice: dict[str, Any]) -> str | None:
    if request.subset:
        return request.subset
    names = datasets.get_dataset_config_names(request.dataset, **choice)
    if len(names) > 1 and "default" not in names:
        raise DatasetError(
            N_("{dataset} has several subsets."), way_out=N_("Choose one of: {names}."), dataset=request.dataset,
            names=", ".join(names[:30]),
        )  # fmt: skip
    return "default" if "default" in names else names[0] if names else None


def _split(context: WorkerContext, request: FetchDataRequest, subset: str | None, choice: dict[str, Any]) -> str:
    if request.split:
        return request.split
    names = datasets.get_dataset_split_names(request.dataset, subset, **choice)
    taken = "train" if "train" in names or not names else names[0]
    others = [name for name in names if name != taken]
    if others:
        context.warn(N_("The split {split} was fetched; there are also: {names}"), split=taken, names=", ".join(others))
    return taken


def _explained(request: FetchDataRequest, error: Exception) -> DatasetError:
    """The sentence for what the libraries raised; the first error of the chain that says most counts."""
    log.warning("fetching %s failed", request.dataset, exc_info=error)
    chain = list(_chain(error))
    values = {"dataset": request.dataset, "reason": (str(chain[-1]).splitlines() or [""])[0][:200].rstrip(".")}
    if isinstance(error, DatasetError):
        return error
    if any(isinstance(one, hub.GatedRepoError) for one in chain):
        return DatasetError(
            N_("{dataset} asks for its conditions to be accepted on its own page first."),
            way_out=N_("Accept them there and sign in with `hf auth login`, then try again."), **values,
        )  # fmt: skip
    if any(_is_network(one) for one in chain):
        return _unreachable(request)
    if any(isinstance(one, broken.DatasetNotFoundError | hub.RepositoryNotFoundError | hub.RevisionNotFoundError)
           for one in chain):  # fmt: skip
        return DatasetError(
            N_("The hub has no data set {dataset}, or it is not for everyone."),
            way_out=N_("Check the spelling: it is maker/name."), **values,
        )  # fmt: skip
    return DatasetError(
        N_("{dataset} could not be fetched: {reason}."), way_out=N_("The log has the details."), **values
    )


def _chain(error: BaseException | None) -> Any:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_network(error: BaseException) -> bool:
    words = ("Couldn't reach", "ConnectError", "Connection refused", "ConnectTimeout", "offline", "Name or service")
    return isinstance(error, ConnectionError | TimeoutError) or any(word in repr(error) for word in words)
