"""Text on screen: labels that know their font and colour role, and paragraphs with a fixed line pitch."""

import html
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.theme import color, css, font, line_px, pixmap
from services.i18n import tr

Text = str | Callable[[], str]
"""What a shared widget shows: a str as it is (the person's own words), or a function that says it in the language
in use: `Label(lambda: tr("Runs"))`. Functions are asked again by `retranslate()`."""


def say(text: Text) -> str:
    """The words of a Text, now."""
    return text if isinstance(text, str) else text()


def translated(sentence: str) -> Text:
    """An N_-marked sentence from another room, said in the language in use, now and later."""
    return lambda: tr(sentence)


class Label(QLabel):
    """One line (or few) of plain text. role: type role; colour: colour role. wrap: more lines when too narrow."""

    def __init__(
        self,
        text: Text = "",
        role: str = "body",
        colour: str = "text",
        *,
        wrap: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text: Text = text
        self._role, self._colour = role, colour
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setAlignment(align | (Qt.AlignmentFlag.AlignTop if wrap else Qt.AlignmentFlag.AlignVCenter))
        self.retranslate()
        self.restyle()

    def set_text(self, text: Text) -> None:
        """Show other words."""
        self._text = text
        self.retranslate()

    def set_colour(self, colour: str) -> None:
        """Take another colour role."""
        self._colour = colour
        self.restyle()

    def set_role(self, role: str) -> None:
        """Take another type role."""
        self._role = role
        self.restyle()

    def retranslate(self) -> None:
        self.setText(say(self._text))

    def restyle(self) -> None:
        self.setFont(font(self._role))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, color(self._colour))
        self.setPalette(palette)


class ElidedLabel(Label):
    """A label that gives way: it ends in … when there is no room, and shows the whole on hover."""

    def __init__(self, text: Text = "", role: str = "body", colour: str = "text", *, middle: bool = False) -> None:
        self._whole = ""
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        super().__init__(text, role, colour)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def retranslate(self) -> None:
        self._whole = say(self._text)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        line = self._whole.replace("\n", " ")
        shown = QFontMetrics(self.font()).elidedText(line, self._mode, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._whole if shown != line else "")


class IconLabel(QLabel):
    """An icon that only shows. name: Phosphor name."""

    def __init__(self, name: str, colour: str = "text2", px: int = 16) -> None:
        super().__init__()
        self._name, self._colour, self._px = name, colour, px
        self.setFixedSize(px, px)
        self.restyle()

    def set_icon(self, name: str, colour: str = "") -> None:
        """Show another icon, in another colour role if given."""
        self._name, self._colour = name, colour or self._colour
        self.restyle()

    def restyle(self) -> None:
        self.setPixmap(pixmap(self._name, self._colour, self._px))


class Paragraph(QWidget):
    """Wrapped text with a fixed line pitch, so that Latin and Chinese lines keep one rhythm.

    text may use <b>, <i>, <code>, <br> and <a href='...'> if rich; clicked links arrive as `linked`. A paragraph must
    know its width: from a layout that stretches it, or from width in px.
    """

    linked = Signal(str)

    def __init__(
        self,
        text: Text = "",
        role: str = "body",
        colour: str = "text2",
        *,
        rich: bool = False,
        width: int = 0,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        super().__init__()
        self._text, self._role, self._colour, self._rich, self._align = text, role, colour, rich, align
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._width = width
        self.restyle()

    def set_text(self, text: Text) -> None:
        """Show other words."""
        self._text = text
        self.restyle()

    def set_colour(self, colour: str) -> None:
        """Take another colour role."""
        if colour != self._colour:
            self._colour = colour
            self.restyle()

    def retranslate(self) -> None:
        self.restyle()

    def restyle(self) -> None:
        words = say(self._text)
        document = self._document
        document.setDefaultFont(font(self._role))
        option = document.defaultTextOption()
        option.setAlignment(self._align)
        document.setDefaultTextOption(option)
        document.setDefaultStyleSheet(
            f"code {{ font-family: monospace; font-size: 12px; background: {css('hover')}; }}"
            f"a {{ color: {css('accent')}; text-decoration: none; }}"
        )
        inner = words if self._rich else html.escape(words).replace("\n", "<br>")
        document.setHtml(f"<div style='color:{css(self._colour)}'>{inner}</div>")
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(line_px(self._role), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(block)
        if self._width:
            self.setFixedWidth(self._width)
            self.setFixedHeight(self.heightForWidth(self._width))
        self.setAccessibleName(document.toPlainText())
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        self._document.setTextWidth(width)
        return int(self._document.size().height() + 0.99)

    def sizeHint(self) -> QSize:
        width = self._width or max(self.width(), 200)
        return QSize(min(width, 640), self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, line_px(self._role))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._document.setTextWidth(self.width())
        self._document.drawContents(painter)
        painter.end()

    def mouseReleaseEvent(self, event: object) -> None:
        link = self._document.documentLayout().anchorAt(event.position())  # type: ignore[attr-defined]
        if link:
            self.linked.emit(link)


def renew(root: QWidget, *, language: bool = False) -> None:
    """Ask root and everything in it to renew what it keeps: fonts and icons, and words if the language changed."""
    for widget in [root, *root.findChildren(QWidget)]:
        if language:
            retranslate = getattr(widget, "retranslate", None)
            if retranslate is not None:
                retranslate()
        restyle = getattr(widget, "restyle", None)
        if restyle is not None:
            restyle()
        widget.update()
