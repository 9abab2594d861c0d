"""The foot of the window: the card, the project's state, the language and the theme."""

from PySide6.QtCore import Qt, Signal

from desktop.controllers.card_watch import CardNow
from desktop.theme import size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.progress import Bar
from desktop.widgets.text import IconLabel, Label, Text, say
from services.i18n import tr


class StatusBar(Box):
    """28 px under everything."""

    language_asked = Signal()
    theme_asked = Signal()
    card_asked = Signal()
    road_asked = Signal()
    state_asked = Signal()

    def __init__(self) -> None:
        super().__init__("h", margins=(16, 1, 10, 0), fill="chrome", line="hair", sides="t")
        self.setFixedHeight(size("status"))
        self.card_name = Label("", "small_medium", "text2")
        self.memory = Bar(height=6, width=64)
        self.memory_text = Label("", "small", "text2")
        self.heat_icon = IconLabel("thermometer-simple", "text3")
        self.heat = Label("", "small", "text2")
        self.road = Button("", "ghost", "rocket-launch", height=24)
        self.road.clicked.connect(self.road_asked)
        self.state_icon = IconLabel("check", "text3", 14)
        self.state = Button("", "ghost", height=24)
        self.state.clicked.connect(self.state_asked)
        self.language = Button("中 / EN", "ghost", height=24, tip=lambda: tr("Switch to Chinese"))
        self.language.clicked.connect(self.language_asked)
        self.theme = IconButton("circle-half", lambda: tr("Switch between light and dark"), height=24)
        self.theme.clicked.connect(self.theme_asked)
        self._now: CardNow | None = None
        for item in (
            IconLabel("cpu", "text2"), 8, self.card_name, 12, self.memory, 8, self.memory_text, 16, self.heat_icon, 4,
            self.heat, "s", self.road, 16, self.state_icon, 6, self.state, 8, self.language, self.theme,
        ):  # fmt: skip
            self.add(item)
        self.road.hide()
        self.show_card(None)
        self.show_state("", "")

    def show_card(self, now: CardNow | None) -> None:
        """Show the card (or the processor) as it is now; None: not read yet."""
        self._now = now
        self.memory.setVisible(now is not None)
        self.card_name.set_text(now.name if now is not None else "")
        if now is not None:
            self.memory.set([(now.used_gb, "accent")], now.total_gb)
            self.memory_text.set_text(
                tr("{used} of {total} GB", used=f"{now.used_gb:.1f}", total=f"{now.total_gb:.1f}")
            )
        heat = "" if now is None or now.celsius is None else f"{now.celsius:.0f} °C"
        self.heat.set_text(heat)
        self.heat_icon.setVisible(bool(heat))
        self.heat.setVisible(bool(heat))

    def show_state(self, icon: str, words: Text, *, tip: Text = "") -> None:
        """Show what is saved, or that nothing needs to be. tip: what a click on it opens, '' for nothing."""
        self.state.set_text(words)
        able = bool(say(tip))
        self.state.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not able)
        self.state.setFocusPolicy(Qt.FocusPolicy.StrongFocus if able else Qt.FocusPolicy.NoFocus)
        self.state.setToolTip(say(tip))
        if icon:
            self.state_icon.set_icon(icon)
        self.state_icon.setVisible(bool(icon))

    def show_road(self, sentence: str) -> None:
        """The road's next thing, once it has folded into the bar; '' hides it."""
        self.road.set_text(sentence)
        self.road.setVisible(bool(sentence))

    def retranslate(self) -> None:
        self.show_card(self._now)
