"""Every sentence of the room has its Chinese, with the same fields."""

import ast
import io
import string
from pathlib import Path

from babel.messages.pofile import read_po

from services import templates
from services.resources import resource


def sentences() -> list[str]:
    """What the room's files mark with N_."""
    found = []
    for path in Path(templates.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.append(ast.literal_eval(node.args[0]))
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def catalogue(path: Path) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in read_po(io.BytesIO(path.read_bytes()), locale="zh") if m.id}


def test_chinese() -> None:
    folder = resource("translations", "zh")
    chinese = {id_: text for path in folder.glob("*.po") for id_, text in catalogue(path).items()}
    known = sentences()
    assert len(known) > 50
    for sentence in known:
        assert fields(chinese[sentence]) == fields(sentence)
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese[sentence])
    assert set(catalogue(folder / "templates.po")) <= set(known)
