"""Text in and out of Qt's editors without a change: no-break spaces, line separators and \\r\\n stay as they were."""

from PySide6.QtGui import QTextDocument

_PARAGRAPH = "\u2029"


def exact_text(document: QTextDocument, original: str) -> str:
    """The text of a document that showed `original`; untouched, it is original byte for byte.

    QPlainTextEdit.toPlainText turns no-break spaces into blanks; this does not. Lines end as they did in original if
    that used \\r\\n throughout.
    """
    if not document.isModified():
        return original
    text = document.toRawText().replace(_PARAGRAPH, "\n")
    crlf = original.count("\r\n")
    return text.replace("\n", "\r\n") if crlf and crlf == original.count("\n") else text
