"""Calls of tools whose arguments are not JSON."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Subject, checks, excerpt
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.values import load
from services.i18n import N_

_TALKS = Mapping(format="openai", columns={"messages": "m"}, tags=OPENAI_TAGS)


def _call(arguments: str) -> dict[str, object]:
    call = {"id": "1", "type": "function", "function": {"name": "stock", "arguments": arguments}}
    return {"m": [{"role": "user", "content": "Stock?"}, {"role": "assistant", "content": None, "tool_calls": [call]}]}


@checks.add("tool-arguments")
class ToolArguments(Check):
    """OpenAI's calls are checked while the row is read; sharegpt's calls, which are text, here."""

    id, title = "tool-arguments", N_("Tool call that is not JSON")
    help = N_("The model would learn to call tools in a form that no program can read.")
    example = Example((_call('{"item": 19,}'), _call('{"item": 19}'), _call("")), (0, 2), _TALKS)

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """What reading the row said, or a call that is no JSON."""
        found = [problem for problem in problems if problem.code == self.id]
        if found or row.mapping.tags.role_tag == OPENAI_TAGS.role_tag:
            return found[:1]
        for piece in row.pieces:
            if piece.role == "call" and not _is_call(piece.text):
                return [
                    Problem(self.id, N_("A tool call is not valid JSON with a name: {seen}"),
                            N_("Mend it, or delete the row."), {"seen": excerpt(piece.text, 0, 48)}, piece.column,
                            blocks=False)
                ]  # fmt: skip
        return []


def _is_call(text: str) -> bool:
    try:
        value = load(text)
    except (ValueError, RecursionError):
        return False
    calls = value if isinstance(value, list) else [value]
    return bool(calls) and all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls)
