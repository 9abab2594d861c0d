"""An answer, token by token: the one loop behind sample answers, chat, prediction and the server.

The prompt is made by services.templates; here are only ids. Choosing the next token is transformers' own processors.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from services.datasets.conversation import Conversation
from services.engine.packing import ATTENTION
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer


@dataclass(frozen=True)
class GenerateOptions:
    """How to answer. temperature 0 takes the likeliest token. top_k 0 and top_p 1 switch those off.

    stop: texts that end the answer and are not part of it. seed: None for a new one each time.
    """

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: Sequence[str] = ()
    stop_ids: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Piece:
    """Some text of an answer. done: '' while it goes on, then 'stop', 'length' or 'cancelled'. tokens: so far."""

    text: str
    done: str = ""
    tokens: int = 0


def answer(
    model: Any,
    template: Template,
    conversation: Conversation,
    options: GenerateOptions | None = None,
    cancel: Callable[[], bool] = bool,
    enable_thinking: bool | None = None,
) -> Iterator[Piece]:
    """The next answer of a conversation, streamed. TemplateError if it cannot be rendered."""
    ids = template.prompt_ids(conversation, enable_thinking=enable_thinking)
    options = options or GenerateOptions()
    stops = options.stop_ids | frozenset(template.stop_token_ids)
    yield from stream(model, template.tokenizer, ids, options, stops, cancel)


def stream(
    model: Any,
    tokenizer: Tokenizer,
    prompt_ids: Sequence[int],
    options: GenerateOptions,
    stop_ids: frozenset[int],
    cancel: Callable[[], bool] = bool,
) -> Iterator[Piece]:
    """Text after a prompt, streamed. cancel is asked before every token. The last Piece has `done` set."""
    text = _Text(tokenizer, options.stop)
    count, done = 0, "length"
    for token in tokens(model, prompt_ids, options):
        if cancel():
            done = "cancelled"
            break
        count += 1
        if token in stop_ids:
            done = "stop"
            break
        new = text.add(token)
        if new:
            yield Piece(new, tokens=count)
        if text.stopped:
            done = "stop"
            break
        if count >= options.max_new_tokens:
            break
    yield Piece(text.rest(), done, count)


@torch.no_grad()
def tokens(model: Any, prompt_ids: Sequence[int], options: GenerateOptions) -> Iterator[int]:
    """Token ids after a prompt, without end; the caller stops. The model's training state is put back at the end."""
    from transformers import DynamicCache

    was_training = model.training
    own_attention = model.config._attn_implementation
    model.eval()
    if own_attention == ATTENTION:
        model.set_attn_implementation("sdpa")
    device = model.get_input_embeddings().weight.device
    chooser = _Chooser(options, device)
    seen = torch.tensor([list(prompt_ids)], device=device)
    cache = DynamicCache(config=model.config)
    ids = seen
    try:
        while True:
            logits = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1]
            ids = chooser.choose(seen, logits)
            seen = torch.cat([seen, ids], dim=1)
            yield int(ids)
    finally:
        if own_attention == ATTENTION:
            model.set_attn_implementation(ATTENTION)
        model.train(was_training)


class _Chooser:
    """Chooses the next token by transformers' processors, with a generator of its own (training's stays untouched)."""

    def __init__(self, options: GenerateOptions, device: torch.device) -> None:
        from transformers import LogitsProcessorList
        from transformers.generation import logits_process as known

        self.greedy = options.temperature <= 0
        self.processors = LogitsProcessorList()
        if options.repetition_penalty != 1.0:
            self.processors.append(known.RepetitionPenaltyLogitsProcessor(options.repetition_penalty))
        if not self.greedy:
            self.processors.append(known.TemperatureLogitsWarper(options.temperature))
            if options.top_k > 0:
                self.processors.append(known.TopKLogitsWarper(options.top_k))
            if options.top_p < 1:
                self.processors.append(known.TopPLogitsWarper(options.top_p))
            if options.min_p > 0:
                self.processors.append(known.MinPLogitsWarper(options.min_p))
        self.generator = torch.Generator(device=device)
        if options.seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(options.seed)

    def choose(self, seen: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """(1, 1) next id of (1, V) logits."""
        scores = self.processors(seen, logits.float())  # type: ignore[arg-type]
        if self.greedy:
            return scores.argmax(dim=-1, keepdim=True)
        return torch.multinomial(scores.softmax(dim=-1), 1, generator=self.generator)


class _Text:
    """Ids to text as it grows: whole characters only, held back while it may be the start of a stop text."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self.tokenizer, self.stops = tokenizer, [s for s in stops if s]
        self.stopped = False
        self._ids: list[int] = []
        self._decoded = 0  # characters of the window's text that are in _held or given out
        self._held = ""

    def add(self, token: int) -> str:
        """Text that is now certain."""
        self._ids.append(token)
        window = self.tokenizer.decode(self._ids)
        if window.endswith("\ufffd"):  # the bytes of a character are still coming
            return ""
        self._held += window[self._decoded :]
        self._decoded = len(window)
        if len(self._ids) > 64 and not window.endswith("\ufffd"):
            self._ids = self._ids[-8:]  # enough for the tokenizer to see what comes before
            self._decoded = len(self.tokenizer.decode(self._ids))
        return self._certain()

    def rest(self) -> str:
        """What was held back, at the end."""
        if self.stopped:
            return ""
        window = self.tokenizer.decode(self._ids)
        text, self._held = self._held + window[self._decoded :], ""
        self._decoded = len(window)
        return text

    def _certain(self) -> str:
        ends = [at for stop in self.stops if (at := self._held.find(stop)) >= 0]
        if ends:
            self.stopped = True
            text, self._held = self._held[: min(ends)], ""
            return text
        keep = max((n for stop in self.stops for n in range(1, len(stop)) if self._held.endswith(stop[:n])), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text
