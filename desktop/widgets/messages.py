"""Messages of a chat: the person's words in a bubble, answers as plain reading text with their buttons below."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.models.answer_text import Part, parts
from desktop.theme import color, css, font, mono_families
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.text import Label, Text
from services.i18n import tr, trn

_BUBBLE_MOST = 560  # px
_TEXT_MOST = 720


class Selectable(QLabel):
    """Text that can be selected and wraps. rich: our own light HTML; else plain, shown exactly as it is."""

    def __init__(self, text: str, *, rich: bool = False, role: str = "body", colour: str = "text") -> None:
        super().__init__()
        self._role, self._colour, self._rich, self._raw = role, colour, rich, text
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setOpenExternalLinks(False)
        self.linkActivated.connect(_open_link)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.restyle()

    def show_text(self, text: str) -> None:
        """Show another text of the same kind."""
        if text != self._raw:
            self._raw = text
            self.restyle()

    def restyle(self) -> None:
        self.setFont(font(self._role))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), color(self._colour))
        palette.setColor(palette.ColorRole.Highlight, color("tint"))
        palette.setColor(palette.ColorRole.HighlightedText, color("on_tint"))
        self.setPalette(palette)
        if self._rich:
            mono = ", ".join(f"'{f}'" for f in mono_families())
            style = f"<style>code {{ font-family: {mono}; font-size: 12px; background: {css('hover')}; }}</style>"
            self.setText(f"{style}<div style='line-height: 130%'>{self._raw}</div>")
        else:
            self.setText(self._raw)


def _open_link(address: str) -> None:
    if QUrl(address).scheme() in ("http", "https"):  # never a file, never a program
        QDesktopServices.openUrl(QUrl(address))


class CodeBlock(Box):
    """Code with its language and Copy."""

    def __init__(self, part: Part) -> None:
        super().__init__("v", fill="code", corner=6)
        self._code = part.text
        copy = Button(lambda: tr("Copy"), "ghost", "copy", height=28)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._code))
        head = row(Label(part.note or "", "small", "text2"), "s", copy, margins=(12, 4, 8, 2))
        self._text = Selectable(part.text, role="mono")
        self.add(head).add(Box("v", (self._text,), margins=(12, 2, 12, 10)))

    def show_code(self, code: str) -> None:
        """More of it has come."""
        self._code = code
        self._text.show_text(code)


class Thought(Box):
    """What a model thought before it answered, folded."""

    def __init__(self, text: str) -> None:
        super().__init__("v")
        self._button = Button(lambda: tr("Thought"), "ghost", "caret-right", height=28)
        self._button.setCheckable(True)
        self._button.toggled.connect(self._toggle)
        self._text = Selectable(text, role="small", colour="text2")
        self._text.hide()
        self.add(row(self._button, "s")).add(Box("v", (self._text,), margins=(24, 0, 0, 0)))

    def show_thought(self, text: str) -> None:
        """More of it has come."""
        self._text.show_text(text)

    def _toggle(self, on: bool) -> None:
        self._button.set_icon("caret-down" if on else "caret-right")
        self._text.setVisible(on)


class AnswerBody(Box):
    """An answer drawn part by part; while it grows only its last part is drawn anew."""

    def __init__(self) -> None:
        super().__init__("v", gap=10)
        self._parts: list[Part] = []
        self._widgets: list[QWidget] = []

    def show_answer(self, text: str, reasoning: str = "") -> None:
        """Draw this text."""
        new = parts(text, reasoning)
        same = 0
        while same < min(len(new), len(self._parts)) and new[same] == self._parts[same]:
            same += 1
        if len(new) == len(self._parts) and same == len(new) - 1 and _grow(self._widgets[same], new[same]):
            self._parts = new
            return
        for widget in self._widgets[same:]:
            widget.hide()
            widget.deleteLater()
        del self._widgets[same:]
        for part in new[same:]:
            widget = _widget(part)
            self._widgets.append(widget)
            self.add(widget)
        self._parts = new

    def plain(self) -> str:
        """What can be read, for tests and screen readers."""
        return "\n".join(p.text for p in self._parts)


def _widget(part: Part) -> QWidget:
    if part.kind == "code":
        return CodeBlock(part)
    if part.kind == "thought":
        return Thought(part.text)
    return Selectable(part.html, rich=True)


def _grow(widget: QWidget, part: Part) -> bool:
    if isinstance(widget, CodeBlock) and part.kind == "code":
        widget.show_code(part.text)
    elif isinstance(widget, Thought) and part.kind == "thought":
        widget.show_thought(part.text)
    elif isinstance(widget, Selectable) and part.kind == "text":
        widget.show_text(part.html)
    else:
        return False
    return True


class Bubble(Box):
    """What the person said, at the right, exactly as it was typed."""

    edit_asked = Signal()

    def __init__(self, text: str) -> None:
        super().__init__("h", margins=(24, 8, 24, 8))
        self.text = text
        words = Selectable(text, colour="text")
        words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        inner = Box("v", (words,), margins=(16, 10, 16, 10), fill="tint", corner=10)
        longest = max((words.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)
        inner.setFixedWidth(min(_BUBBLE_MOST, longest + 36))
        edit = IconButton("pencil-simple", lambda: tr("Change this question"), height=28)
        edit.clicked.connect(self.edit_asked)
        self.add("s").add(edit).add(8).add(inner)
        self.setAccessibleName(tr("You: {text}", text=text[:200]))


class AnswerView(Box):
    """An answer with who gave it, its buttons and its speed."""

    regenerate_asked = Signal()
    edit_asked = Signal()

    def __init__(self, name: Text) -> None:
        super().__init__("v", margins=(24, 8, 24, 8))
        self.body = AnswerBody()
        self.body.setMaximumWidth(_TEXT_MOST)
        self._copied: Callable[[], str] = lambda: ""
        self._speed = Label("", "small", "text2")
        self._waiting = Label(lambda: tr("thinking…"), "body", "text3")
        copy = IconButton("copy", lambda: tr("Copy"), height=28)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._copied()))
        again = IconButton("arrows-clockwise", lambda: tr("Answer again"), height=28)
        again.clicked.connect(self.regenerate_asked)
        edit = IconButton("pencil-simple", lambda: tr("Correct this answer"), height=28)
        edit.clicked.connect(self.edit_asked)
        self._foot = row(copy, again, edit, "s", self._speed)
        self._foot.setMaximumWidth(_TEXT_MOST)
        self._foot.hide()
        self.add(Label(name, "small_strong", "text3")).add(4)
        self.add(self._waiting)
        self.add(self.body).add(2).add(self._foot)

    def show_answer(self, text: str, reasoning: str, tokens: int, tokens_per_s: float, *, ended: bool) -> None:
        """Draw what has come; ended shows the buttons."""
        self._copied = lambda: text
        self._waiting.setVisible(not ended and not text and not reasoning)
        self.body.show_answer(text, reasoning)
        self._foot.setVisible(ended)
        speed = f" · {tokens_per_s:,.0f} {tr('tokens/s')}" if tokens_per_s else ""
        self._speed.set_text((lambda: trn("{n} token", "{n} tokens", tokens) + speed) if tokens else "")
        self.setAccessibleName(text[:500])
