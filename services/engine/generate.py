"""Answers of a model in memory: the streaming loop that the server uses, for a model that may be in mid-training."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from services.datasets.conversation import Conversation
from services.engine.packing import ATTENTION
from services.engine.server_generate import Outcome, Sampling, answer
from services.engine.server_models import Ready
from services.engine.trainer import rng_state, set_rng_state
from services.templates.template import Template

_NEVER = threading.Event()


def answer_conversation(
    model: Any,
    template: Template,
    conversation: Conversation,
    sampling: Sampling,
    emit: Callable[[str], None],
    cancel: threading.Event = _NEVER,
    *,
    enable_thinking: bool | None = None,
) -> Outcome:
    """Stream the next answer of a conversation to emit. model: a transformers model, its adapter active.

    The model's training state and training's random numbers are afterwards as before. TemplateError if the
    conversation cannot be rendered.
    """
    ids = template.prompt_ids(conversation, enable_thinking=enable_thinking)
    context_len = int(getattr(model.config, "max_position_embeddings", 0) or 2048)
    stops = tuple(template.stop_token_ids)
    ready = Ready("", model, template, template.tokenizer, stops, context_len, enable_thinking)
    with answering(model):
        return answer(ready, ids, sampling, emit, cancel)


@contextlib.contextmanager
def answering(model: Any) -> Iterator[None]:
    """For the block: no dropout, a cache, attention that knows one; then all as it was, random numbers too."""
    was_training, attention, cached = model.training, model.config._attn_implementation, model.config.use_cache
    random_numbers = rng_state()
    model.eval()
    model.config.use_cache = True
    if attention == ATTENTION:
        model.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        if attention == ATTENTION:
            model.set_attn_implementation(ATTENTION)
        model.config.use_cache = cached
        model.train(was_training)
        set_rng_state(random_numbers)
