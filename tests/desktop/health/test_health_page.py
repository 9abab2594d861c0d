"""The health page with real clicks: findings as they come, the worst first, buttons that mend, the report."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.commands import commands
from desktop.controllers.health import HealthController, nameless
from desktop.models.side_list import SideItem
from services.errors import TunesmithError
from services.hardware import doctor as doctor_module
from services.hardware.checks import Outcome, bad, checks, ok, warn
from services.hardware.checks import converter as converter_module
from services.i18n import N_
from services.projects.project import Project


class Bench:
    """Takes the place of the checks: each answers when it is let, with what was set."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {
            "alpha": ok("All is well."),
            "beta": warn("Ollama is installed but does not run.", "Start it.", action="ollama.start", version="0.30"),
            "gamma": bad("The converter is missing.", "Fetch it.", action="health.converter"),
        }
        self.gates = {check_id: threading.Event() for check_id in self.outcomes}
        self.asked: list[str] = []

    def check(self, check_id: str, order_: int) -> type:
        bench = self

        class Toy:
            title = check_id.capitalize()
            order = order_

            def run(self, machine: object) -> Outcome:
                bench.asked.append(check_id)
                assert bench.gates[check_id].wait(20)
                return bench.outcomes[check_id]

        return Toy

    def let(self, *ids: str) -> None:
        for check_id in ids or tuple(self.gates):
            self.gates[check_id].set()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench()
    real = dict(checks._items)
    monkeypatch.setattr(checks, "_items", {})
    for order, check_id in enumerate(made.outcomes):
        checks.add(check_id)(made.check(check_id, order))
    yield made
    made.let()
    assert set(real) >= {"python", "ollama"}


@pytest.fixture
def page(make_window, qtbot, bench: Bench) -> Callable[..., object]:
    def open_page(project: Path | None = None) -> object:
        window = make_window(project)
        window.run_command("health.open")
        return window.page

    return open_page


def _rows(page) -> list[str]:
    return [i.title for i in page.list.items()]


def _item(page, check_id: str) -> SideItem:
    return next(i for i in page.list.items() if i.id == check_id)


def test_findings_appear_as_they_come_the_worst_first(page, qtbot, bench: Bench) -> None:
    shown = page()
    assert _rows(shown) == ["Being checked", "Alpha", "Beta", "Gamma"]
    assert shown.summary.text() == "Looking at this PC…" and not shown.again.isEnabled()
    bench.let("alpha")
    qtbot.waitUntil(lambda: _rows(shown) == ["In order", "Alpha", "Being checked", "Beta", "Gamma"], timeout=5000)
    assert shown.list.current() == "alpha" and not shown.fills_primary
    bench.let("beta")
    qtbot.waitUntil(lambda: _rows(shown)[:2] == ["To look at", "Beta"], timeout=5000)
    bench.let("gamma")
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    assert _rows(shown) == ["To look at", "Gamma", "Beta", "In order", "Alpha"]
    assert shown.list.current() == "gamma", "the worst, as long as the person chose none"
    panel = shown.panel
    assert panel.sentence.accessibleName() == "The converter is missing."
    assert panel.way_out.accessibleName() == "Fetch it."
    assert panel.mend.text() == "Fetch the GGUF converter" and shown.fills_primary
    assert shown.summary.text() == "2 things to look at" and shown.icon_role() == "err"
    assert _item(shown, "gamma").spoken() == "Gamma, The converter is missing."


