"""Mending a conversation that a template refuses; offered to the person, never done unasked."""

from dataclasses import replace

from services.datasets.conversation import Conversation, Turn
from services.i18n import N_
from services.templates.errors import TemplateError, TemplateRefusedError
from services.templates.template import Template

FOLD_SYSTEM, JOIN_TURNS = "fold-system", "join-turns"
TITLES = {
    FOLD_SYSTEM: N_("Put the system text into the first question"),
    JOIN_TURNS: N_("Join turns of the same side that follow each other"),
}
"""Id of a fix -> its name."""


def fold_system(conversation: Conversation) -> Conversation:
    """The system text before the first user turn's text, with a blank line between; as it is if there is neither."""
    first = next((i for i, turn in enumerate(conversation.turns) if turn.role == "user"), -1)
    if not conversation.system or first < 0:
        return conversation
    turns = list(conversation.turns)
    turns[first] = replace(turns[first], content=f"{conversation.system}\n\n{turns[first].content}")
    return replace(conversation, system=None, turns=tuple(turns))


def join_turns(conversation: Conversation) -> Conversation:
    """Consecutive user turns, and consecutive answers without calls, as one, with a blank line between."""
    turns: list[Turn] = []
    for turn in conversation.turns:
        same = turns and turns[-1].role == turn.role and turn.role in ("user", "assistant")
        if same and not (turn.tool_calls or turns[-1].tool_calls):
            turns[-1] = replace(turns[-1], content=f"{turns[-1].content}\n\n{turn.content}")
        else:
            turns.append(turn)
    return replace(conversation, turns=tuple(turns))


FIXES = {FOLD_SYSTEM: fold_system, JOIN_TURNS: join_turns}


def fixes_for(conversation: Conversation, template: Template) -> list[str]:
    """Ids of the fixes after which the template takes a conversation that it refuses; [] if it takes it as it is."""
    if _accepts(conversation, template):
        return []
    return [name for name, fix in FIXES.items() if _accepts(fix(conversation), template)]


def _accepts(conversation: Conversation, template: Template) -> bool:
    try:
        template.render(conversation)
    except TemplateRefusedError:
        return False
    except TemplateError:
        return False
    return True
