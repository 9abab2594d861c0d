"""The window with real clicks: start page, palette, language, theme, tabs, jobs, errors, two windows on one project."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from desktop.commands import commands
from desktop.theme import is_dark, theme
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.text import Label
from services.errors import TunesmithError
from services.i18n import N_, language, tr
from services.projects.project import Project
from services.settings import load_settings


class NotePage(Page):
    """A page made for these tests: it has an inspector, a state, a command line."""

    kind = "note"
    icon = "article"

    def __init__(self, window: object, key: str) -> None:
        super().__init__(window, key)  # type: ignore[arg-type]
        self.words = Label(lambda: tr("Settings"))
        self.content.addWidget(self.words)
        self.side = QLabel("inspected")
        self.kept: dict[str, object] = {}
        self.closed = False

    def title(self) -> str:
        return tr("Data") + " " + self.key

    def inspector(self) -> QWidget:
        return self.side

    def show_as_command(self) -> tuple[str, str]:
        return ("tunesmith note", "stage: sft\n")

    def state_text(self) -> tuple[str, str]:
        return ("check", "Saved · version 12")

    def state(self) -> dict[str, object]:
        return {"row": 8}

    def restore(self, state: dict[str, object]) -> None:
        self.kept = state

    def search(self, words: str) -> list:
        row = ("row about cats", "Row 3", lambda: self.kept.update(found=words))
        return [row] if words in row[0] else []

    def closing(self) -> None:
        self.closed = True


@pytest.fixture
def note():
    pages.add("note")(NotePage)
    yield NotePage
    pages.remove("note")


def _type(qtbot, widget: QWidget, text: str) -> None:
    qtbot.keyClicks(widget, text)


# ---- start page ------------------------------------------------------------------------------------------------------


def test_choices_have_clicks_keys_and_names(make_window, qtbot, monkeypatch, tmp_path: Path) -> None:
    window = make_window()
    page = window.frame.tabs.home()
    assert [c.accessibleName() for c in page.cards] == [
        "Open a file of examples",
        "Take the guided first project",
        "Open a project",
    ]
    project = Project.create(tmp_path / "旧 old")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(project.folder))
    qtbot.mouseClick(page.cards[2], Qt.MouseButton.LeftButton)
    assert window.project is not None and window.project.folder == project.folder
    assert window.windowTitle() == "旧 old · Tunesmith"


def test_enter_on_a_card_does_what_a_click_does(make_window, qtbot, monkeypatch) -> None:
    window = make_window()
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: (asked.append(1) or [], ""))
    qtbot.keyClick(window.frame.tabs.home().cards[0], Qt.Key.Key_Return)
    assert asked == [1]
    assert window.project is None, "nothing was chosen"


def test_guided_project_makes_a_project_with_the_sample_in_it(make_window, qtbot, tmp_path: Path) -> None:
    window = make_window()
    window.settings.projects_dir = str(tmp_path / "文档")
    qtbot.mouseClick(window.frame.tabs.home().cards[1], Qt.MouseButton.LeftButton)
    assert window.project is not None and window.project.folder.parent == tmp_path / "文档"
    qtbot.waitUntil(lambda: bool(window.project.dataset_names()), timeout=20_000)
    qtbot.waitUntil(lambda: window.session.contents is not None and window.session.contents.rows == 100, timeout=10_000)
    qtbot.waitUntil(lambda: window.page is not None, timeout=10_000)


def test_recent_projects_open_and_can_be_taken_off(make_window, qtbot, tmp_path: Path) -> None:
    from services.projects import recent

    one = Project.create(tmp_path / "one")
    recent.remember(one.folder, "one")
    window = make_window()
    page = window.frame.tabs.home()
    assert [r.project.name for r in page.rows()] == ["one"]
    qtbot.mouseClick(page.rows()[0], Qt.MouseButton.LeftButton)
    assert window.project is not None
    window.run_command("project.close")
    page = window.frame.tabs.home()
    page.rows()[0].cross.click()
    assert page.rows() == [] and recent.recent_projects() == []
    assert (one.folder / "project.toml").is_file(), "only the list forgets it"


def test_the_line_about_this_pc_appears(make_window, qtbot) -> None:
    page = make_window().frame.tabs.home()
    qtbot.waitUntil(lambda: bool(page.machine.text()), timeout=10_000)
    page.machine_more.click()
    from desktop.views.machine import MachineDialog

    dialog = page.window().findChild(MachineDialog)
    assert dialog is not None and dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_project_that_is_none_is_a_sentence_with_a_way_out(make_window, tmp_path: Path) -> None:
    window = make_window()
    assert not window.open_project(tmp_path)
    panel = window.frame.banner.panel()
    assert panel is not None and "is not a Tunesmith project" in panel.sentence.accessibleName()
    assert "make a new one" in panel.cause.accessibleName()
    panel.close_button.click()
    assert window.frame.banner.isHidden()


# ---- palette and commands --------------------------------------------------------------------------------------------


def test_palette_finds_and_runs_by_keyboard(make_window, qtbot, project: Project, note) -> None:
    window = make_window(project.folder)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.frame.palette_widget()
    assert palette is not None
    qtbot.keyClicks(palette.field, "settin")
    assert palette.entries()[0].text == "Settings"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.frame.palette_widget() is None
    assert window.page is not None and window.page.kind == "settings"


def test_palette_finds_settings_things_and_rows(make_window, qtbot, project: Project, note) -> None:
    from services.datasets.importing import import_file

    table = project.folder.parent / "cats.csv"
    table.write_text("question,answer\nWho?,Me.\n", encoding="utf-8")
    import_file(project, table)
    window = make_window(project.folder)
    page = window.open_page("note", "1")
    window.frame.open_palette()
    palette = window.frame.palette_widget()
    qtbot.keyClicks(palette.field, "cats")
    found = {(e.text, e.note) for e in palette.entries()}
    assert {("row about cats", "Row 3"), ("cats", "Data")} <= found
    palette.field.clear()
    qtbot.keyClicks(palette.field, "Python for")
    assert [e.text for e in palette.entries()] == ["Python for training"]
    palette.field.clear()
    qtbot.keyClicks(palette.field, "qqqqxx")
    assert palette.entries() == []
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert window.frame.palette_widget() is None and page.kept == {}


def test_commands_are_enabled_by_what_is_open(make_window, qtbot, project: Project, note) -> None:
    window = make_window()
    action = window.actions_.of
    assert not action("project.close").isEnabled() and not action("view.command").isEnabled()
    assert action("data.import").isEnabled() and action("project.open").isEnabled()
    window.open_project(project.folder)
    assert action("project.close").isEnabled() and not action("data.open").isEnabled()
    window.open_page("note", "1")
    assert action("view.command").isEnabled()
    window.run_command("view.close_tab")
    assert not action("view.command").isEnabled()
    window.run_command("no.such.command")
    window.run_command("export.latest")
    assert window.page is None


def test_every_command_of_the_shell_speaks_both_languages(make_window) -> None:
    window = make_window()
    ours = ("project.", "settings.", "app.", "view.", "help.", "data.", "train.new", "run.latest", "road.")
    english = {c.id: c.text() for c in commands if c.id.startswith(ours)}
    window.set_language("zh")
    same = [i for i, text in english.items() if commands.get(i).text() == text]
    assert same == []


def test_show_as_command_copies(make_window, qtbot, project: Project, note, qapp) -> None:
    from desktop.widgets.command_dialog import CommandDialog

    window = make_window(project.folder)
    window.open_page("note", "1")
    window.run_command("view.command")
    dialog = window.findChild(CommandDialog)
    assert dialog.command.toPlainText() == "tunesmith note"
    assert dialog.yaml is not None and dialog.yaml.toPlainText() == "stage: sft\n"
    qtbot.mouseClick(dialog.copies[0], Qt.MouseButton.LeftButton)
    assert qapp.clipboard().text() == "tunesmith note"
    dialog.reject()


# ---- theme and language ----------------------------------------------------------------------------------------------


def test_theme_switches_by_a_click_and_is_kept(make_window, qtbot) -> None:
    window = make_window()
    qtbot.mouseClick(window.frame.status.theme, Qt.MouseButton.LeftButton)
    assert is_dark() and load_settings().theme == "dark"
    qtbot.mouseClick(window.frame.status.theme, Qt.MouseButton.LeftButton)
    assert theme.mode == "light" and load_settings().theme == "light"


def test_language_switches_everything_at_once_and_back(make_window, qtbot, project: Project, note) -> None:
    window = make_window(project.folder)
    page = window.open_page("note", "1")
    qtbot.mouseClick(window.frame.status.language, Qt.MouseButton.LeftButton)
    assert language() == "zh" and load_settings().language == "zh"
    menus = [a.text() for a in window.frame.menu_row.bar.actions()]
    assert menus[0] == "文件" and menus[-1] == "帮助"
    assert page.words.text() == "设置"
    assert window.frame.tabs.bar.tabText(0) == "数据 1"
    assert window.frame.explorer_model.find("runs").data() == "训练"
    assert window.frame.tabs.road.steps.steps()[0].title == "样例"
    assert window.actions_.of("settings.open").text() == "设置"
    qtbot.mouseClick(window.frame.status.language, Qt.MouseButton.LeftButton)
    assert page.words.text() == "Settings" and window.frame.tabs.bar.tabText(0) == "Data 1"


def test_menus_fit_the_bar_in_both_languages(make_window) -> None:
    window = make_window(size=(1280, 800))
    bar = window.frame.menu_row.bar
    for spoken in ("en", "zh"):
        window.set_language(spoken)
        for action in bar.actions():
            area = bar.actionGeometry(action)
            assert area.isValid() and bar.rect().contains(area), f"{action.text()} is hidden"


# ---- tabs ------------------------------------------------------------------------------------------------------------


def test_a_page_opens_once_and_its_inspector_comes_and_goes(make_window, project: Project, note) -> None:
    window = make_window(project.folder)
    first = window.open_page("note", "1")
    assert window.frame.inspector_dock.isVisible() and first.side.isVisible()
    assert window.open_page("note", "1") is first
    window.open_page("settings")
    assert not window.frame.inspector_dock.isVisible()
    window.frame.tabs.show_page(first)
    assert first.side.isVisible()
    window.run_command("view.inspector")
    assert not first.side.isVisible()
    window.run_command("view.inspector")
    assert window.frame.status.state.text() == "Saved · version 12"
    assert window.frame.tabs.close_page(first) and first.closed
    assert window.page is not None and window.page.kind == "settings"


def test_tabs_and_their_places_are_there_again(make_window, project: Project, note) -> None:
    window = make_window(project.folder)
    window.open_page("note", "1")
    window.open_page("note", "2")
    window.frame.tabs.show_page(window.frame.tabs.pages()[0])
    window.close()
    again = make_window(project.folder)
    assert [p.key for p in again.frame.tabs.pages()] == ["1", "2"]
    assert again.page is not None and again.page.key == "1"
    assert [p.kept for p in again.frame.tabs.pages()] == [{"row": 8}, {"row": 8}]


def test_tabs_close_by_their_cross_and_by_keys(make_window, qtbot, project: Project, note) -> None:
    from PySide6.QtWidgets import QTabBar

    window = make_window(project.folder)
    for key in "123":
        window.open_page("note", key)
    bar = window.frame.tabs.bar
    qtbot.mouseClick(bar.tabButton(0, QTabBar.ButtonPosition.RightSide), Qt.MouseButton.LeftButton)
    assert [p.key for p in window.frame.tabs.pages()] == ["2", "3"]
    window.run_command("view.next_tab")
    assert window.page.key == "2"
    bar.moveTab(0, 1)
    assert [p.key for p in window.frame.tabs.pages()] == ["3", "2"] and window.page.key == "2"
    window.run_command("view.close_tab")
    assert [p.key for p in window.frame.tabs.pages()] == ["3"]


def test_an_unknown_page_opens_nothing(make_window, project: Project) -> None:
    window = make_window(project.folder)
    assert window.open_page("no-such-page") is None


# ---- errors ----------------------------------------------------------------------------------------------------------


def test_an_error_is_a_sentence_its_way_out_and_a_button(make_window, qtbot, project: Project, note) -> None:
    window = make_window(project.folder)
    page = window.open_page("note", "1")
    page.show_error(
        TunesmithError(
            N_("The settings could not be saved: {reason}"),
            way_out=N_("Make {file} writable; until then the choice lasts as long as the window."),
            action="settings.open",
            reason="full",
            file="x.toml",
        )
    )
    panel = page.banner.panel()
    assert panel.sentence.accessibleName() == "The settings could not be saved: full"
    assert panel.cause.accessibleName().startswith("Make x.toml writable")
    window.set_language("zh")
    assert panel.sentence.accessibleName() == "设置没能保存：full"
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert window.page.kind == "settings"


def test_a_fault_of_ours_is_said_plainly_and_logged(make_window, project: Project, note, caplog) -> None:
    window = make_window(project.folder)
    page = window.open_page("note", "1")
    page.run(lambda: {}["missing"])
    from tests.helpers.screen_pages import wait_for

    wait_for(lambda: page.banner.panel() is not None)
    said = page.banner.panel().sentence.accessibleName()
    assert "made a mistake" in said and "missing" not in said
    assert any("a fault of ours" in r.message and r.exc_info for r in caplog.records)


# ---- two windows, dropping, narrow -----------------------------------------------------------------------------------


def test_a_second_window_reads_only_and_says_so(make_window, project: Project) -> None:
    first, second = make_window(project.folder), make_window(project.folder)
    assert not first.read_only and second.read_only
    assert "Read-only" in second.frame.status.state.text()
    assert not second.actions_.of("train.new").isEnabled() and not second.actions_.of("data.import").isEnabled()
    assert second._toast is not None and "Another window" in second._toast.label.text()
    first.close()
    second.run_command("project.close")
    assert second.open_project(project.folder) and not second.read_only


def test_dropped_files_are_examples_and_dropped_projects_open(
    make_window, qtbot, monkeypatch, tmp_path: Path, project: Project
) -> None:
    window = make_window()
    window.settings.projects_dir = str(tmp_path / "projects")
    taken: list[list[str]] = []
    monkeypatch.setattr(window, "import_files", taken.append)
    table = tmp_path / "问答.csv"
    table.write_text("question,answer\na,b\n", encoding="utf-8")

    def drop(path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        window.dropEvent(QDropEvent(QPointF(50, 50), action, data, button, key))

    drop(table)
    qtbot.waitUntil(lambda: len(taken) == 1)
    assert Path(taken[0][0]) == table
    drop(project.folder)
    qtbot.waitUntil(lambda: window.project is not None)
    assert len(taken) == 1


def test_a_dropped_file_makes_a_project_of_its_name(make_window, qtbot, tmp_path: Path) -> None:
    window = make_window()
    window.settings.projects_dir = str(tmp_path / "projects")
    table = tmp_path / "售后 support.csv"
    table.write_text("question,answer\nWho?,Me.\nWhat?,That.\n", encoding="utf-8")
    window.take_files([str(table)])
    assert window.project is not None and window.project.folder.name == "售后 support"
    qtbot.waitUntil(lambda: window.session.contents is not None and window.session.contents.rows == 2, timeout=10_000)
    window.take_files([str(tmp_path / "gone.csv")])
    from tests.helpers.screen_pages import wait_for

    banner = window.page.banner if window.page is not None else window.frame.banner
    wait_for(lambda: banner.panel() is not None)
    assert "gone.csv" in banner.panel().sentence.accessibleName() + banner.panel().cause.accessibleName()


def test_a_narrow_window_folds_the_explorer_to_a_rail(make_window, qtbot, project: Project) -> None:
    window = make_window(project.folder, size=(1280, 800))
    explorer = window.frame.explorer
    qtbot.waitUntil(explorer.narrow)
    qtbot.waitUntil(lambda: window.frame.explorer_dock.width() <= 56)
    menu = explorer.group_menu("runs")
    assert [a.text() for a in menu.actions()] == ["Nothing here yet"]
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: not explorer.narrow())
    qtbot.waitUntil(lambda: explorer.width() >= 160)


def test_the_explorer_opens_what_is_clicked(make_window, qtbot, project: Project, note) -> None:
    from desktop.models.explorer import Node

    window = make_window(project.folder)
    window.frame.explorer.chosen.emit(Node("x", "x", kind="note", key="5"))
    assert window.page.key == "5"
    tree = window.frame.explorer.tree
    group = window.frame.explorer_model.find("runs")
    assert tree.isExpanded(group)
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(group).center() + QPoint(0, 4))
    assert not tree.isExpanded(group)


def test_what_can_train_is_asked_off_the_windows_thread(make_window, qtbot) -> None:
    window = make_window()
    window.begin()
    qtbot.waitUntil(lambda: window.card is not None, timeout=10_000)
    assert window.card.total_gb > 0 and "GB" in window.frame.status.memory_text.text()


def test_the_whole_window_can_be_walked_by_tab(make_window, qtbot) -> None:
    window = make_window()
    for widget in window.findChildren(QWidget):
        focusable = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
        if focusable and type(widget).__module__.startswith("desktop"):
            assert widget.accessibleName(), f"{type(widget).__name__} has no name for a screen reader"


def test_reference_counts_stay_while_events_are_processed(make_window, qapp) -> None:
    import sys

    make_window()
    for _ in range(200):
        qapp.processEvents()
    changes = []
    for _ in range(3):  # a thread that imports a module meanwhile moves the count too; a leak does so each time
        before = sys.getrefcount(None)
        for _ in range(10_000):
            qapp.processEvents()
        changes.append(abs(sys.getrefcount(None) - before))
        if changes[-1] < 100:
            break
    assert changes[-1] < 100, changes
