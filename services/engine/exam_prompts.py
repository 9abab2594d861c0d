"""The prompts of an exam as token ids, and the four ids that an answer may begin with.

The letter that is scored is the one that the prompt's own examples use: " A" after "Answer:", "A" after a chat
header's line break, whatever the tokenizer makes of it. It is read off the ids: the same prompt is encoded with each
letter as its answer, and what the four have in common is the prompt.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.datasets.conversation import Conversation, Turn
from services.engine.exams import MultipleChoice
from services.engine.exams._exam import LETTERS
from services.engine.exams._files import ExamError, Question
from services.i18n import N_
from services.templates.encode import Encoder
from services.templates.errors import TemplateError
from services.templates.layout import EncodeOptions
from services.templates.template import Item, Template
from services.templates.tokenizer import Tokenizer

LetterIds = tuple[int, int, int, int]


@dataclass(frozen=True)
class Asked:
    """A question as the model sees it. ids: the prompt's tokens. letter_ids: what A, B, C, D begin with after it.

    shots: worked examples in the prompt. cut: tokens taken off its head because the model knows no more.
    """

    question: Question
    ids: list[int]
    letter_ids: LetterIds
    shots: int
    cut: int = 0


@dataclass(frozen=True)
class _Draft:
    examples: tuple[Question, ...]
    question: Question
    letter: str


class PromptWriter:
    """Writes the prompts of an exam.

    template: asks in turns of a chat; None asks in plain text, as published results do. context_len: tokens that the
    model knows, 0 if it does not say; prompts that are longer lose worked examples, the last ones first.
    """

    def __init__(
        self,
        exam: MultipleChoice,
        tokenizer: Tokenizer,
        context_len: int = 0,
        template: Template | None = None,
        enable_thinking: bool | None = None,
    ) -> None:
        self.exam, self.tokenizer, self.context_len, self.template = exam, tokenizer, context_len, template
        self._options = EncodeOptions(cutoff_len=1 << 30, enable_thinking=enable_thinking, generation_tag=False)

    def subject(self, examples: Sequence[Question], questions: Sequence[Question], shots: int) -> list[Asked]:
        """The questions of one subject, each behind its first `shots` worked examples. ExamError, TemplateError."""
        worked = tuple(q for q in examples if q.answer)[:shots]
        out = self._asked(worked, questions)
        while worked and any(self._too_long(asked) for asked in out):
            worked = worked[:-1]
            late = [i for i, asked in enumerate(out) if self._too_long(asked)]
            for i, asked in zip(late, self._asked(worked, [questions[i] for i in late]), strict=True):
                out[i] = asked
        return [self._cut(asked) if self._too_long(asked) else asked for asked in out]

    def _too_long(self, asked: Asked) -> bool:
        return bool(self.context_len) and len(asked.ids) > self.context_len

    def _cut(self, asked: Asked) -> Asked:
        return replace(asked, ids=asked.ids[-self.context_len :], cut=len(asked.ids) - self.context_len)

    def _asked(self, examples: tuple[Question, ...], questions: Sequence[Question]) -> list[Asked]:
        """Only the first question is encoded with all four letters; the others show at its place that they agree."""
        if not questions:
            return []
        drafts = [_Draft(examples, q, LETTERS[0]) for q in questions]
        drafts += [_Draft(examples, questions[0], letter) for letter in LETTERS[1:]]
        encoded = self._encode(drafts)
        first, others = encoded[: len(questions)], encoded[len(questions) :]
        prompt_len, letter_ids = common([first[0], *others])
        tail = len(first[0]) - prompt_len
        out = []
        for question, ids in zip(questions, first, strict=True):
            if ids[-tail] == letter_ids[0]:
                out.append(Asked(question, ids[:-tail], letter_ids, len(examples)))
                continue
            own = self._encode([_Draft(examples, question, letter) for letter in LETTERS])
            own_len, own_ids = common(own)
            out.append(Asked(question, own[0][:own_len], own_ids, len(examples)))
        return out

    def _encode(self, drafts: Sequence[_Draft]) -> list[list[int]]:
        if self.template is None:
            begin = [self.tokenizer.bos_id] if self.tokenizer.adds_bos else []
            texts = [self.tokenizer.hide(self._text(draft)) for draft in drafts]
            return [[i for i in begin if i is not None] + ids for ids in self.tokenizer.encode_many(texts)]
        encoder = Encoder(self.template, self.tokenizer, self._options)
        items = [self._talk(draft) for draft in drafts]
        out = []
        for result in encoder.code(items):
            if isinstance(result, TemplateError):
                raise result
            out.append([i for part in result[0].ids for i in part])
        return out

    def _text(self, draft: _Draft) -> str:
        exam = self.exam
        worked = [f"{exam.ask(q)}{exam.joint}{q.answer}\n\n" for q in draft.examples]
        begin = exam.begin(draft.question.subject)
        return "".join([begin, *worked, exam.ask(draft.question), exam.joint, draft.letter])

    def _talk(self, draft: _Draft) -> Item:
        turns: list[Turn] = []
        for question, letter in (*((q, q.answer) for q in draft.examples), (draft.question, draft.letter)):
            begin = "" if turns else self.exam.begin(draft.question.subject)
            turns += [Turn("user", begin + self.exam.ask(question)), Turn("assistant", letter)]
        return Item(Conversation(tuple(turns)), frozenset((len(turns) - 1,)))


def common(encoded: Sequence[list[int]]) -> tuple[int, LetterIds]:
    """Length of what four encodings begin with alike, and the id that each goes on with. ExamError if two are one."""
    length = 0
    while all(length < len(ids) and ids[length] == encoded[0][length] for ids in encoded):
        length += 1
    if any(length >= len(ids) for ids in encoded) or len({ids[length] for ids in encoded}) < len(encoded):
        raise ExamError(
            N_("This tokenizer writes two of the letters A, B, C and D with the same token."),
            way_out=N_("Choose another model for this exam."),
        )
    a, b, c, d = (ids[length] for ids in encoded)
    return length, (a, b, c, d)


def shared_prefix(prompts: Sequence[list[int]]) -> int:
    """Tokens that all prompts begin with, at least one of each left over; 0 for a single prompt."""
    if len(prompts) < 2:
        return 0
    low, high = min(prompts), max(prompts)  # of lists in order, the first and the last differ soonest
    most = min(map(len, prompts)) - 1
    return next((i for i in range(most) if low[i] != high[i]), most)


def shuffled(question: Question, seed: int) -> Question:
    """The question with its choices in another order, and the key moved along."""
    order = list(range(4))
    random.Random(f"{seed}/{question.subject}/{question.number}/{question.text}").shuffle(order)
    a, b, c, d = (question.choices[i] for i in order)
    answer = LETTERS[order.index(LETTERS.index(question.answer))] if question.answer else ""
    return replace(question, choices=(a, b, c, d), answer=answer)
