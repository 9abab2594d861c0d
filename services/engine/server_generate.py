"""One answer, token by token, from a prompt to its last word. Runs in the server's one generating thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from services.engine.server_models import Ready
from services.templates.tokenizer import Tokenizer

_BROKEN = "\ufffd"
_TEMPERATURE, _TOP_P, _TOP_K = 0.8, 0.9, 40
"""Ollama's defaults: a model answers here as it will when it is deployed."""


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token. None: as the model's generation_config.json has it, else as Ollama does.

    temperature 0 is greedy. max_tokens: of the answer, 0 up to the end of the context. stop: texts that end it.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int = 0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How an answer ended. reason: 'stop' or 'length'. Counts are in tokens, the end token and stop texts included."""

    reason: str
    prompt_tokens: int
    completion_tokens: int


class TextStream:
    """Ids to text, a piece at a time: holds back half characters, and what may become a stop text."""

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str], emit: Callable[[str], None]) -> None:
        self._tokenizer = tokenizer
        self._stop = [s for s in stop if s]
        self._emit = emit
        self._ids: list[int] = []
        self._from = 0  # first id of the window that is decoded anew
        self._told = ""  # its text that has been taken
        self._held = ""
        self.stopped = False
        """Whether a stop text has come."""

    def put(self, token_id: int) -> None:
        """Take one id."""
        self._ids.append(token_id)
        text = self._tokenizer.decode(self._ids[self._from :])
        if text.endswith(_BROKEN) and len(self._ids) - self._from < 16:
            return  # half a character; a model that writes nonsense gets no more than this patience
        new = text[len(self._told) :]
        if len(self._ids) - self._from > 8:
            # the window moves on, with one id left in it: how an id reads may depend on the one before
            self._from = len(self._ids) - 1
            self._told = self._tokenizer.decode(self._ids[self._from :])
        else:
            self._told = text
        self._take(new)

    def end(self) -> None:
        """Let go of what was held back."""
        if not self.stopped:
            text = self._tokenizer.decode(self._ids[self._from :])
            self._take(text[len(self._told) :], last=True)

    def _take(self, new: str, *, last: bool = False) -> None:
        if self.stopped:
            return
        text = self._held + new
        found = [at for at in (text.find(s) for s in self._stop) if at >= 0]
        if found:
            self.stopped = True
            text, self._held = text[: min(found)], ""
        else:
            keep = 0 if last else _half_stop(text, self._stop)
            text, self._held = text[: len(text) - keep], text[len(text) - keep :]
        if text:
            self._emit(text)


def _half_stop(text: str, stops: Sequence[str]) -> int:
    """Length of the longest end of text that a stop text begins with."""
    most = max((len(s) - 1 for s in stops), default=0)
    for length in range(min(most, len(text)), 0, -1):
        if any(s.startswith(text[-length:]) for s in stops):
            return length
    return 0


class _Streamer:
    """What transformers hands each new id to."""

    def __init__(self, take: Callable[[int], None]) -> None:
        self._take = take
        self._prompt = True

    def put(self, value: torch.Tensor) -> None:
        if self._prompt:  # the prompt comes first
            self._prompt = False
            return
        for token_id in value.flatten().tolist():
            self._take(int(token_id))

    def end(self) -> None:
        return


class _Until(StoppingCriteria):
    def __init__(self, over: Callable[[], bool]) -> None:
        self._over = over

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self._over(), dtype=torch.bool, device=input_ids.device)


def answer(
    ready: Ready,
    prompt_ids: Sequence[int],
    sampling: Sampling,
    emit: Callable[[str], None],
    cancel: threading.Event,
) -> Outcome:
    """Generate one answer, giving its text to emit piece by piece; ends within one token of cancel being set.

    prompt_ids must leave room in the context. The same seed, prompt and sampling give the same answer.
    """
    room = ready.context_len - len(prompt_ids)
    limit = min(sampling.max_tokens or room, room)
    stream = TextStream(ready.tokenizer, sampling.stop, emit)
    count, ended = 0, False
    ends = set(ready.stop_token_ids)

    def take(token_id: int) -> None:
        nonlocal count, ended
        count += 1
        ended = token_id in ends
        if not ended:
            stream.put(token_id)

    device = cast(torch.Tensor, ready.model.get_input_embeddings().weight).device
    ids = torch.tensor([list(prompt_ids)], dtype=torch.long, device=device)
    if sampling.seed is not None:
        torch.manual_seed(sampling.seed)
    with torch.inference_mode():
        ready.model.generate(  # type: ignore[operator]
            ids,
            attention_mask=torch.ones_like(ids),
            generation_config=_config(ready, sampling, limit),
            streamer=_Streamer(take),
            stopping_criteria=StoppingCriteriaList([_Until(lambda: cancel.is_set() or stream.stopped)]),
        )
    stream.end()
    return Outcome("stop" if ended or stream.stopped else "length", len(prompt_ids), count)


def _config(ready: Ready, sampling: Sampling, limit: int) -> GenerationConfig:
    own = ready.model.generation_config
    sampled = bool(own and own.do_sample)

    def chosen(name: str, value: float | None, otherwise: float) -> float:
        told = getattr(own, name, None) if sampled else None
        return value if value is not None else told if told is not None else otherwise

    temperature = chosen("temperature", sampling.temperature, _TEMPERATURE)
    common: dict[str, Any] = {
        "max_new_tokens": limit,
        "use_cache": True,
        "eos_token_id": list(ready.stop_token_ids) or None,
        "pad_token_id": ready.tokenizer.pad_id or 0,
        "bos_token_id": ready.tokenizer.bos_id,
    }
    if temperature <= 0:
        return GenerationConfig(do_sample=False, **common)
    return GenerationConfig(
        do_sample=True,
        temperature=float(temperature),
        top_p=float(chosen("top_p", sampling.top_p, _TOP_P)),
        top_k=int(chosen("top_k", sampling.top_k, _TOP_K)),
        **common,
    )
