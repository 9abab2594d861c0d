"""The model's own chat template: Jinja text rendered in the sandbox."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.i18n import N_
from services.templates import renderer
from services.templates.errors import TemplateError
from services.templates.layout import EncodeOptions, Layout, Part
from services.templates.messages import hidden, messages_of, tools_of
from services.templates.template import ANSWERS, Item, LaidOut, Template
from services.templates.tokenizer import PLAIN_OPEN, Tokenizer

_THOUGHT = re.compile(r"reasoning_content|\bthinking\b")


class ModelTemplate(Template):
    """A chat template in Jinja. source: its text. tool_source: another for rows with tools, where the model has it."""

    def __init__(
        self, source: str, tokenizer: Tokenizer, *, tool_source: str = "", model_dir: Path | None = None
    ) -> None:
        super().__init__("model", tokenizer)
        self.source = source
        self._tool_source = tool_source
        self._model_dir = model_dir
        self.time_limit_s = renderer.TIME_LIMIT_S
        """Seconds a row may take to render; the window lowers it while a person edits."""
        self.renderer: renderer.Renderer | None = None
        """The process that renders; None for the one that all share."""

    def lay_out(
        self, items: Sequence[Item], tokenizer: Tokenizer, options: EncodeOptions
    ) -> Iterator[LaidOut | TemplateError]:
        """See Template. Text is cut at the borders of the trained spans only, there being where a prompt ends."""
        answers: list[dict[str, Any] | TemplateError] = [None] * len(items)  # type: ignore[list-item]
        for source in (self.source, self._tool_source):
            chosen = [i for i, item in enumerate(items) if self._source_for(item.conversation) == source]
            rows, at = [], []
            for i in chosen:
                try:
                    rows.append(self._row(items[i], tokenizer, options))
                    at.append(i)
                except TemplateError as error:
                    answers[i] = error
            for i, answer in zip(at, self._run(source, "layout", rows), strict=True):
                answers[i] = answer
            if not self._tool_source:
                break
        for item, answer in zip(items, answers, strict=True):
            if isinstance(answer, TemplateError):
                yield answer
            else:
                yield self._check(item, self._parts(item, answer, options), tokenizer, options)

    def _run(self, source: str, mode: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any] | TemplateError]:
        return self._process.run(source, mode, rows, time_limit_s=self.time_limit_s)

    @property
    def _process(self) -> renderer.Renderer:
        return self.renderer or renderer.shared()

    def _row(self, item: Item, tokenizer: Tokenizer, options: EncodeOptions) -> dict[str, Any]:
        hide = str if options.truncation == "llamafactory" else tokenizer.hide
        row = self._request(item.conversation, options.enable_thinking, hide)
        offset = len(row["messages"]) - len(item.turns)
        wanted = item.trained
        if options.truncation == "llamafactory":  # its rule shares the budget between all turns
            wanted = frozenset(i for i, turn in enumerate(item.turns) if turn.role in ANSWERS)
        return {**row, "answers": [i + offset for i in sorted(wanted)], "generation": options.generation_tag}

    def _request(self, conversation: Conversation, enable_thinking: bool | None, hide: Any = str) -> dict[str, Any]:
        names: dict[str, Any] = dict(self.tokenizer.special)
        if enable_thinking is not None:
            names["enable_thinking"] = enable_thinking
        try:
            tools = tools_of(conversation)
        except ValueError as error:
            raise TemplateError(
                N_("The tools of this row are not a JSON list of functions: {reason}"),
                way_out=N_("Mend the tools column of this row."),
                reason=str(error),
            ) from error
        messages = messages_of(self._inlined(conversation), hide)
        return {"messages": messages, "tools": hidden(tools, hide), "names": names}

    def _inlined(self, conversation: Conversation) -> Conversation:
        """Thoughts kept apart go into the text where the template has no place of its own for them."""
        if not any(turn.reasoning for turn in conversation.turns) or _THOUGHT.search(self.source):
            return conversation
        return replace(conversation, turns=tuple(map(_with_thought, conversation.turns)))

    def _parts(self, item: Item, answer: dict[str, Any], options: EncodeOptions) -> LaidOut:
        text = answer["text"]
        offset = 0 if item.conversation.system is None else 1
        every = options.truncation == "llamafactory"
        parts: list[Part] = []
        at = 0
        for start, end, message in sorted(answer["spans"]):
            turn = message - offset
            trained = turn in item.trained
            if start < at or not (trained or every):
                continue
            if text.startswith(self.eos_token, end) and self.eos_token not in text[start:end]:
                end += len(self.eos_token)  # a template that ends an answer only where another turn follows
            if start > at:
                parts.append(Part((text[at:start],), turn))
            parts.append(Part((text[start:end],), turn, answer=True, trained=trained))
            at = end
        if at < len(text):
            parts.append(Part((text[at:],), len(item.turns)))
        if options.train_on_prompt and not every:
            parts = [Part((text,), 0, answer=True, trained=True)]
        alone = tuple(m - offset for m in answer["alone"] if m - offset in item.trained)
        return LaidOut(Layout(tuple(parts)), alone, tuple(m - offset for m in answer["short"]))

    def _check(
        self, item: Item, laid_out: LaidOut, tokenizer: Tokenizer, options: EncodeOptions
    ) -> LaidOut | TemplateError:
        """A row with hidden control tokens must read, once they are revealed, as it would without hiding them."""
        if options.truncation == "llamafactory" or not self._spells_control(item.conversation, tokenizer):
            return laid_out
        text = "".join(str(p) for part in laid_out.layout.parts for p in part.pieces)
        try:
            plain = self.render(item.conversation, enable_thinking=options.enable_thinking)
        except TemplateError as error:
            return error
        if tokenizer.reveal(text) == plain:
            return laid_out
        return TemplateError(
            N_("This row spells a control token, and the chat template changes that text."),
            way_out=N_("Write the control token differently in this row; it is left out until then."),
        )

    def _spells_control(self, conversation: Conversation, tokenizer: Tokenizer) -> bool:
        request = self._request(conversation, None, tokenizer.hide)
        return PLAIN_OPEN in json.dumps([request["messages"], request["tools"]], ensure_ascii=False)

    def prompt_ids(
        self, conversation: Conversation, tokenizer: Tokenizer | None = None, *, enable_thinking: bool | None = None
    ) -> list[int]:
        """See Template."""
        tokenizer = tokenizer or self.tokenizer
        row = {**self._request(conversation, enable_thinking, tokenizer.hide), "prompt": True}
        answer = self._process.one(self._source_for(conversation), "text", row, time_limit_s=self.time_limit_s)
        return tokenizer.encode(str(answer["text"]))

    def render(
        self, conversation: Conversation, add_generation_prompt: bool = False, *, enable_thinking: bool | None = None
    ) -> str:
        """See Template."""
        row = {**self._request(conversation, enable_thinking), "prompt": add_generation_prompt}
        source = self._source_for(conversation)
        return str(self._process.one(source, "text", row, time_limit_s=self.time_limit_s)["text"])

    def chat_template(self) -> str:
        """The Jinja text itself."""
        return self.source

    def _source_for(self, conversation: Conversation) -> str:
        return self._tool_source if self._tool_source and conversation.tools else self.source

    @property
    def eos_token(self) -> str:
        """The tokenizer's."""
        return self.tokenizer.special.get("eos_token", "")

    @cached_property
    def _probe_end(self) -> int | None:
        """The control token that the template writes right after an answer."""
        probe = Conversation((Turn("user", "Hi"), Turn("assistant", "0")))
        try:
            text = self.render(probe)
        except TemplateError:
            return None
        ids = self.tokenizer.encode(text[text.rfind("0") + 1 :])
        return next((i for i in ids if i in self.tokenizer.control_ids), None)

    @property
    def stop_token_ids(self) -> list[int]:
        """EOS, what generation_config.json names, and the control token that the template writes after an answer."""
        ids = [self.tokenizer.eos_id, self._probe_end, *_generation_eos(self._model_dir)]
        return list(dict.fromkeys(i for i in ids if i is not None))


def _with_thought(turn: Turn) -> Turn:
    if not turn.reasoning:
        return turn
    return replace(turn, content=f"<think>\n{turn.reasoning}\n</think>\n\n{turn.content}", reasoning="")


def _generation_eos(model_dir: Path | None) -> list[int]:
    path = model_dir / "generation_config.json" if model_dir else None
    if path is None or not path.is_file():
        return []
    try:
        eos = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id")
    except ValueError:
        return []
    return [i for i in (eos if isinstance(eos, list) else [eos]) if isinstance(i, int)]
