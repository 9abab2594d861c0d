"""The page of lengths: counted, cut by a slider, from a bar to its rows; the table's filter by tokens."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton

from desktop.controllers import lengths as lengths_controller
from desktop.widgets.histogram import Histogram
from services.datasets.importing import import_file
from tests.services.templates.talks import CASES


@pytest.fixture
def cut(project, tmp_path: Path) -> str:
    """The eight rows of which a cutoff of 128 takes something from six."""
    source = tmp_path / "cut.json"
    shutil.copy(CASES / "C13.cutoff.json", source)
    import_file(project, [source], name="cut")
    return "cut"


@pytest.fixture
def page(make_window, project, cut: str, qtbot):
    window = make_window(project.folder)
    made = window.open_page("lengths", cut)
    qtbot.waitUntil(lambda: made.is_settled() and bool(made._numbers), timeout=10_000)
    return made


def exact(page, qtbot) -> str:
    """The sentence, once it is exact."""
    qtbot.waitUntil(page.is_settled, timeout=10_000)
    return page.panel.sentence.accessibleName()


def test_c13_what_a_cutoff_takes(page, qtbot) -> None:
    assert exact(page, qtbot) == "Every row stays whole."
    rows = [b.text() for b in page.panel._longest.findChildren(QAbstractButton)]
    assert rows[0] == "Row 3"
    assert len(rows) == 8
    page.set_cutoff(128)
    assert page.panel.sentence.accessibleName() == "2 of 8 rows stay whole"
    assert exact(page, qtbot) == "Of 8 rows: 3 lose part of a question, 3 lose their end."
    assert page.panel.rows_cut.value.text() == "6 · 75.0 %"
    assert page.panel.endless.value.text() == "3"
    page.field.setValue(16)
    assert exact(page, qtbot) == "Of 8 rows: 8 train nothing."
    assert page.panel.nothing.value.text() == "8"
    assert "--cutoff-len 16" in page.show_as_command()[0]
    page.panel.cutoff_asked.emit(329)
    assert exact(page, qtbot) == "Every row stays whole."


def test_slider_field_and_line_move_together(page, qtbot) -> None:
    page.slider.setFocus()
    page.slider.setValue(500)
    assert page.cutoff_len == page.field.value() == round(0.5 * page._top())
    x = page.histogram.cutoff_x()
    line = QPoint(round(x), page.histogram.height() // 2)
    qtbot.mousePress(page.histogram, Qt.MouseButton.LeftButton, pos=line)
    qtbot.mouseMove(page.histogram, line + QPoint(40, 0))
    qtbot.mouseRelease(page.histogram, Qt.MouseButton.LeftButton, pos=line + QPoint(40, 0))
    assert page.cutoff_len > round(0.5 * page._top())
    assert page.field.value() == page.cutoff_len


def test_a_bar_shows_its_rows(page, qtbot) -> None:
    histogram = page.histogram
    index = int(np.argmax(histogram._counts > 0))
    area = histogram.bar(index)
    page.set_cutoff(300)
    qtbot.mouseClick(histogram, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    table = page.main.page
    assert table.kind == "dataset"
    qtbot.waitUntil(lambda: table.model.rowCount() == int(histogram._counts[index]), timeout=10_000)
    page.main.open_page("lengths", "cut")
    page.panel.row_asked.emit(3)
    qtbot.waitUntil(lambda: page.main.page is table and table.model.rowCount() == 8, timeout=10_000)
    assert table.grid.currentIndex().row() == 2


def test_the_recipe_takes_the_cutoff(page, qtbot) -> None:
    page.set_cutoff(329)
    qtbot.mouseClick(page.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.main.page is not page and page.main.page.kind == "train", timeout=10_000)
    train = page.main.page
    qtbot.waitUntil(lambda: train.recipe.cutoff_len == 329, timeout=10_000)


def test_another_template_is_another_length(page, qtbot) -> None:
    before = page.counted.table.longest.copy()
    page.template.set_current_id("alpaca")
    qtbot.waitUntil(lambda: page.is_settled() and page.counted.count.template == "alpaca", timeout=10_000)
    assert not np.array_equal(before, page.counted.table.longest)


def test_an_edit_is_counted_when_the_page_is_looked_at_again(page, project, qtbot) -> None:
    store = page.main.open_page("dataset", "cut").controller.store
    row = store.ids()[4]
    before = page.counted.table[row]
    store.set_cells([(row, store.mapping.columns["response"], "word " * 500)])
    page.main.open_page("lengths", "cut")
    qtbot.waitUntil(lambda: page.is_settled() and page.counted.table[row] > before + 400, timeout=10_000)


def test_stopped_and_gone_on_with(page, project, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(count, template, stop, tell):
        tell(3, 8)
        stop.wait(20)

    plain = lengths_controller.count_kindly
    monkeypatch.setattr(lengths_controller, "count_kindly", slow)
    page.template.set_current_id("chatml")
    qtbot.waitUntil(lambda: page.progress_words.text() == "counting… 3 of 8", timeout=10_000)
    assert page._strip.isVisible()
    qtbot.mouseClick(page.halt, Qt.MouseButton.LeftButton)
    assert page.progress_words.text().startswith("Stopped.")
    monkeypatch.setattr(lengths_controller, "count_kindly", plain)
    qtbot.mouseClick(page.halt, Qt.MouseButton.LeftButton)  # go on
    qtbot.waitUntil(lambda: page.is_settled() and page.counted.count.template == "chatml", timeout=10_000)
    assert not page._strip.isVisible()


def test_the_table_filters_by_tokens_once_it_has_counted(make_window, project, cut: str, qtbot) -> None:
    table = make_window(project.folder).open_page("dataset", cut)
    tool = table.tool("lengths")
    assert tool.known_tokens() is None
    tool.count()
    qtbot.waitUntil(lambda: tool.known_tokens() is not None, timeout=10_000)
    assert len(tool.known_tokens()) == 8
    table.tool("shown").filter("tokens > 200")
    qtbot.waitUntil(lambda: table.model.rowCount() == 5, timeout=10_000)
    table.main.run_command("lengths.open")
    assert table.main.page.kind == "lengths"


def test_a_histogram_by_keys(app, qtbot) -> None:
    histogram = Histogram()
    qtbot.addWidget(histogram)
    histogram.resize(500, 300)
    histogram.show()
    histogram.set_counts(np.array([5, 0, 1]), np.array([0, 10, 20, 30]))
    histogram.set_log(True)
    histogram.set_cutoff(15)
    histogram.grab()
    for _ in range(2):
        qtbot.keyClick(histogram, Qt.Key.Key_Right)
    assert histogram.accessibleDescription() == "10 to 19 tokens: 0 rows"
    qtbot.keyClick(histogram, Qt.Key.Key_Right)
    with qtbot.waitSignal(histogram.bar_asked) as asked:
        qtbot.keyClick(histogram, Qt.Key.Key_Return)
    assert asked.args == [20, 30]
    assert histogram.bar(2).height() > 20  # by its logarithm one row is seen beside five