def test_a_chosen_row_stays_chosen(page, qtbot, bench: Bench) -> None:
    shown = page()
    bench.let("alpha", "beta")
    qtbot.waitUntil(lambda: _rows(shown)[0] == "To look at", timeout=5000)
    spot = shown.list.area("alpha").center().toPoint()
    qtbot.mouseClick(shown.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert shown.panel.sentence.accessibleName() == "All is well." and not shown.panel.mend.isVisible()
    bench.let("gamma")
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    assert shown.list.current() == "alpha" and shown.state() == {"check": "alpha"}
    shown.restore({"check": "beta"})
    assert shown.panel.sentence.accessibleName() == "Ollama is installed but does not run."
    facts = [label for label in shown.panel.findChildren(object) if getattr(label, "_whole", "") == "0.30"]
    assert facts, "the version that was looked at is a fact"


def test_one_check_is_made_again_by_its_button(page, qtbot, bench: Bench) -> None:
    bench.let()
    shown = page()
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    bench.outcomes["gamma"] = ok("The converter is there.")
    bench.gates["gamma"].clear()
    bench.asked.clear()
    qtbot.mouseClick(shown.panel.again, Qt.MouseButton.LeftButton)
    assert _item(shown, "gamma").line == "is being checked again" and not shown.panel.again.isEnabled()
    bench.let("gamma")
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    assert bench.asked == ["gamma"]
    assert shown.list.current() == "beta", "what is mended gives its place to what is not"
    bench.outcomes["beta"] = ok("Ollama answers.")
    qtbot.mouseClick(shown.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.summary.text() == "Everything is in order.", timeout=5000)
    assert sorted(bench.asked) == ["alpha", "beta", "gamma", "gamma"] and shown.icon_role() == ""


def test_what_is_asked_meanwhile_follows(page, qtbot, bench: Bench) -> None:
    shown = page()
    bench.let("beta", "gamma")
    shown.check_again(["beta"])
    bench.let("alpha")
    qtbot.waitUntil(lambda: bench.asked.count("beta") == 2 and not shown.controller.busy, timeout=5000)
    assert bench.asked.count("alpha") == 1


def test_a_button_runs_its_command(page, qtbot, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.let()
    shown = page()
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    asked: list[str] = []
    monkeypatch.setattr(shown.main, "run_command", asked.append)
    shown.panel.mend_asked.disconnect()
    shown.panel.mend_asked.connect(asked.append)
    qtbot.mouseClick(shown.panel.mend, Qt.MouseButton.LeftButton)
    assert asked == ["health.converter"]


def test_the_report_is_copied_without_names(page, qtbot, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.home()
    bench.outcomes["alpha"] = ok("{folder} can be written.", folder=str(home / "Tunesmith"))
    bench.let()
    shown = page()
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    qtbot.mouseClick(shown.panel.copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("Tunesmith ") and str(home) not in text
    assert "ok    Alpha: ~" in text and "BAD   Gamma: The converter is missing. Fetch it." in text
    assert "note  Beta: " in text
    assert shown.main._toast.label.text() == "The report is on the clipboard."


@pytest.mark.parametrize(
    ("text", "home", "shown"),
    [
        ("C:\\Users\\Anna\\models is full", "/home/Anna", "C:\\Users\\USER\\models is full"),
        ("/home/anna/x and /data/anna", "/home/anna", "~/x and /data/USER"),
        ("Annabel trains", "/home/Anna", "Annabel trains"),
        ("/root/models", "/root", "~/models"),
    ],
)
def test_names_in_paths(text: str, home: str, shown: str) -> None:
    assert nameless(text, Path(home)) == shown


def test_a_check_that_raises_is_a_finding_and_a_broken_doctor_an_error(
    page, qtbot, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.let()
    bench.outcomes.pop("alpha")
    shown = page()
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    assert "could not be checked" in _item(shown, "alpha").line
    shown.restore({"check": "alpha"})
    assert shown.panel.mend.text() == "Show the log files"

    def broken(*args: object) -> Iterator[object]:
        raise TunesmithError(N_("Another window holds this project."))
        yield

    monkeypatch.setattr("desktop.controllers.health.examining", broken)
    shown.check_again()
    qtbot.waitUntil(lambda: shown.banner.panel() is not None, timeout=5000)
    assert shown.can_check()


def test_closing_breaks_off_what_runs(page, qtbot, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page()
    ended: list[bool] = []
    monkeypatch.setattr(shown.controller._machine, "end", lambda: ended.append(True))
    shown.main.run_command("view.close_tab")
    assert ended == [True]
    bench.let()


def test_the_engines_question_can_be_broken_off() -> None:
    import sys
    import time

    from services.hardware.checks._check import SlowRunner

    runner = SlowRunner()
    answers: list[object] = []
    begun = time.monotonic()
    thread = threading.Thread(
        target=lambda: answers.append(runner([sys.executable, "-c", "import time; time.sleep(60)"]))
    )
    thread.start()
    while runner._process is None and time.monotonic() - begun < 20:
        time.sleep(0.01)
    runner.end()
    thread.join(30)
    assert answers and not thread.is_alive()
    assert runner([sys.executable, "-c", "print(1)"]).code != 0, "and nothing is asked afterwards"
    assert SlowRunner()(["/no/such/program"]).code is None


def test_language_and_keys(page, qtbot, bench: Bench, project: Project) -> None:
    bench.let()
    shown = page(project.folder)
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    qtbot.keyClick(shown.list, Qt.Key.Key_Down)
    assert shown.list.current() == "beta"
    assert shown.main.actions_.of("health.again").isEnabled() and shown.show_as_command()[0] == "tunesmith doctor"
    shown.main.set_language("zh")
    assert shown.title() == "体检" and _rows(shown)[0] == "需要处理" and shown.list.accessibleName() == "检查项目"
    assert shown.panel.mend.text() == "启动 Ollama"
    ((title, _, go),) = shown.search("gam")
    go()
    assert title == "Gamma" and shown.list.current() == "gamma"


def test_all_that_takes_the_focus_has_a_name(page, qtbot, bench: Bench) -> None:
    bench.let()
    shown = page()
    qtbot.waitUntil(lambda: not shown.controller.busy, timeout=5000)
    found = [w for w in shown.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(found) > 4 and [type(w).__name__ for w in found if not w.accessibleName()] == []


def test_every_action_that_checks_name_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    named = set()
    folder = Path(converter_module.__file__).parent
    for path in [*folder.glob("*.py"), Path(doctor_module.__file__), folder.parent / "mend.py"]:
        named |= set(re.findall(r'action="([a-z_.]+)"', path.read_text(encoding="utf-8")))
    assert named and named <= set(commands.ids())


def test_real_checks_have_titles(app) -> None:
    assert list(HealthController.titles())[:3] == ["python", "libraries", "card"]
