"""Conversations, templates and files that the template tests share."""

import gzip
import json
from pathlib import Path
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.resources import resource
from services.templates import Tokenizer
from services.templates.model_template import ModelTemplate

DATA = Path(__file__).parents[2] / "data"
GOLD = DATA / "templates" / "gold"
CASES = DATA / "cases"
MODEL_DIR = resource("sample", "tokenizer")
ROLES = {"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant"}

# In the manner of Qwen 3: tools, calls, thoughts that only the last answer keeps.
THINKING = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{% endif %}
    {{- '# Tools\\n<tools>' }}
    {%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}
    {{- '\\n</tools><|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(last=0) %}
{%- for message in messages %}{%- if message.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {%- set content = message.content or '' %}
        {%- set thought = message.reasoning_content or '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].split('<think>')[-1].strip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last %}{{- '<think>\\n' + thought + '\\n</think>\\n\\n' }}{%- endif %}
        {{- content }}
        {%- for call in message.tool_calls or [] %}
            {{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
            {{- call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}
"""

# In the manner of Mistral: BOS, brackets, text trimmed, turns that must alternate.
BRACKETS = """\
{{ bos_token }}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('roles must alternate') }}{% endif %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]\
{% else %} {{ m.content | trim }}{{ eos_token }}{% endif %}{% endfor %}"""


def talk(*texts: str, system: str | None = None) -> Conversation:
    """A conversation of user and assistant texts in turn."""
    roles = ("user", "assistant")
    return Conversation(tuple(Turn(roles[i % 2], text) for i, text in enumerate(texts)), system=system)  # type: ignore[arg-type]


def jinja(source: str, tokenizer: Tokenizer) -> ModelTemplate:
    """A model's own template of a text."""
    return ModelTemplate(source, tokenizer)


def case_template(name: str, tokenizer: Tokenizer) -> ModelTemplate:
    """A template of the cases."""
    return jinja((CASES / name).read_text(encoding="utf-8"), tokenizer)


def gold(name: str) -> list[dict[str, Any]]:
    """What LLaMA-Factory made of a file: name without .jsonl.gz."""
    with gzip.open(GOLD / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def demo_text(name: str) -> str:
    """A demo file as text: 'identity.json', 'c4_demo.jsonl' ..."""
    return gzip.decompress((DATA / "templates" / "inputs" / f"{name}.gz").read_bytes()).decode("utf-8")


def demo(name: str) -> list[Conversation]:
    """Conversations of a demo file."""
    if name.endswith(".jsonl"):
        return [Conversation(text=json.loads(line)["text"]) for line in demo_text(name).splitlines()]
    return [_conversation(row) for row in json.loads(demo_text(name))]


def alpaca(row: dict[str, Any]) -> Conversation:
    """A row of instruction, input, output."""
    question = "\n".join(part for part in (row["instruction"], row.get("input", "")) if part)
    return talk(question, row["output"], system=row.get("system") or None)


def _conversation(row: dict[str, Any]) -> Conversation:
    if "instruction" in row:
        return alpaca(row)
    messages = row.get("conversations") or row["messages"]
    turns = [(m.get("from") or m["role"], m["value"] if "value" in m else m["content"]) for m in messages]
    system = turns.pop(0)[1] if turns[0][0] == "system" else None
    chosen, rejected = (Turn("assistant", row[k]["value"]) if k in row else None for k in ("chosen", "rejected"))
    return Conversation(
        tuple(Turn(ROLES[role], text) for role, text in turns),  # type: ignore[arg-type]
        system=system,
        chosen=chosen,
        rejected=rejected,
        label=row.get("label"),
    )


def case_rows(name: str) -> list[Conversation]:
    """Conversations of a case's file."""
    rows = json.loads((CASES / name).read_text(encoding="utf-8"))
    return [alpaca(row) if "instruction" in row else _sharegpt(row) for row in rows]


def _sharegpt(row: dict[str, Any]) -> Conversation:
    turns = tuple(Turn(ROLES[m["from"]], m["value"]) for m in row["conversations"])  # type: ignore[arg-type]
    return Conversation(turns, system=row.get("system"))
