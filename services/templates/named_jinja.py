"""A named template as Jinja text, which tokenizer files, GGUF and Ollama ship."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.templates.layout import Piece
from services.templates.slots import Slot

if TYPE_CHECKING:
    from services.templates.named import NamedTemplate

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def jinja_of(template: "NamedTemplate") -> str:
    """Jinja text that renders what the slots render. Tokens are spelled out, so that no server's idea of BOS or EOS
    can change them.
    """
    from services.templates.named import tool_source

    slots = template.slots
    default = literal(slots.default_system)
    source = tool_source(slots.tools).strip("\n")
    lines = [
        source,
        "{%- set ns = namespace(system=" + default + ") -%}",
        "{%- set talk = messages -%}",
        "{%- if messages and messages[0]['role'] in ['system', 'developer'] -%}",
        "{%- set ns.system = messages[0]['content'] or " + default + " -%}",
        "{%- set talk = messages[1:] -%}",
        "{%- endif -%}",
        "{%- if tools -%}{%- set ns.system = ns.system ~ describe(tools) -%}{%- endif -%}",
    ]
    if slots.prefix:
        lines.append(output(template, slots.prefix))
    if not slots.system_in_user:
        lines.append("{%- if ns.system -%}" + output(template, slots.system, "ns.system") + "{%- endif -%}")
    lines += ["{%- for message in talk -%}", *_turn(template), "{%- endfor -%}", _prompt(template)]
    return "\n".join(line for line in lines if line)


def _turn(template: "NamedTemplate") -> list[str]:
    slots = template.slots
    lines = ["{%- set content = message['content'] or '' -%}"]
    if slots.system_in_user:
        system = concatenation(template, slots.system, "ns.system")
        lines.append(
            "{%- if loop.first and ns.system and message['role'] not in ['assistant'] -%}"
            "{%- set content = " + system + " ~ content -%}{%- endif -%}"
        )
    lines += [
        "{%- if message['role'] == 'user' -%}",
        output(template, slots.user, "content"),
        "{%- elif message['role'] == 'tool' -%}",
        output(template, slots.observation, "content"),
        "{%- elif message['role'] == 'assistant' -%}",
        output(template, slots.generation),
        *_thought(template),
        "{%- if message['tool_calls'] -%}",
        "{%- set content = content ~ ('\\n' if content else '') ~ calls(message['tool_calls']) -%}",
        *_empty_thought(template),
        output(template, slots.function, "content"),
        "{%- else -%}",
        *_empty_thought(template),
        output(template, slots.assistant, "content"),
        "{%- endif -%}",
        "{%- endif -%}",
    ]
    return lines


def _thought(template: "NamedTemplate") -> list[str]:
    """An answer's thought: its own in the last turn, none in the history."""
    words = template.slots.thought_words or ("<think>\n", "\n</think>\n\n")
    opening, closing = map(literal, words)
    kept = "loop.last and enable_thinking is not defined or loop.last and enable_thinking"
    lines = [
        "{%- if message['reasoning_content'] and (" + kept + ") -%}",
        "{%- set content = " + opening + " ~ message['reasoning_content'] ~ " + closing + " ~ content -%}",
        "{%- endif -%}",
    ]
    if template.slots.reasoning:
        lines += [
            "{%- if not (" + kept + ") and " + opening + " in content and " + closing + " in content -%}",
            "{%- set content = (content.split(" + opening + ")[0] ~ content.split(" + closing + ")[-1])",
            ".lstrip('\\n') -%}",
            "{%- endif -%}",
        ]
        return [*lines[:-3], "".join(lines[-3:-1]), lines[-1]]
    return lines


def _empty_thought(template: "NamedTemplate") -> list[str]:
    words = template.slots.thought_words
    if not words:
        return []
    opening, closing = (literal(word.strip()) for word in words)
    return [
        "{%- if loop.last and " + opening + " not in content and " + closing + " not in content -%}",
        output(template, ("".join(words),)),
        "{%- endif -%}",
    ]


def _prompt(template: "NamedTemplate") -> str:
    slots = template.slots
    text = output(template, slots.generation)
    if slots.reasoning:
        text += "{%- if enable_thinking is defined and not enable_thinking -%}"
        text += output(template, ("".join(slots.thought_words),)) + "{%- endif -%}"
    return "{%- if add_generation_prompt -%}" + text + "{%- endif -%}" if text else ""


def output(template: "NamedTemplate", slot: Slot, content: str = "") -> str:
    """A statement that prints a slot; content: the expression for {{content}}."""
    expression = concatenation(template, slot, content)
    return "{{- " + expression + " -}}" if expression else ""


def concatenation(template: "NamedTemplate", pieces: Sequence[Piece], content: str = "") -> str:
    """The expression of a slot's text."""
    text = "".join(map(template.piece_text, pieces))
    before, found, after = text.partition("{{content}}")
    terms = [literal(before) if before else "", content if found else "", literal(after) if after else ""]
    return " ~ ".join(term for term in terms if term)


def literal(text: str) -> str:
    """A Jinja string of a text."""
    return "'" + "".join(_ESCAPES.get(c, c) for c in text) + "'"
