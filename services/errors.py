"""The one family of errors that a person may see: a plain sentence and a way out.

Anything that is not a TunesmithError is a fault of ours: the traceback goes to the log, and the person gets one
honest sentence (`services.errors.our_fault`).
"""

from typing import Any

from services.i18n import N_, tr


class TunesmithError(Exception):
    """A thing that went wrong in the person's world, not in our code.

    message: an English sentence, marked with N_, with {fields} for values. way_out: what the person can do about
    it, likewise. values: fill the fields of both. action: optional id of the command that mends it (the window
    draws it as a button). Subclass per room; never raise with a bare code.
    """

    def __init__(self, message: str, *, way_out: str = "", action: str = "", **values: Any) -> None:
        self.message = message
        self.way_out_message = way_out
        self.action = action
        self.values = values
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The sentence in English, for logs, tests and the command line."""
        return _fill(self.message, self.values)

    @property
    def way_out(self) -> str:
        """The way out in English; may be empty."""
        return _fill(self.way_out_message, self.values)

    def localized(self) -> tuple[str, str]:
        """Sentence and way out in the person's language."""
        return _fill(tr(self.message), self.values), _fill(tr(self.way_out_message), self.values)

    def __str__(self) -> str:
        return joined(self.sentence, self.way_out)


def joined(sentence: str, way_out: str) -> str:
    """Both in one line; a sentence that ends with a {reason} of others gets its stop."""
    stop = "." if way_out and (sentence[-1:].isalnum() or sentence.endswith(")")) else ""
    return f"{sentence}{stop} {way_out}".strip()


def our_fault() -> TunesmithError:
    """The sentence for a fault of ours, whose traceback is in the log."""
    return TunesmithError(
        N_("Tunesmith itself made a mistake here; nothing of yours is lost."),
        way_out=N_("The log has the details. Trying again may work."),
    )


def _fill(text: str, values: dict[str, Any]) -> str:
    return text.format(**values) if values else text
