"""`python -m tests.benchmarks NAME...` prints each benchmark's figures as one JSON object a line; `all` runs every one.

A benchmark is a file of this folder with `def run() -> dict`: name, ours, peer, ratio, limit, ok. Exit code 1 if one of
them is not within its limit.
"""

import importlib
import json
import pkgutil
import sys

import tests.benchmarks


def names() -> list[str]:
    """All benchmarks."""
    return sorted(m.name for m in pkgutil.iter_modules(tests.benchmarks.__path__) if not m.name.startswith("_"))


def main(arguments: list[str]) -> int:
    """Run what is named. Exit code 0, 1 over a limit, 2 for an unknown name."""
    wanted = names() if arguments == ["all"] else arguments
    if not wanted or set(wanted) - set(names()):
        print(f"Name one of: {', '.join(names())}, or all", file=sys.stderr)
        return 2
    within = True
    for name in wanted:
        figures = importlib.import_module(f"tests.benchmarks.{name}").run()
        print(json.dumps(figures, ensure_ascii=False, default=float), flush=True)
        within = within and bool(figures["ok"])
    return 0 if within else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
