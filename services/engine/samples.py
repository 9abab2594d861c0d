"""The same questions before, during and after training, so that a person hears the model change."""

from collections.abc import Callable
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.engine.generate import answer_conversation
from services.engine.server_generate import Sampling
from services.jobs import events as ev
from services.templates.template import Template

_MOST_TOKENS = 64


def ask_all(
    model: Any,
    template: Template,
    prompts: list[str],
    step: int,
    label: str,
    say: Callable[..., None],
    *,
    enable_thinking: bool | None = None,
) -> None:
    """Answer each prompt by the likeliest tokens and say each as a Sample."""
    for prompt in prompts:
        conversation = Conversation(turns=(Turn("user", prompt),))
        sampling = Sampling(temperature=0, max_tokens=_MOST_TOKENS)
        parts: list[str] = []
        answer_conversation(model, template, conversation, sampling, parts.append, enable_thinking=enable_thinking)
        say(ev.Sample(step=step, prompt=prompt, text="".join(parts).strip(), label=label))
