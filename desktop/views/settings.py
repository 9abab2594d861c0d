"""Settings: made from their declarations; each takes effect and is kept at once."""

import sys
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.inputs import ComboBox, LineEdit
from desktop.widgets.switch import Switch
from desktop.widgets.text import ElidedLabel, Label, Text, translated
from services.i18n import tr
from services.settings import GROUPS, Settings, declared, problems, projects_dir, settings_path

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


class SettingRow(Box):
    """A setting: title and sentence; its control; back to the default when it differs."""

    def __init__(self, page: "SettingsPage", declared_field: Any) -> None:
        super().__init__("h", gap=12, margins=(12, 0, 0, 1), line="hair", sides="b")
        self.setFixedHeight(60)
        self._page, self._field = page, declared_field
        meta = declared_field.metadata
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        self.title = Label(translated(meta["title"]), "strong")
        words.addWidget(self.title)
        words.addWidget(ElidedLabel(translated(meta["help"]), "small", "text2"))
        words.addStretch(1)
        self.box.addLayout(words, 1)
        self.control = self._make_control()
        self.add(self.control)
        self.reset = IconButton("arrow-counter-clockwise", lambda: tr("Back to the default"), height=28)
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self.reset.clicked.connect(lambda: self._set(declared_field.default))
        self.add(self.reset)
        self.renew()

    def value(self) -> Any:
        """What counts now."""
        return getattr(self._page.main.settings, self._field.name)

    def renew(self) -> None:
        """Show what counts now."""
        value = self.value()
        changed = value != self._field.default
        self.reset.setVisible(changed)
        self.edge = "accent" if changed else ""
        control = self.control
        control.blockSignals(True)
        if isinstance(control, Switch):
            control.setChecked(bool(value))
        elif isinstance(control, ComboBox):
            control.set_current_id(str(value))
        elif isinstance(control, _PathField):
            control.line.setText(str(value))
        control.blockSignals(False)
        self.update()

    def flash(self) -> None:
        """Stand out: this is the one that was looked for."""
        self.set_fill("tint2")
        self.control.setFocus()

    def _make_control(self) -> QWidget:
        meta, name = self._field.metadata, translated(self._field.metadata["title"])
        if isinstance(self._field.default, bool):
            switch = Switch(False, name)
            switch.toggled.connect(self._set)
            return switch
        if meta["choices"]:
            combo = ComboBox([(k, translated(t)) for k, t in meta["choices"].items()], name=name)
            combo.setFixedWidth(200)
            combo.activated.connect(lambda _: self._set(combo.current_id()))
            return combo
        field = _PathField(meta["kind"], name, _default_words(self._field.name))
        field.line.editingFinished.connect(lambda: self._set(field.line.text().strip()))
        return field

    def _set(self, value: Any) -> None:
        if value != self.value():
            self._page.set_setting(self._field.name, value)
        self.renew()


class _PathField(QWidget):
    """A line, and a button that chooses the folder or file for it."""

    def __init__(self, kind: str, name: Text, placeholder: str) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.line = LineEdit(name=name, placeholder=placeholder)
        self.line.setFixedWidth(240)
        layout.addWidget(self.line)
        if kind in ("folder", "file"):
            browse = Button(lambda: tr("Choose…"))
            browse.clicked.connect(lambda: self._choose(kind))
            layout.addWidget(browse)

    def _choose(self, kind: str) -> None:
        if kind == "folder":
            path = QFileDialog.getExistingDirectory(self, "", self.line.text())
        else:
            path, _ = QFileDialog.getOpenFileName(self, "", self.line.text())
        if path:
            self.line.setText(path)
            self.line.editingFinished.emit()


@pages.add("settings")
class SettingsPage(Page):
    """Groups of rows, no Save: what is changed counts."""

    kind = "settings"
    icon = "gear"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        self.rows: dict[str, SettingRow] = {}
        head = row(Label(lambda: tr("Settings"), "title"), 24, margins=(32, 0, 32, 0))
        self.path = ElidedLabel(str(settings_path()), "small", "text3", middle=True)
        self.path.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.box.addWidget(self.path, 1)
        head.setFixedHeight(72)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(32, 0, 32, 32)
        layout.setSpacing(0)
        for group, title in GROUPS.items():
            fields = [f for f in declared() if f.metadata["group"] == group]
            layout.addWidget(Label(translated(title), "small_strong", "text3"))
            layout.addSpacing(8)
            layout.addWidget(HairLine())
            for declared_field in fields:
                line = SettingRow(self, declared_field)
                self.rows[declared_field.name] = line
                layout.addWidget(line)
            layout.addSpacing(24)
        for sentence in problems():
            layout.addWidget(Label(sentence, "small", "warn", wrap=True))
        layout.addStretch(1)
        self.content.addWidget(head)
        self.content.addWidget(scroll_page(column, cap_px=880), 1)

    def title(self) -> str:
        return tr("Settings")

    def set_setting(self, name: str, value: Any) -> None:
        """Take a value, now and next time."""
        if name == "theme":
            self.main.set_theme(value)
        elif name == "language":
            self.main.set_language(value)
        else:
            setattr(self.main.settings, name, value)
            self.main.save_settings()

    def shown(self) -> None:
        for line in self.rows.values():
            line.renew()

    def restyle(self) -> None:
        self.shown()  # theme and language may have been changed from the status bar

    def restore(self, state: dict[str, Any]) -> None:
        for name, line in self.rows.items():
            if name == state.get("setting"):
                line.flash()
            else:
                line.set_fill("")


def _default_words(name: str) -> str:
    """What an empty field stands for."""
    return {
        "projects_dir": str(projects_dir(Settings())),
        "worker_python": sys.executable,
        "ollama_host": "127.0.0.1:11434",
    }.get(name, "")
