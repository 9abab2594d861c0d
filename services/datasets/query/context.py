"""What filters and sorting may ask beyond the rows themselves, as far as it is known yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.datasets.errors import DatasetError
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

    def need_findings(self) -> Mapping[int, Collection[str]]:
        """The findings. DatasetError if the rows were not checked."""
        if self.findings is None:
            raise DatasetError(N_("These rows are not checked yet."), way_out=N_("Let the checks run first."))
        return self.findings
