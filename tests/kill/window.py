"""A window to be killed: `python -m tests.kill.window PROJECT MODE PROMISED`.

Opens the real main window on a project. MODE 'start' starts the recipe that lies in the project; 'watch' only opens.
Meanwhile it edits the table `rows`, cell after cell; each edit that has returned is written as a line to PROMISED, so
that the test knows what must be there afterwards.
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer


def main() -> int:
    """Run until killed."""
    from desktop.app import make_application, make_window
    from desktop.controllers.train import TrainController
    from services.recipes import load_recipe
    from services.settings import load_settings

    folder, mode, promised = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    app = make_application()
    window = make_window(app, load_settings())
    window.show()
    window.open_project(folder)
    page = window.open_page("dataset", "rows")
    assert page is not None
    model = page.model  # type: ignore[attr-defined]
    said = os.open(promised, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    count = 0

    def edit() -> None:
        nonlocal count
        position = count % model.rowCount()
        text = f"edit {os.getpid()} {count}"
        if model.set_texts({(position, 1): text}):
            os.write(said, f"{model.row_at(position).id}\t{text}\n".encode())
        count += 1

    timer = QTimer()
    timer.setInterval(15)
    timer.timeout.connect(edit)
    timer.start()
    if mode == "start":
        recipe = load_recipe((folder / "recipe.yaml").read_text(encoding="utf-8"))
        TrainController(window).start(recipe, "kill")
    os.write(said, b"ready\n")
    return app.exec()


if __name__ == "__main__":
    raise SystemExit(main())
