"""Importing what a folder offers: with the meaning that its entry gives, and as many rows as it says."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from services.datasets.building import Builder
from services.datasets.importing import ImportReport, free_name, import_file
from services.datasets.offers import Offer
from services.datasets.store import DatasetStore
from services.projects.project import Project

SEED = 42
_BATCH = 1000


def import_offer(project: Project, offer: Offer, name: str = "", *, seed: int = SEED) -> ImportReport:
    """Make a data set of an offer. name: the set's; else the offer's. seed: of the rows that num_samples draws.

    DatasetError as `import_file`.
    """
    assert offer.path is not None
    name = name or free_name(project, Path(offer.name + ".x"))
    if not offer.sample:
        return import_file(project, offer.path, name, meaning=offer.mapping)
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        whole = Project.create(Path(folder) / "whole")
        report = import_file(whole, offer.path, name, meaning=offer.mapping)
        with DatasetStore.open(report.path, read_only=True) as store, Builder(project.dataset_path(name)) as builder:
            ids = store.ids()
            picked = [ids[place] for place in drawn(len(ids), offer.sample, seed)]
            builder.add_columns(store.columns)
            for part in _parts(store, picked):
                builder.add(part)
            facts = {"source": store.fact("source"), "encoding": store.fact("encoding"), "seed": str(seed)}
            builder.finish(report.mapping, facts)
            report.rows = builder.count
    report.path = project.dataset_path(name)
    return report


def drawn(rows: int, count: int, seed: int) -> list[int]:
    """Places of count rows drawn at random: each once before any comes again (where count is more than there are).

    Source: LLaMA-Factory's num_samples: a permutation, then draws with repetition.
    """
    if not rows:
        return []
    random = np.random.default_rng(seed)
    first = random.permutation(rows)[:count]
    more = random.integers(0, rows, size=max(0, count - rows))
    return [int(place) for place in np.concatenate([first, more])]


def _parts(store: DatasetStore, ids: list[int]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(ids), _BATCH):
        yield [store.row(row_id).values for row_id in ids[start : start + _BATCH]]
