"""One parameter in the form: its name, a sentence, its default, a field, and the way back to the default."""

import html
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from desktop.theme import css
from desktop.widgets.boxes import Box, column, row
from desktop.widgets.buttons import IconButton
from desktop.widgets.inputs import ComboBox, LineEdit, SpinBox, mark_error
from desktop.widgets.text import ElidedLabel, Paragraph
from services.i18n import language, tr
from services.recipes import FieldProblem, Parameter

_FIELD_PX = 176
_WIDE_PX = 232
_DEFAULT_PX = 128


class ParameterRow(Box):
    """Says `edited(name, value)` when the person has changed the value; shows values and problems it is given."""

    edited = Signal(str, object)

    def __init__(self, parameter: Parameter, value: Any) -> None:
        super().__init__("h", line="hair", sides="b", margins=(16, 8, 0, 8))
        self.parameter = parameter
        self._words = ""
        self._value = value
        self.wrong = False
        self._name = Paragraph(self._name_html, "strong", "text", rich=True)
        self._help = Paragraph(lambda: parameter.help(language()), "small", "text2")
        self._problem = Paragraph("", "small", "err")
        self._problem.hide()
        self._default = ElidedLabel(self._default_text, "small", "text2")
        self._default.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._default.setFixedWidth(_DEFAULT_PX)
        self.field = self._make_field()
        self.field.setFixedWidth(_WIDE_PX if parameter.kind in ("text", "names") else _FIELD_PX)
        self.field.setAccessibleName(parameter.name)
        self.field.setAccessibleDescription(parameter.help("en"))
        self.reset = IconButton("arrow-counter-clockwise", lambda: tr("Back to the default"), height=28)
        self.reset.clicked.connect(lambda: self.edited.emit(parameter.name, parameter.default))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        words = column(self._name, self._help, self._problem, gap=2)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.add(words, 1)
        self.add(row(16, self._default, 12, self.field, 8, self.reset))
        self.show_value(value)

    def show_value(self, value: Any) -> None:
        """Show a value without saying that it was edited. What is wrong in the field gives way to it."""
        self._value = value
        self.wrong = False
        self.field.blockSignals(True)
        if isinstance(self.field, SpinBox):
            self.field.setValue(int(value))
        elif isinstance(self.field, ComboBox):
            self.field.set_current_id(_choice_id(value))
        elif isinstance(self.field, QLineEdit) and self.field.text() != _shown(value):
            self.field.setText(_shown(value))
        self.field.blockSignals(False)
        changed = value != self.parameter.default
        self.edge = "accent" if changed else ""
        self.reset.setVisible(changed)
        strong = self.field.font()
        strong.setBold(changed)
        self.field.setFont(strong)
        self.show_problem(None)
        self.update()

    def show_problem(self, problem: FieldProblem | None) -> None:
        """A sentence under the field, or none."""
        mark_error(self.field, problem is not None)
        self._problem.setVisible(problem is not None)
        if problem is not None:
            self._problem.set_text(lambda: " ".join(p for p in problem.localized() if p))

    def refuse(self, problem: FieldProblem) -> None:
        """What the field holds cannot be taken: it stays there with its sentence, and the value is the one before."""
        self.wrong = True
        self.show_problem(problem)

    def commit(self) -> None:
        """Take what is being typed as if the field had been left."""
        if isinstance(self.field, SpinBox):
            self.field.interpretText()
        elif isinstance(self.field, QLineEdit):
            self._said(self.field.text())

    def problem_text(self) -> str:
        """The sentence shown, '' if none."""
        return self._problem.accessibleName() if self._problem.isVisibleTo(self) else ""

    def mark(self, words: str) -> None:
        """Mark the words that were searched for."""
        if words != self._words:
            self._words = words
            self._name.retranslate()

    def _name_html(self) -> str:
        name = self.parameter.name
        title = html.escape(self.parameter.title(language()))
        at = name.lower().find(self._words.lower()) if self._words else -1
        shown = html.escape(name)
        if at >= 0:
            end = at + len(self._words)
            hit = f"<span style='background:{css('mark')}'>{html.escape(name[at:end])}</span>"
            shown = html.escape(name[:at]) + hit + html.escape(name[end:])
        quiet = f"color:{css('text3')};font-weight:400"
        if language() == "zh":  # the Hanzi are read first, the key is looked up
            return f"{title} <span style='{quiet}'>&nbsp;{shown}</span>"
        return f"{shown} <span style='{quiet}'>&nbsp;{title}</span>"

    def _default_text(self) -> str:
        text = self.parameter.default_text(language())
        return tr("default {value}", value=text) if text else ""

    def _make_field(self) -> QWidget:
        parameter = self.parameter
        if parameter.kind in ("flag", "auto_flag", "choice") or parameter.choices:
            choices = parameter.choices or (True, False)
            box = ComboBox([(_choice_id(c), partial(_choice_text, parameter, c)) for c in choices])
            by_id = {_choice_id(c): c for c in choices}
            box.currentIndexChanged.connect(lambda _: self.edited.emit(parameter.name, by_id[str(box.currentData())]))
            return box
        if parameter.kind == "whole" and not parameter.optional and parameter.minimum is not None:
            spin = SpinBox(int(parameter.minimum), int(min(parameter.maximum or 2**31 - 1, 2**31 - 1)))
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(lambda value: self.edited.emit(parameter.name, value))
            return spin
        line = LineEdit(placeholder=lambda: parameter.unset.get(language(), ""))
        line.editingFinished.connect(lambda: self._said(line.text()))
        return line

    def _said(self, text: str) -> None:
        value: Any = text.strip()
        if value == "" and self.parameter.optional:
            value = None
        if value != self._value and text != _shown(self._value):
            self.edited.emit(self.parameter.name, value)
        elif self.wrong:  # typed back to what it was
            self.edited.emit(self.parameter.name, self._value)


def _shown(value: Any) -> str:
    """A value as its field shows it."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _choice_text(parameter: Parameter, choice: Any) -> str:
    return parameter.label(choice, language()) or tr("not set")


def _choice_id(value: Any) -> str:
    return "\0" if value is None else str(value)
