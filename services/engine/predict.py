"""Answers to many prompts at once, and the files of a prediction.

Prompts of about one length go through the model together, padded on the left; the longest first, so that a batch that
does not fit shows at once. The batches follow from the rows alone: a killed job asks the same ones again, with the
same random numbers, and none that is answered.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from services.engine import metrics, processor
from services.engine.artefacts import write_json
from services.engine.errors import TrainingError
from services.engine.lines import LineFile, Record
from services.engine.predict_rows import Question
from services.i18n import N_
from services.recipes.recipe import Recipe
from services.templates.tokenizer import Tokenizer

_LISTEN_S = 0.2


@dataclass(frozen=True)
class Answer:
    """What the model wrote. finish: 'stop' or 'length'. tokens: how many, the end token among them."""

    text: str
    finish: str
    tokens: int


class _Until(StoppingCriteria):
    """Ends a batch when somebody asks for it; looks now and then, not at each token."""

    def __init__(self, over: Callable[[], bool]) -> None:
        self._over = over
        self._looked = 0.0
        self.ended = False

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        now = time.monotonic()
        if now - self._looked > _LISTEN_S:
            self._looked, self.ended = now, self.ended or self._over()
        return torch.full((input_ids.shape[0],), self.ended, dtype=torch.bool, device=input_ids.device)


@dataclass
class Answerer:
    """Writes answers to batches of prompts.

    model: a transformers or PEFT model. over: whether the person wants it to end. context_len: in tokens, prompt and
    answer together; 0 if the model does not say.
    """

    model: Any
    tokenizer: Tokenizer
    stop_token_ids: tuple[int, ...]
    context_len: int
    recipe: Recipe
    over: Callable[[], bool] = lambda: False

    def room(self, prompt_len: int) -> int:
        """Tokens that an answer may have after a prompt of that length; 0 if there is no room."""
        most = self.recipe.max_new_tokens
        return max(0, min(most, self.context_len - prompt_len)) if self.context_len else most

    def batches(self, questions: Sequence[Question]) -> list[list[int]]:
        """Indices of questions that are asked together, longest prompts first.

        Those near the end of the context are asked alone, for they have less room than others. A repetition penalty
        would also count padding: then only prompts of one length go together.
        """
        order = sorted(range(len(questions)), key=lambda i: (-len(questions[i].ids), i))
        same_length = self.recipe.repetition_penalty != 1
        out: list[list[int]] = []
        for i in order:
            length = len(questions[i].ids)
            last = questions[out[-1][0]].ids if out else []
            fits = out and len(out[-1]) < self.recipe.per_device_eval_batch_size
            alike = self.room(length) == self.room(len(last)) and (not same_length or length == len(last))
            if fits and alike:
                out[-1].append(i)
            else:
                out.append([i])
        return out

    def answer(self, prompts: Sequence[list[int]], seed: int) -> list[Answer] | None:
        """One answer a prompt; None if it was ended before all were whole. A batch without room in memory is halved.

        TrainingError if a single prompt does not fit.
        """
        torch.manual_seed(seed)
        try:
            return self._generate(prompts)
        except (RuntimeError, MemoryError) as error:
            if not processor.is_out_of_memory(error):
                raise
            if len(prompts) == 1:
                raise TrainingError(
                    N_("There was not enough memory for one answer."),
                    way_out=N_("Lower max_new_tokens or cutoff_len, or load the base in 4 bits."),
                ) from error
        half = len(prompts) // 2
        first = self.answer(prompts[:half], seed)
        second = self.answer(prompts[half:], seed + 1) if first is not None else None
        return None if first is None or second is None else first + second

    def _generate(self, prompts: Sequence[list[int]]) -> list[Answer] | None:
        longest = max(map(len, prompts))
        pad = self.tokenizer.pad_id or 0
        where = self.model.get_input_embeddings().weight.device
        ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts], dtype=torch.long, device=where)
        seen = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=where)
        until = _Until(self.over)
        with torch.inference_mode():
            out = self.model.generate(
                input_ids=ids,
                attention_mask=seen,
                generation_config=self._config(self.room(longest), pad),
                stopping_criteria=StoppingCriteriaList([until]),
            )
        return None if until.ended else [self._read(row) for row in out[:, longest:].tolist()]

    def _config(self, room: int, pad: int) -> GenerationConfig:
        recipe = self.recipe
        common: dict[str, Any] = {
            "max_new_tokens": room,
            "use_cache": True,
            "eos_token_id": list(self.stop_token_ids) or None,
            "pad_token_id": pad,
            "bos_token_id": self.tokenizer.bos_id,
            "repetition_penalty": recipe.repetition_penalty,
        }
        if not recipe.do_sample or recipe.temperature <= 0:
            return GenerationConfig(do_sample=False, **common)
        return GenerationConfig(
            do_sample=True, temperature=recipe.temperature, top_p=recipe.top_p, top_k=recipe.top_k, **common
        )

    def _read(self, ids: list[int]) -> Answer:
        ends = [at for at, i in enumerate(ids) if i in self.stop_token_ids]
        written = ids[: ends[0]] if ends else ids
        text = self.tokenizer.decode([i for i in written if i not in self.tokenizer.control_ids])
        return Answer(text, "stop" if ends else "length", len(written) + bool(ends))


class PredictionFile:
    """generated_predictions.jsonl: grows batch by batch, and stands in the rows' order at the end."""

    def __init__(self, folder: Path, questions: Sequence[Question]) -> None:
        self._lines = LineFile(folder / "generated_predictions.jsonl")
        self._folder = folder
        self._place = {(q.dataset, q.row_id): at for at, q in enumerate(questions)}
        self.records: dict[tuple[str, int], Record] = {_key(record): record for record in self._lines.read()}

    def missing(self, questions: Sequence[Question]) -> list[Question]:
        """Those of questions that are not answered yet."""
        return [q for q in questions if (q.dataset, q.row_id) not in self.records]

    def add(self, questions: Sequence[Question], prompts: Sequence[str], answers: Sequence[Answer]) -> None:
        """Score answers and write them down; those that stand there already stay."""
        new = []
        for question, prompt, answer in zip(questions, prompts, answers, strict=True):
            if (question.dataset, question.row_id) in self.records:
                continue
            new.append(
                {
                    "prompt": prompt,
                    "predict": answer.text,
                    "label": question.label,
                    **metrics.score(answer.text, question.label),
                    "finish": answer.finish,
                    "tokens": answer.tokens,
                    "dataset": question.dataset,
                    "row_id": question.row_id,
                }
            )
        self._lines.append(new)
        self.records.update((_key(record), record) for record in new)

    def finish(self, runtime_s: float, steps: int) -> Record:
        """Put the lines in the rows' order and write predict_results.json; returns what is in it.

        runtime_s: seconds of answering, all attempts together. steps: batches.
        """
        self._lines.rewrite(sorted(self.records.values(), key=lambda record: self._place[_key(record)]))
        seconds = max(runtime_s, 1e-9)
        results: Record = {f"predict_{name}": value for name, value in metrics.means(self.records.values()).items()}
        results |= {
            "predict_runtime": round(runtime_s, 4),
            "predict_samples_per_second": round(len(self.records) / seconds, 3),
            "predict_steps_per_second": round(steps / seconds, 3),
        }
        write_json(self._folder / "predict_results.json", results)
        write_json(self._folder / "all_results.json", results)
        return results


def _key(record: Record) -> tuple[str, int]:
    return str(record["dataset"]), int(record["row_id"])
