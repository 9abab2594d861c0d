"""Plugins: each thing of a kind (a format, a stage, a target ...) is one file that registers itself.

A package's `__init__` makes a Registry and calls `load_siblings(__name__, __path__)`; each module in the folder
registers with `@registry.add`. Nothing else lists them. A doubled id or a module that fails to import stops the start.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by id, in the order of their `order` attribute (default 100), then id."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def add(self, item_id: str) -> Callable[[T], T]:
        """Decorator that registers a thing under item_id; ValueError if the id is taken."""

        def register(item: T) -> T:
            if item_id in self._items:
                raise ValueError(f"two {self.kind}s are called {item_id!r}: {self._items[item_id]!r} and {item!r}")
            self._items[item_id] = item
            return item

        return register

    def remove(self, item_id: str) -> None:
        """Forget a thing (tests that add one)."""
        self._items.pop(item_id, None)

    def get(self, item_id: str) -> T:
        """The thing of that id; KeyError that names the known ones."""
        try:
            return self._items[item_id]
        except KeyError:
            raise KeyError(f"no {self.kind} {item_id!r}; known: {', '.join(self.ids())}") from None

    def ids(self) -> list[str]:
        """All ids, in order."""
        return sorted(self._items, key=lambda i: (getattr(self._items[i], "order", 100), i))

    def __iter__(self) -> Iterator[T]:
        return iter([self._items[i] for i in self.ids()])

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __len__(self) -> int:
        return len(self._items)


def load_siblings(package: str, path: Iterable[str]) -> None:
    """Import every module of a package's folder, so that each registers itself."""
    for module in sorted(m.name for m in pkgutil.iter_modules(path)):
        if not module.startswith("_"):
            importlib.import_module(f"{package}.{module}")
