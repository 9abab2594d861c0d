"""Questions to a data set of a million rows: filter, sort, find and replace.

`parse_filter` turns a person's words into a `Filter`, `select` finds its rows, `sorted_ids` puts rows in another order,
`Replacement` replaces. All read by connections of their own, in threads, in pieces: nobody waits for them.
"""

from services.datasets.query.context import FilterContext
from services.datasets.query.filters import Filter
from services.datasets.query.parse import parse_filter
from services.datasets.query.replacing import Replacement, ReplacePreview
from services.datasets.query.select import select
from services.datasets.query.sorting import SortKey, sorted_ids
from services.datasets.query.suggest import suggest

__all__ = [
    "Filter",
    "FilterContext",
    "ReplacePreview",
    "Replacement",
    "SortKey",
    "parse_filter",
    "select",
    "sorted_ids",
    "suggest",
]
