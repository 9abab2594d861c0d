"""Shared widgets with real clicks and keys."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from desktop.theme import color
from desktop.widgets.boxes import Card
from desktop.widgets.buttons import KINDS, Button, IconButton
from desktop.widgets.chip import Chip, chip_width
from desktop.widgets.dialog import Dialog, confirm
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.focus_ring import FocusRing
from desktop.widgets.inputs import ComboBox, DoubleSpinBox, LineEdit, SearchField, SpinBox, mark_error
from desktop.widgets.progress import Bar
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch
from desktop.widgets.text import ElidedLabel, Paragraph
from desktop.widgets.toast import Toast

pytestmark = pytest.mark.usefixtures("app")
LEFT = Qt.MouseButton.LeftButton
_kept: list[QWidget] = []  # qtbot holds windows weakly


@pytest.fixture(autouse=True)
def _let_go():
    yield
    _kept.clear()


def _host(qtbot, *widgets: QWidget, size: tuple[int, int] = (600, 400)) -> QWidget:
    host = QWidget()
    layout = QVBoxLayout(host)
    for widget in widgets:
        layout.addWidget(widget)
    qtbot.addWidget(host)
    host.resize(*size)
    host.show()
    _kept.append(host)
    return host


def _wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("box", [lambda: SpinBox(0, 10, 5), lambda: DoubleSpinBox(0, 10, 5)])
def test_spin_boxes_ignore_the_wheel_until_focused(qtbot, box) -> None:
    spin = box()
    host = _host(qtbot, LineEdit(), spin)
    host.activateWindow()
    _wheel(spin)
    assert spin.value() == 5
    spin.setFocus()
    qtbot.waitUntil(spin.hasFocus)
    _wheel(spin)
    assert spin.value() > 5


def test_combo_box_ignores_the_wheel_and_keeps_ids(qtbot) -> None:
    combo = ComboBox([("a", "Apple"), ("b", lambda: "Pear")], "b")
    _host(qtbot, LineEdit(), combo)
    assert combo.current_id() == "b"
    _wheel(combo)
    assert combo.current_id() == "b"
    combo.fill([("x", "X")])
    assert combo.current_id() == "x"
    combo.fill([])
    assert combo.current_id() == ""


def test_decimals_always_use_a_point_and_no_empty_zeros(qtbot) -> None:
    spin = DoubleSpinBox(0, 1, 0.05)
    qtbot.addWidget(spin)
    assert spin.text() == "0.05"
    spin.setValue(1)
    assert spin.text() == "1"


def test_an_input_draws_its_error(qtbot) -> None:
    line = LineEdit("x")
    _host(qtbot, line)

    def edge() -> str:
        image = line.grab().toImage()
        return image.pixelColor(image.width() // 2, 0).name()

    assert edge() != color("err").name()
    mark_error(line, True)
    assert edge() == color("err").name()
    mark_error(line, False)
    assert edge() != color("err").name()


def test_search_field_clears_then_says_escape(qtbot) -> None:
    field = SearchField("Find")
    qtbot.addWidget(field)
    qtbot.keyClicks(field, "abc")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    with qtbot.waitSignal(field.escaped, timeout=1000):
        qtbot.keyClick(field, Qt.Key.Key_Escape)


def test_segments_are_chosen_by_click_and_key(qtbot) -> None:
    control = Segmented([("text", "Text"), ("tokens", "Tokens")])
    qtbot.addWidget(control)
    control.show()
    with qtbot.waitSignal(control.changed) as heard:
        qtbot.mouseClick(control, LEFT, pos=control.segment("tokens").center().toPoint())
    assert heard.args == ["tokens"] and control.current() == "tokens"
    qtbot.keyClick(control, Qt.Key.Key_Left)
    qtbot.keyClick(control, Qt.Key.Key_Left)
    assert control.current() == "text"
    with pytest.raises(ValueError):
        control.set_current("nothing")


def test_cards_and_switches_answer_to_click_and_space(qtbot) -> None:
    card, switch = Card(name="Model"), Switch(False, "On")
    card.setFixedSize(100, 60)
    _host(qtbot, card, switch)
    pressed = []
    card.clicked.connect(lambda: pressed.append(1))
    qtbot.mouseClick(card, LEFT)
    qtbot.keyClick(card, Qt.Key.Key_Space)
    qtbot.mousePress(card, LEFT)
    qtbot.mouseRelease(card, LEFT, pos=QPoint(300, 300))  # let go outside: not meant
    assert pressed == [1, 1]
    qtbot.mouseClick(switch, LEFT)
    assert switch.isChecked()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()


@pytest.mark.parametrize("kind", KINDS)
def test_buttons_are_wide_enough_and_say_why_not(qtbot, kind: str) -> None:
    button = Button("Start training 开始训练", kind, "play")
    qtbot.addWidget(button)
    assert button.sizeHint().width() >= button.fontMetrics().horizontalAdvance(button.text()) + 24
    button.allow(False, "Choose a model first.")
    assert not button.isEnabled() and button.toolTip() == "Choose a model first."
    button.grab()
    button.allow(True)
    assert button.toolTip() == ""


def test_an_icon_button_has_a_name(qtbot) -> None:
    button = IconButton("x", "Close")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Close" and button.sizeHint().width() == button.sizeHint().height()


def test_elided_label_shows_the_whole_on_hover(qtbot) -> None:
    label = ElidedLabel("a very long name that has no room at all in here")
    _host(qtbot, label, size=(120, 60))
    assert label.text().endswith("…") and "no room" in label.toolTip()
    label.window().resize(700, 60)
    qtbot.waitUntil(lambda: label.toolTip() == "")
    assert label.text().endswith("in here")


def test_paragraph_keeps_its_pitch_in_both_scripts(qtbot) -> None:
    latin, chinese = Paragraph("word " * 60, width=300), Paragraph("汉字" * 60, width=300)
    qtbot.addWidget(latin)
    qtbot.addWidget(chinese)
    assert latin.height() % 20 == 0 and chinese.height() % 20 == 0 and latin.height() > 40


def test_paragraph_is_plain_unless_rich(qtbot) -> None:
    plain = Paragraph("<b>not bold</b> & <script>", width=300)
    rich = Paragraph("<a href='run:7'>run 7</a>", rich=True, width=300)
    for one in (plain, rich):
        qtbot.addWidget(one)
        one.show()
    assert plain.accessibleName() == "<b>not bold</b> & <script>"
    with qtbot.waitSignal(rich.linked) as heard:
        qtbot.mouseClick(rich, LEFT, pos=QPoint(8, 10))
    assert heard.args == ["run:7"]


def test_chip_and_bar_and_facts_draw(qtbot) -> None:
    chip, bar = Chip("Answer · trained", "tint", "graduation-cap"), Bar([(1, "m1"), (20, "m2")], 12, mark=10)
    facts = Facts([FactRow("Time", "about 4 min", right=True, icon="timer")])
    _host(qtbot, chip, bar, facts).grab()
    assert chip.sizeHint().width() == chip_width("Answer · trained", "graduation-cap")
    bar.set_progress(1, 0)
    assert bar.accessibleName() == "0%"
    bar.set_progress(3, 4)
    assert bar.accessibleName() == "75%"
    image = bar.grab().toImage()
    assert image.pixelColor(image.width() // 4, 4).name() == color("accent").name()


def test_error_panel_hides_what_it_has_not(qtbot) -> None:
    bare, whole = ErrorPanel("It broke."), ErrorPanel("It broke.", "The disk is full.", "Free space", closable=True)
    _host(qtbot, bare, whole)
    assert not bare.cause.isVisible() and not bare.button.isVisible()
    with qtbot.waitSignal(whole.acted):
        qtbot.mouseClick(whole.button, LEFT)
    with qtbot.waitSignal(whole.closed):
        qtbot.mouseClick(whole.close_button, LEFT)


def test_dialog_keeps_the_focus_and_gives_it_back(qtbot) -> None:
    before = LineEdit()
    host = _host(qtbot, before, size=(900, 700))
    host.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    dialog = Dialog(host, "Title", width=400)
    line, button = LineEdit(), Button("Do it", "primary")
    dialog.body.addWidget(line)
    dialog.footer.addWidget(button)
    dialog.open()
    assert line.hasFocus() and dialog.geometry() == host.rect()
    for expected in (button, dialog.cross, line):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() in (button, dialog.cross, line), expected
    host.resize(1000, 720)
    assert dialog.geometry() == host.rect()
    with qtbot.waitSignal(dialog.finished) as heard:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard.args == [False] and before.hasFocus()


def test_confirm_says_what_goes_and_waits(qtbot) -> None:
    from PySide6.QtCore import QTimer

    host = _host(qtbot, LineEdit(), size=(900, 700))

    def press(words: str) -> None:
        dialog = [d for d in host.findChildren(Dialog) if d.isVisible()][-1]
        next(b for b in dialog.findChildren(Button) if b.text() == words).click()

    QTimer.singleShot(0, lambda: press("Delete 3 files"))
    assert confirm(host, "Delete?", "3 files go.", "Delete 3 files") is True
    QTimer.singleShot(0, lambda: press("Cancel"))
    assert confirm(host, "Delete?", "3 files go.", "Delete 3 files") is False


def test_toast_goes_by_itself_and_can_undo(qtbot) -> None:
    host = _host(qtbot, LineEdit())
    undone = []
    toast = Toast(host, "Deleted 3 rows", action="Undo", run=lambda: undone.append(1))
    assert toast.isVisible()
    qtbot.mouseClick(toast.button, LEFT)
    assert undone == [1] and not toast.isVisible()
    with qtbot.waitSignal(Toast(host, "Saved", shown_ms=20).destroyed):
        pass


def test_focus_ring_follows_the_keyboard_only(qtbot, app: QApplication) -> None:
    ring = FocusRing(app)
    one, two, line = Button("One"), Button("Two"), LineEdit()
    host = _host(qtbot, one, two, line)
    host.activateWindow()
    one.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(one.hasFocus)
    assert ring.widget() is None
    qtbot.keyClick(one, Qt.Key.Key_Tab)
    assert two.hasFocus() and ring.widget() is two
    qtbot.keyClick(two, Qt.Key.Key_Tab)
    assert line.hasFocus() and ring.widget() is None, "an input shows the focus in its own edge"
    app.focusChanged.disconnect(ring._moved)
    ring.deleteLater()
