"""The bar for the code: short files, short functions, documented and typed interfaces, hardly a catch-all."""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    p: p.read_text(encoding="utf-8") for room in ("desktop", "services") for p in sorted((ROOT / room).rglob("*.py"))
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = [(p, n) for p, text in FILES.items() for n in ast.walk(ast.parse(text)) if isinstance(n, Function)]


def public() -> list[tuple[Path, Function]]:
    """Functions and methods that others may call; Qt's own names are documented by Qt."""
    return [(p, f) for p, f in FUNCTIONS if not f.name.startswith("_") and f.name == f.name.lower()]


def test_files_are_read_in_one_sitting() -> None:
    lines = {str(path.relative_to(ROOT)): text.count("\n") for path, text in FILES.items() if text.strip()}
    assert statistics.median(lines.values()) <= 150
    assert {path: n for path, n in lines.items() if n > 500} == {}


def test_functions_are_short() -> None:
    long = [f"{p.relative_to(ROOT)}:{f.name}" for p, f in FUNCTIONS if (f.end_lineno or 0) - f.lineno > 60]
    assert len(long) < 0.03 * len(FUNCTIONS), long


def test_public_functions_are_documented() -> None:
    bare = [f"{p.relative_to(ROOT)}:{f.name}" for p, f in public() if not ast.get_docstring(f)]
    assert len(bare) <= 0.25 * len(public()), bare


def test_public_functions_are_typed() -> None:
    def typed(f: Function) -> bool:
        arguments = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs]
        return f.returns is not None and all(a.annotation or a.arg in ("self", "cls") for a in arguments)

    loose = [f"{p.relative_to(ROOT)}:{f.name}" for p, f in public() if not typed(f)]
    assert len(loose) <= 0.1 * len(public()), loose


def test_catch_alls_are_rare() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, text in FILES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert len(found) < 0.3 * sum(text.count("\n") for text in FILES.values()) / 1000, found


def test_nothing_is_left_undone() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    assert [str(p) for p, text in FILES.items() if any(mark in text for mark in marks)] == []
