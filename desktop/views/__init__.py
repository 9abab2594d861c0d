"""Pages: one file a page, named after its kind; `desktop/views/dataset.py` holds `@pages.add("dataset")`.

A Dialog may register too: it opens over the window in place of a tab. A page is imported when it is first opened, so
that it may import what it draws with (pyqtgraph) without making the start slower. `available()` lists the kinds without
importing any.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from services.registry import Registry

if TYPE_CHECKING:
    from desktop.views.page import Page
    from desktop.widgets.dialog import Dialog

pages: "Registry[type[Page] | type[Dialog]]" = Registry("page")

_NOT_PAGES = {"page", "start", "welcome", "dataset_tools"}


def available() -> list[str]:
    """Kinds of page that can be opened."""
    found = {m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")}
    return sorted((found - _NOT_PAGES) | set(pages.ids()))


def page_class(kind: str) -> "type[Page] | type[Dialog]":
    """The class of a kind, its file imported if need be. KeyError if there is no such page."""
    if kind not in pages:
        if kind not in available():
            raise KeyError(kind)
        importlib.import_module(f"{__name__}.{kind}")
    return pages.get(kind)
