"""What can go wrong with a template or a tokenizer, in sentences."""

from typing import Any

from services.errors import TunesmithError
from services.i18n import N_


class TemplateError(TunesmithError):
    """A template that cannot be used, or not for this conversation."""


class TemplateRefusedError(TemplateError):
    """The template itself refuses a conversation (raise_exception).

    reason: its words. turn: index of the turn that it stumbles over, if it is a single one. system: it is the system
    text.
    """

    def __init__(self, reason: str, turn: int | None = None, system: bool = False) -> None:
        self.reason = reason
        self.turn = turn
        self.system = system
        if system:
            super().__init__(
                N_("The chat template refuses the system text of this conversation: {reason}"),
                way_out=N_("Put the system text into the first question, or choose another template."),
                reason=reason,
            )
        elif turn is None:
            super().__init__(
                N_("The chat template refuses this conversation: {reason}"),
                way_out=N_("Change the row, or choose another template."),
                reason=reason,
            )
        else:
            super().__init__(
                N_("The chat template refuses turn {turn} of this conversation: {reason}"),
                way_out=N_("Join that turn with its neighbour or change it, or choose another template."),
                reason=reason,
                turn=turn + 1,
            )


class TokenizerError(TunesmithError):
    """A model folder whose tokenizer cannot be read."""


def too_slow(limit_s: float, line: int | None = None) -> TemplateError:
    """A template that does not end."""
    way_out = N_("It may loop for ever. Choose another template or mend this one.")
    limit = f"{limit_s:g}"
    if line is None:
        return TemplateError(
            N_("The chat template was stopped: it did not finish within {limit_s} s."), way_out=way_out, limit_s=limit
        )
    return TemplateError(
        N_("The chat template was stopped in line {line}: it did not finish within {limit_s} s."),
        way_out=way_out,
        limit_s=limit,
        line=line,
    )


def too_big(line: int | None = None) -> TemplateError:
    """A template that wants more memory than any honest one."""
    way_out = N_("Choose another template or mend this one.")
    if line is None:
        return TemplateError(N_("The chat template was stopped: it used too much memory."), way_out=way_out)
    return TemplateError(
        N_("The chat template was stopped in line {line}: it used too much memory."), way_out=way_out, line=line
    )


def from_sandbox(answer: dict[str, Any]) -> TemplateError:
    """The error of a sandbox's answer {"error", "message", "line", "turn", "system"}."""
    kind, message, line = answer["error"], answer.get("message", ""), answer.get("line")
    if kind == "memory":
        return too_big(line)
    if kind == "refused":
        return TemplateRefusedError(message, answer.get("turn"), bool(answer.get("system")))
    if kind == "unsafe":
        return TemplateError(
            N_("The chat template is unsafe and was refused: {reason}"),
            way_out=N_("It tries to reach outside the conversation. Do not use it."),
            reason=message,
        )
    way_out = N_("Mend the template, or choose another one.")
    if kind == "syntax":
        return TemplateError(
            N_("The chat template has a mistake in line {line}: {reason}"), way_out=way_out, line=line, reason=message
        )
    if line is None:
        return TemplateError(N_("The chat template failed: {reason}"), way_out=way_out, reason=message)
    return TemplateError(
        N_("The chat template failed in line {line}: {reason}"), way_out=way_out, line=line, reason=message
    )
