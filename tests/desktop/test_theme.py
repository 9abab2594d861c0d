"""Colours, fonts and icons by role; contrast; switching while widgets stand."""

import pytest
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from desktop.commands import commands, load
from desktop.theme import color, css, font, icon, is_dark, pixmap, theme
from desktop.theme.apply import dress
from desktop.theme.icons import known
from desktop.theme.tokens import tokens
from desktop.widgets.buttons import Button
from desktop.widgets.text import Label, renew
from services.i18n import set_language, tr


def _luminance(hex_: str) -> float:
    parts = [int(hex_[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_allowed_pair_of_text_and_ground_can_be_read(mode: str) -> None:
    colours = tokens()["colours"]
    for text, grounds in tokens()["text_pairs"].items():
        for ground in grounds:
            ratio = _contrast(colours[text][mode], colours[ground][mode])
            assert ratio >= 4.5, f"{text} on {ground}, {mode}: {ratio:.2f}"


def test_palette_follows_the_theme(app: QApplication) -> None:
    dress("dark", "en")
    assert is_dark()
    assert app.palette().color(QPalette.ColorRole.Base) == QColor(tokens()["colours"]["page"]["dark"])
    dress("light", "en")
    assert css("page") == tokens()["colours"]["page"]["light"].lower()
    assert not is_dark()


def test_figures_are_tabular_and_chinese_puts_its_family_first(app: QApplication) -> None:
    dress("light", "en")
    english = font("body")
    assert english.featureValue(QFont.Tag("tnum")) == 1
    assert english.hintingPreference() is QFont.HintingPreference.PreferVerticalHinting
    dress("light", "zh")
    chinese = font("body")
    assert chinese.hintingPreference() is QFont.HintingPreference.PreferNoHinting
    assert chinese.families() != english.families()
    dress("light", "en")


def test_a_font_may_be_changed_without_spoiling_the_next(app: QApplication) -> None:
    mine = font("body")
    mine.setPixelSize(99)
    assert font("body").pixelSize() == 13


def test_icons_are_tinted_by_role_and_theme(app: QApplication) -> None:
    def ink(mode: str) -> QColor:
        dress(mode, "en")
        image = pixmap("square-fill", "accent", 16).toImage()
        return image.pixelColor(image.width() // 2, image.height() // 2)

    assert ink("light") == QColor(tokens()["colours"]["accent"]["light"])
    assert ink("dark") == QColor(tokens()["colours"]["accent"]["dark"])
    assert not icon("ph.play").isNull()
    with pytest.raises(KeyError):
        pixmap("no-such-icon")


def test_thinned_colour_leaves_the_role_alone(app: QApplication) -> None:
    assert color("scrim", 0.5).alphaF() == pytest.approx(0.5, abs=0.01)
    assert color("scrim").alphaF() == 1.0


def test_every_command_has_an_icon_that_exists(app: QApplication) -> None:
    wrong = [c.id for c in load() if c.icon and not known(c.icon)]
    assert wrong == []
    assert len(commands) > 20


def test_widgets_renew_words_and_colours_while_they_stand(app: QApplication, qtbot) -> None:
    label, button = Label(lambda: tr("Settings"), colour="accent"), Button(lambda: tr("Close"))
    qtbot.addWidget(label)
    qtbot.addWidget(button)
    before = button.sizeHint()
    set_language("zh")
    dress("dark", "zh")
    renew(label, language=True)
    renew(button, language=True)
    assert label.text() == "设置"
    assert button.text() == "关闭" and button.accessibleName() == "关闭"
    assert button.sizeHint() != before
    assert label.palette().color(QPalette.ColorRole.WindowText) == color("accent")


def test_a_system_that_turns_dark_is_followed_only_when_asked(app: QApplication) -> None:
    dress("light", "en")
    heard = []
    theme.changed.connect(lambda: heard.append(theme.mode))
    app.styleHints().colorSchemeChanged.emit(app.styleHints().colorScheme())
    assert heard == [], "light was chosen: the system's wish does not count"


def test_a_system_that_turns_dark_is_followed(app: QApplication, monkeypatch) -> None:
    from desktop.theme import apply

    wish = ["light"]
    monkeypatch.setattr(apply, "system_mode", lambda: wish[0])
    dress("system", "en")
    assert not is_dark()
    wish[0] = "dark"
    app.styleHints().colorSchemeChanged.emit(app.styleHints().colorScheme())
    assert is_dark() and theme.choice == "system"
    dress("light", "en")


def test_scroll_bars_are_dragged_by_their_handle(app: QApplication, qtbot) -> None:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtWidgets import QScrollBar

    bar = QScrollBar(Qt.Orientation.Vertical)
    qtbot.addWidget(bar)
    bar.setRange(0, 1000)
    bar.setPageStep(100)
    bar.resize(12, 400)
    bar.show()
    image = bar.grab().toImage()
    assert image.pixelColor(6, 20) == color("soft"), "the handle is at the top"
    assert image.pixelColor(6, 300) != color("soft")
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(6, 20))
    qtbot.mouseMove(bar, QPoint(6, 390))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(6, 390))
    assert bar.value() == 1000
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(6, 5))
    assert bar.value() == 900, "a click beside the handle moves by a page"


def test_text_areas_and_tool_tips_wear_our_frame(app: QApplication, qtbot) -> None:
    from PySide6.QtWidgets import QLabel

    from desktop.widgets.inputs import TextArea

    area = TextArea("words", name="Notes")
    qtbot.addWidget(area)
    area.resize(200, 100)
    area.show()
    image = area.grab().toImage()
    assert image.pixelColor(100, 0) == color("edge")
    assert image.pixelColor(100, 90) == color("page")
    tip = QLabel("tip")
    qtbot.addWidget(tip)
    assert tip.font().pixelSize() == 13
