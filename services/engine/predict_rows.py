"""The rows that a prediction asks: written out once, each a prompt as training has it and the answer it should give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from services import files
from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.mapping import Mapping as Columns
from services.datasets.mapping import RowProblem
from services.engine.errors import TrainingError
from services.i18n import N_
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.encode import Coded, Encoder, NothingTrainedError
from services.templates.errors import TemplateError
from services.templates.layout import IGNORED, EncodeOptions
from services.templates.template import ANSWERS, Item, Template
from services.templates.truncate import llamafactory_lengths

_NO_QUESTION = Problem("no-question", N_("There is nothing to ask."), N_("Leave the row out."))
_TOO_LONG = Problem("prompt-too-long", N_("The prompt leaves no room for an answer."), N_("Shorten the row."))


class AskedRow(msgspec.Struct, omit_defaults=True):
    """One row as kept in the job's folder: what it means, or why it means nothing."""

    dataset: str
    row_id: int
    conversation: Conversation | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Question:
    """A row that is asked. ids: the prompt's tokens. label: the row's own answer, '' if it has none."""

    dataset: str
    row_id: int
    ids: list[int]
    label: str


def kept_rows(
    project: Project, names: Sequence[str], recipe: Recipe, versions: Mapping[str, int], path: Path
) -> list[AskedRow]:
    """The rows of data sets, at most max_samples of each, as they were when the job began: path keeps them.

    TrainingError for a data set that is not there. versions: data set -> revision; the current one if not named.
    """
    if not path.exists():
        found = [row for name in names for row in _read(project, name, versions.get(name), recipe.max_samples)]
        files.write_bytes(path, b"".join(msgspec.json.encode(row) + b"\n" for row in found))
    return msgspec.json.Decoder(AskedRow).decode_lines(path.read_bytes())


def questions(
    rows: Sequence[AskedRow], template: Template, recipe: Recipe, enable_thinking: bool | None
) -> tuple[list[Question], list[tuple[AskedRow, Problem]]]:
    """Each row's prompt by the template of training; and the rows that cannot be asked, with the reason.

    A prompt that does not fit beside its answer into cutoff_len is cut by the rule of training.
    """
    options = EncodeOptions(
        cutoff_len=recipe.cutoff_len,
        truncation=recipe.truncation,
        enable_thinking=enable_thinking,
        generation_tag=False,
    )
    encoder = Encoder(template, template.tokenizer, options)
    asked: list[tuple[AskedRow, Item, bool]] = []
    left: list[tuple[AskedRow, Problem]] = []
    for row in rows:
        split = _item(row.conversation) if row.conversation is not None else None
        if split is None:
            left.append((row, row.problem or _NO_QUESTION))
        else:
            asked.append((row, *split))
    out: list[Question] = []
    for (row, item, answered), result in zip(asked, encoder.code([i for _, i, _ in asked]), strict=True):
        try:
            if isinstance(result, TemplateError):
                raise result
            ids = _prompt_ids(encoder, item, result[0], enable_thinking)
        except TemplateError as error:
            problem = _TOO_LONG if isinstance(error, NothingTrainedError) else _told(error)
            left.append((row, problem))
            continue
        out.append(Question(row.dataset, row.row_id, ids, _label(template, result[0]) if answered else ""))
    return out, left


def _read(project: Project, name: str, revision: int | None, limit: int | None) -> Iterator[AskedRow]:
    from services.datasets.store import DatasetStore

    path = project.dataset_path(name)
    if not path.exists():
        raise TrainingError(
            N_("This project has no data set called {name}."),
            way_out=N_("There are: {names}."),
            name=name,
            names=", ".join(project.dataset_names()) or "-",
        )
    store = DatasetStore.open(path, read_only=True)
    try:
        shown = store.revision if revision is None else revision
        columns = store.mapping_at(shown).model_copy(update={"train_empty_answers": True})
        for number, row in enumerate(store.iterate(shown)):
            if limit is not None and number >= limit:
                return
            try:
                yield AskedRow(name, row.id, _conversation(columns, row.values))
            except RowProblem as error:
                yield AskedRow(name, row.id, problem=error.problem)
    finally:
        store.close()


def _conversation(columns: Columns, values: dict[str, Any]) -> Conversation:
    """What a row asks; a row without any answer is one that says nothing."""
    try:
        return columns.conversation(values)
    except RowProblem as error:
        if error.problem.code != "no-answer":
            raise
    talk = columns.column("messages")
    if isinstance(values.get(talk), list):
        silence = {columns.tags.role_tag: columns.tags.assistant_tag, columns.tags.content_tag: ""}
        return columns.conversation({**values, talk: [*values[talk], silence]})
    column = columns.column("response") or "\0answer"
    answered = columns.model_copy(update={"columns": {**columns.columns, "response": column}})
    return answered.conversation({**values, column: ""})


def _item(conversation: Conversation) -> tuple[Item, bool] | None:
    """The conversation with its last answer as the one that is written; whether the row has it. None: asks nothing."""
    turns = conversation.turns
    answer = conversation.chosen
    if answer is None and turns and turns[-1].role in ANSWERS:
        turns, answer = turns[:-1], turns[-1]
    if not turns:
        return None
    written = answer or Turn("assistant", "")
    whole = replace(conversation, turns=(*turns, written), chosen=None, rejected=None)
    return Item(whole, frozenset((len(turns),))), answer is not None


def _answer_at(coded: Coded) -> int:
    """Index of the part that is the last answer."""
    return max(i for i, part in enumerate(coded.layout.parts) if part.answer)


def _prompt_ids(encoder: Encoder, item: Item, coded: Coded, enable_thinking: bool | None) -> list[int]:
    if coded.short:  # the template writes the prompt otherwise where no answer follows: as generation begins
        asked = replace(item.conversation, turns=item.turns[:-1])
        return encoder.template.prompt_ids(asked, enable_thinking=enable_thinking)
    at, limit = _answer_at(coded), encoder.options.cutoff_len
    ids = [i for part in coded.ids[:at] for i in part]
    if encoder.options.truncation == "llamafactory":
        return ids[: llamafactory_lengths(len(ids), len(coded.ids[at]), limit)[0]]
    if coded.needed_len <= limit:
        return ids
    cut = encoder.fit([coded])[0]
    first = next(i for i, label in enumerate(cut.labels) if label != IGNORED)
    return cut.input_ids[:first]


def _label(template: Template, coded: Coded) -> str:
    """The answer's text as the model would write it, without the tokens that end it."""
    part = coded.layout.parts[_answer_at(coded)]
    text = "".join(map(template.piece_text, part.pieces))  # control tokens that a person spelled are still hidden
    ends = [at for at in (text.find(word) for word in template.stop_words if word) if at >= 0]
    text = template.tokenizer.reveal(text[: min(ends)] if ends else text)
    own = coded.item.turns[-1].content
    return own if text.strip() == own.strip() else text


def _told(error: TemplateError) -> Problem:
    return Problem("template", error.message, error.way_out_message, dict(error.values))
