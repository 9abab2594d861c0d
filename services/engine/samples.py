"""The same questions before, during and after training, so that a person hears the model change."""

from collections.abc import Callable
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.engine.generate import GenerateOptions, answer
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
    cancel: Callable[[], bool] = bool,
) -> None:
    """Answer each prompt by the likeliest tokens and say each as a Sample. Training's random numbers stay untouched."""
    for prompt in prompts:
        conversation = Conversation(turns=(Turn("user", prompt),))
        options = GenerateOptions(max_new_tokens=_MOST_TOKENS)
        pieces = answer(model, template, conversation, options, cancel, enable_thinking)
        text = "".join(piece.text for piece in pieces)
        say(ev.Sample(step=step, prompt=prompt, text=text.strip(), label=label))
