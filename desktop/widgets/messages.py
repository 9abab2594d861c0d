"""Messages of a chat: the person's words in a bubble, answers as plain reading text with their buttons below."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.models.answer_text import AnswerReader, Part
from desktop.theme import color, css, font, mono_families
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.progress import Bar
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
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags | Qt.TextInteractionFlag.LinksAccessibleByMouse if rich else flags)
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
            style = (
                f"code {{ font-family: {mono}; font-size: 12px; background: {css('hover')}; }}"
                f"tt {{ font-family: {mono}; font-size: 12px; }}"
                f"a {{ color: {css('accent')}; text-decoration: none; }}"
                "p { margin: 0; line-height: 132%; }"
            )
            self.setText(f"<style>{style}</style>{self._raw}")
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
        self.copy = Button(lambda: tr("Copy"), "ghost", "copy", height=28)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._code))
        head = row(Label(part.note or "", "small", "text2"), "s", self.copy, margins=(12, 4, 8, 2))
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
        self._thought = text
        self._button = Button(lambda: tr("Thought"), "ghost", "caret-right", height=28)
        self._button.setCheckable(True)
        self._button.toggled.connect(self._toggle)
        self._text = Selectable("", role="small", colour="text2")
        self._text.hide()
        self.add(row(self._button, "s")).add(Box("v", (self._text,), margins=(24, 0, 0, 0)))

    def show_thought(self, text: str) -> None:
        """More of it has come. Laid out only while it is unfolded: thoughts are long."""
        self._thought = text
        if self._button.isChecked():
            self._text.show_text(text)

    def _toggle(self, on: bool) -> None:
        self._text.show_text(self._thought if on else "")
        self._button.set_icon("caret-down" if on else "caret-right")
        self._text.setVisible(on)


class AnswerBody(Box):
    """An answer drawn part by part; while it grows only its last part is drawn anew."""

    def __init__(self) -> None:
        super().__init__("v", gap=10)
        self._reader = AnswerReader()
        self._parts: list[Part] = []
        self._widgets: list[QWidget] = []

    def show_answer(self, text: str, reasoning: str = "") -> None:
        """Draw this text."""
        new = self._reader.read(text, reasoning)
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

    def widgets(self) -> list[QWidget]:
        """One a part, in order."""
        return list(self._widgets)

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
        inner = Box("v", (words,), margins=(16, 10, 16, 10), fill="tint", corner=10)
        longest = max((words.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)
        width = min(_BUBBLE_MOST, longest + 36) - 32
        words.setFixedSize(width, words.heightForWidth(width))
        self.edit = IconButton("pencil-simple", lambda: tr("Change this question"), height=28)
        self.edit.clicked.connect(self.edit_asked)
        self.words = words
        self.add("s").add(self.edit).add(8).add(inner)
        self.setAccessibleName(tr("You: {text}", text=text[:200]))


class AnswerView(Box):
    """An answer with who gave it, its buttons and its speed. index: of its message, -1 while it is not kept."""

    regenerate_asked = Signal()
    edit_asked = Signal()

    def __init__(self, name: Text) -> None:
        super().__init__("v", margins=(24, 8, 24, 8))
        self.index = -1
        self.body = AnswerBody()
        self.body.setMaximumWidth(_TEXT_MOST)
        self._text = ""
        self._waiting = Label("", "body", "text3")
        self._bar = Bar(height=4, width=160)
        self._note = Label("", "small", "text2")
        self._speed = Label("", "small", "text2")
        self.copy = IconButton("copy", lambda: tr("Copy"), height=28)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        self.again = IconButton("arrows-clockwise", lambda: tr("Answer again"), height=28)
        self.again.clicked.connect(self.regenerate_asked)
        self.edit = IconButton("pencil-simple", lambda: tr("Correct this answer"), height=28)
        self.edit.clicked.connect(self.edit_asked)
        self._foot = row(self.copy, self.again, self.edit, 8, self._note, "s", self._speed)
        self._foot.setMaximumWidth(_TEXT_MOST)
        self._foot.hide()
        self.add(Label(name, "small_strong", "text3")).add(4)
        self.add(row(self._waiting, 12, self._bar, "s"))
        self.add(self.body).add(2).add(self._foot)

    def show_answer(self, text: str, reasoning: str, tokens: int, tokens_per_s: float, *, ended: bool) -> None:
        """Draw what has come; ended shows the buttons."""
        self._text = text
        waits = not ended and not text and not reasoning
        self._waiting.setVisible(waits)
        self._bar.setVisible(False)
        self.body.show_answer(text, reasoning)
        self._foot.setVisible(ended)
        for button in (self.copy, self.edit):
            button.setVisible(bool(text))
        speed = f" · {tokens_per_s:,.0f} {tr('tokens/s')}" if tokens_per_s else ""
        self._speed.set_text((lambda: trn("{n} token", "{n} tokens", tokens) + speed) if tokens else "")
        self.setAccessibleName(text[:500])

    def wait_for(self, what: Text, done: float = 0.0, total: float = 0.0) -> None:
        """Say what the answer waits for; total above 0 shows how far that is."""
        self._waiting.set_text(what)
        self._bar.setVisible(total > 0 and not self._waiting.isHidden())
        if total > 0:
            self._bar.set_progress(done, total)

    def waiting(self) -> str:
        """What it says it waits for, '' once something has come."""
        return "" if self._waiting.isHidden() else self._waiting.text()

    def say(self, note: Text) -> None:
        """A word beside the buttons: that it was stopped, or cut off."""
        self._note.set_text(note)

    def note(self) -> str:
        """The word beside the buttons."""
        return self._note.text()

    def speed(self) -> str:
        """Tokens and speed as they are shown."""
        return self._speed.text()

    def set_last(self, last: bool) -> None:
        """Only the last answer can be given again."""
        self.again.setVisible(last)
