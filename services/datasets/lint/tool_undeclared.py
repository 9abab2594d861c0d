"""Calls of tools that the row does not declare."""

from typing import Any

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Subject, checks
from services.datasets.mapping import Mapping
from services.datasets.values import load
from services.i18n import N_

_TALKS = Mapping(format="sharegpt", columns={"messages": "m", "tools": "t"})


def _talk(name: str, tools: str) -> dict[str, object]:
    call = f'{{"name": "{name}", "arguments": {{}}}}'
    turns = [("human", "Stock?"), ("function_call", call), ("observation", "3"), ("gpt", "Three.")]
    return {"m": [{"from": role, "value": text} for role, text in turns], "t": tools}


@checks.add("tool-undeclared")
class ToolUndeclared(Check):
    """Names of calls are looked up among the row's tools; a row without tools is let be, as many leave them out."""

    id, title = "tool-undeclared", N_("Tool that is not declared")
    help = N_("The row calls a tool that is not in its list of tools, or the list itself cannot be read.")
    example = Example(
        (_talk("price", '[{"name": "stock"}]'), _talk("stock", '[{"name": "stock"}]'), _talk("stock", ""),
         _talk("stock", '[{"type": "function", "function": {"name": "stock"}}]'), _talk("stock", "[{name: stock}]")),
        (0, 4), _TALKS,
    )  # fmt: skip

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """The first call of an unknown tool."""
        if row.talk is None or not row.talk.tools.strip():
            return []
        column = self.mapping.column("tools")
        known = _declared(row.talk.tools)
        if known is None:
            return [Problem(self.id, N_("{column} is no list of tools in JSON."), N_("Mend the cell."),
                            {"column": column}, column, blocks=False)]  # fmt: skip
        for name in _called(row):
            if name not in known:
                values = {"name": name, "names": ", ".join(sorted(known)) or "-"}
                return [Problem(self.id, N_("The row calls {name}; its tools are: {names}."),
                                N_("Declare the tool, or mend the call."), values, column, blocks=False)]  # fmt: skip
        return []


def _declared(text: str) -> set[str] | None:
    try:
        tools = load(text)
    except (ValueError, RecursionError):
        return None
    tools = tools if isinstance(tools, list) else [tools]
    names: set[str] = set()
    for tool in tools:
        inner: Any = tool.get("function", tool) if isinstance(tool, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
            return None
        names.add(inner["name"])
    return names


def _called(row: Subject) -> list[str]:
    names = []
    turns = [*row.talk.turns, *filter(None, (row.talk.chosen, row.talk.rejected))] if row.talk else []
    for turn in turns:
        if turn.role != "function":
            continue
        names += [call["function"]["name"] for call in turn.tool_calls]
        if not turn.tool_calls:
            try:
                value = load(turn.content)
            except (ValueError, RecursionError):
                continue
            calls = value if isinstance(value, list) else [value]
            names += [c["name"] for c in calls if isinstance(c, dict) and isinstance(c.get("name"), str)]
    return names
