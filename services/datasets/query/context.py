"""What filters and sorting may ask beyond the rows themselves, as far as it is known yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.datasets.errors import DatasetError
from services.datasets.lengths import LengthTable
from services.datasets.order import Ids
from services.i18n import N_


@dataclass(frozen=True)
class FilterContext:
    """tokens: row id -> tokens. findings: row id -> ids of the checks that found something there. None: not known."""

    tokens: Mapping[int, int] | None = None
    findings: Mapping[int, Collection[str]] | None = None

    def need_tokens(self) -> Mapping[int, int]:
        """The tokens. DatasetError if they were not counted."""
        if self.tokens is None:
            raise DatasetError(
                N_("The tokens of these rows are not counted yet."),
                way_out=N_("Choose a model and wait for the count, or use length, which counts characters."),
            )
        return self.tokens

    def tokens_of(self, ids: Ids) -> NDArray[np.float64]:
        """(n,) tokens of these rows, NaN for one that is not counted. DatasetError as `need_tokens`."""
        known = self.need_tokens()
        if isinstance(known, LengthTable):
            return known.many(ids)
        return np.array([known.get(i, np.nan) for i in ids.tolist()], dtype=np.float64)

    def need_findings(self) -> Mapping[int, Collection[str]]:
        """The findings. DatasetError if the rows were not checked."""
        if self.findings is None:
            raise DatasetError(N_("These rows are not checked yet."), way_out=N_("Let the checks run first."))
        return self.findings
