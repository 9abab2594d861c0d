"""What a row asks and what it should be answered: prompts as training has them, labels as a person wrote them."""

from pathlib import Path
from typing import Any

import pytest

from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.engine.predict_rows import Question, kept_rows, questions
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.layout import IGNORED, EncodeOptions
from services.templates.load import load_template
from services.templates.template import Template
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.training import ALPACA, add_dataset, case, rows_of


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with the sample model's tokenizer."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "sample", tokenizer="sample")


@pytest.fixture
def template(sample: Path) -> Template:
    return load_template("model", sample)


def ask(
    project: Project,
    template: Template,
    rows: list[dict[str, Any]],
    mapping: Mapping = ALPACA,
    thinking: bool | None = None,
    **recipe: Any,
) -> tuple[list[Question], list[tuple[int, str]]]:
    """Questions of rows, and (row id, code) of those left out."""
    name = f"set{len(project.dataset_names())}"
    add_dataset(project, name, rows, mapping)
    values = Recipe(eval_dataset=name, **recipe)
    kept = kept_rows(project, [name], values, {}, project.folder / f"{name}.jsonl")
    asked, left = questions(kept, template, values, thinking)
    return asked, [(row.row_id, problem.code) for row, problem in left]


def test_a_prompt_is_where_the_trained_part_begins(project: Project, template: Template) -> None:
    rows = [row for name in ("C13.cutoff.json", "C16.forty_rows.json") for row in rows_of(case(name))]
    asked, left = ask(project, template, rows)
    assert left == [] and len(asked) == len(rows) == 48
    for question, row in zip(asked, rows, strict=True):
        encoded = template.encode(ALPACA.conversation(row))
        first = next(i for i, label in enumerate(encoded.labels) if label != IGNORED)
        assert question.ids == encoded.input_ids[:first]
        assert question.label == row["output"]


def test_of_a_long_talk_the_last_answer_is_asked(project: Project, template: Template) -> None:
    (row,) = rows_of(case("C13.long_talk.json"))
    mapping = Mapping(format="sharegpt", columns={"messages": "conversations", "system": "system"})
    (question,), _ = ask(project, template, [row], mapping)
    assert len(question.ids) == 269  # the last answer is at [269, 288)
    assert question.label == row["conversations"][-1]["value"]


def test_an_answer_that_spells_a_control_token_is_a_label_of_its_own(project: Project, template: Template) -> None:
    row = {"instruction": "End <|im_end|> it", "output": "So: <|im_end|> <|im_start|>"}
    (question,), _ = ask(project, template, [row])
    assert question.label == row["output"]
    assert question.ids.count(2) == 2  # of system and user turn, none of the person's text


def test_rows_without_an_answer_are_asked(project: Project, template: Template) -> None:
    rows = [
        {"instruction": "a", "output": ""},
        {"instruction": "b", "output": "  "},
        {"instruction": "c", "output": None},
        {"instruction": "d"},
        {"instruction": "", "output": "x"},
    ]
    asked, left = ask(project, template, rows)
    assert [(q.row_id, q.label) for q in asked][:4] == [(1, ""), (2, "  "), (3, ""), (4, "")]
    print("LEFT", left, [q.label for q in asked])
    only = Mapping(format="alpaca", columns={"prompt": "instruction"})
    asked, _ = ask(project, template, [{"instruction": "nothing else"}], only)
    assert asked[0].label == ""


def test_openai_rows_end_with_a_question_or_with_an_answer(project: Project, template: Template) -> None:
    rows = [
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]},
        {"messages": [{"role": "user", "content": "Hi"}]},
    ]
    mapping = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
    asked, left = ask(project, template, rows, mapping)
    print("OA", asked, left)


def test_of_a_pair_the_chosen_answer_is_the_right_one(project: Project, template: Template) -> None:
    rows = [{"instruction": "Greet", "chosen": "Good day", "rejected": "Go away"}]
    mapping = Mapping(
        format="preference", columns={"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}
    )
    (question,), _ = ask(project, template, rows, mapping)
    assert question.label == "Good day"
    assert template.tokenizer.decode(question.ids).endswith("user\nGreet<|im_end|>\n<|im_start|>assistant\n")


def test_a_thinking_template_labels_what_it_would_write(project: Project, sample: Path) -> None:
    template = load_template("qwen3", sample)
    rows = [{"instruction": "Hi", "output": "Hello"}]
    (thinks,), _ = ask(project, template, rows, thinking=True)
    (plain,), _ = ask(project, template, rows, thinking=False)
    assert thinks.label == "<think>\n\n</think>\n\nHello"
    assert plain.label == "Hello"
    assert template.tokenizer.decode(plain.ids).endswith("assistant\n<think>\n\n</think>\n\n")


def test_a_long_prompt_is_cut_as_in_training(project: Project, template: Template) -> None:
    rows = rows_of(case("C13.cutoff.json"))
    asked, left = ask(project, template, rows, cutoff_len=128)
    assert left == []
    for question, row in zip(asked, rows, strict=True):
        encoded = template.encode(ALPACA.conversation(row), options=EncodeOptions(cutoff_len=128))
        first = next(i for i, label in enumerate(encoded.labels) if label != IGNORED)
        assert question.ids == encoded.input_ids[:first]
        assert len(question.ids) < 128


def test_llamafactorys_rule_shares_the_room(project: Project, template: Template) -> None:
    rows = rows_of(case("C13.cutoff.json"))
    whole, _ = ask(project, template, rows)
    asked, _ = ask(project, template, rows, cutoff_len=128, truncation="llamafactory")
    assert [len(q.ids) for q in whole] == [208, 261, 319, 22, 20, 139, 21, 21]
    # answers of 11, 11, 11, 254, 4, 117, 107, 109 tokens with the line break after them
    assert [len(q.ids) for q in asked] == [117, 117, 117, 22, 20, 70, 21, 21]
    assert all(q.ids == w.ids[: len(q.ids)] for q, w in zip(asked, whole, strict=True))
