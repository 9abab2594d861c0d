"""Pictures of pages: `python -m tests.helpers.screens OUT [PAGE ...]` renders each in both themes and languages.

Pages register here by name with a function that makes the widget. Sizes: 1440x900 unless said otherwise with
--size 1280x800.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

Maker = Callable[[], QWidget]

makers: dict[str, Maker] = {}
VARIANTS = (("light", "en"), ("dark", "zh"))


def screen(name: str) -> Callable[[Maker], Maker]:
    """Register a maker of a page's picture."""

    def register(maker: Maker) -> Maker:
        makers[name] = maker
        return maker

    return register


def settle(rounds: int = 12) -> None:
    """Let layouts and threads come to rest."""
    from desktop import threads

    app = QApplication.instance()
    assert app is not None
    for _ in range(rounds):
        app.processEvents()
    for _ in range(500):
        if not threads.busy():
            break
        app.thread().msleep(10)
        app.processEvents()
    for _ in range(rounds):
        app.processEvents()


def grab(widget: QWidget, path: Path, width: int = 1440, height: int = 900) -> Path:
    """Render a widget to a PNG of that size."""
    widget.resize(width, height)
    widget.show()
    settle()
    path.parent.mkdir(parents=True, exist_ok=True)
    widget.grab().save(str(path))
    return path


def render(names: list[str], out: Path, width: int, height: int, variants: tuple[tuple[str, str], ...]) -> list[Path]:
    """Render pages in each theme and language."""
    from desktop.theme.apply import dress, install
    from services.i18n import set_language
    from tests.helpers.translations import use_fresh_translations

    use_fresh_translations()
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    install(app, "light", "en")
    made = []
    for name in names:
        for mode, language in variants:
            set_language(language)
            dress(mode, language)
            widget = makers[name]()
            made.append(grab(widget, out / f"{name}-{mode}-{language}-{width}.png", width, height))
            widget.close()
            widget.deleteLater()
            settle(3)
    return made


def main() -> int:
    """Command line of the tool."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--all", action="store_true", help="light and dark, each in English and Chinese")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("TUNESMITH_DATA", tempfile.mkdtemp())
    import tests.helpers.screen_pages  # noqa: F401 (registers the makers)

    width, height = (int(x) for x in options.size.split("x"))
    variants = tuple((m, lang) for m in ("light", "dark") for lang in ("en", "zh")) if options.all else VARIANTS
    from tests.helpers import screens  # this module under its own name, where the makers registered

    for path in screens.render(options.pages or list(screens.makers), options.out, width, height, variants):
        print(path)
    from desktop import threads

    threads.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
