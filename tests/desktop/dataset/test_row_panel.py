"""The inspector: a row as text and as the very tokens that training gets."""

import json

import pytest
from PySide6.QtCore import Qt

from desktop.models.dataset_table import LENGTH_ROLE
from desktop.widgets.buttons import Button
from desktop.widgets.text import Label, Paragraph
from desktop.widgets.token_view import TokenView
from services.cli.main import main
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.resources import resource
from tests.desktop.dataset.conftest import ROWS, settle

_PREFERENCE = Mapping(format="preference", columns={"prompt": "question", "chosen": "yes", "rejected": "no"})
_MESSAGES = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)


def words(page) -> list[str]:
    body = page.panel._body.widget()
    labels = [w.text() for w in body.findChildren(Label)]
    return labels + [w.accessibleName() for w in body.findChildren(Paragraph)]


@pytest.fixture
def encoded(project, capsys):
    """What `data encode` writes of the set in a stage."""

    def encode(stage: str) -> list[dict]:
        sample = str(resource("sample", "tokenizer"))
        capsys.readouterr()
        assert main(["data", "encode", str(project.folder), "support", "--stage", stage, "--model", sample]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return encode


def sequences(page, position: int):
    from services.templates.row_view import row_sequences

    tokens = page.controller.tokens
    talk = page.model.facts.mapping.conversation(page.model.row_at(position).values)
    model = tokens._current()
    return row_sequences(talk, model.template, model.tokenizer, model.options)


def test_text_of_a_row(open_set, qtbot) -> None:
    page = open_set()
    said = words(page)
    assert page.panel._title.text() == "Row 1"
    assert "User" in said and "Answer" in said and "Who are you?" in said and "I am Tessaly." in said
    page.grid.go_to(2, 0)
    settle(qtbot, page)
    assert page.panel._title.text() == "Row 3" and any("empty" in w.lower() for w in words(page))


@pytest.mark.parametrize("position", [0, 1, 3])
def test_tokens_are_those_of_data_encode(open_set, qtbot, encoded, position: int) -> None:
    page = open_set()
    rows = {row["row_id"]: row for row in encoded("sft")}
    want = rows[page.model.row_at(position).id]
    (sequence,) = sequences(page, position)
    assert [p.id for p in sequence.pieces if not p.cut] == want["input_ids"]
    assert [p.trained for p in sequence.pieces] == [label != -100 for label in want["labels"]]
    view = page.controller.tokens.view(page.model.row_at(position).values, page.model.facts.mapping)
    assert view.sequences[0].full_len == len(want["input_ids"])


def test_a_pair_shows_both_answers_as_dpo_encodes_them(open_set, qtbot, encoded) -> None:
    page = open_set([{"question": "q", "yes": "good answer", "no": "bad"}], _PREFERENCE)
    (want,) = encoded("dpo")
    chosen, rejected = sequences(page, 0)
    assert [p.id for p in chosen.pieces] == want["chosen_input_ids"]
    assert [p.id for p in rejected.pieces] == want["rejected_input_ids"]
    assert [p.trained for p in rejected.pieces] == [label != -100 for label in want["rejected_labels"]]
    switch(qtbot, page, "tokens")
    assert {"Chosen", "Rejected"} <= set(words(page))
    assert len(page.panel._body.widget().findChildren(TokenView)) == 2


def test_a_labelled_row_is_shown_as_kto_encodes_it(open_set, qtbot, encoded) -> None:
    rows = [{"question": "q", "answer": "a", "label": True}, {"question": "r", "answer": "b", "label": False}]
    kto = Mapping(format="kto", columns={"prompt": "question", "response": "answer", "kto_tag": "label"})
    page = open_set(rows, kto)
    want = encoded("kto")
    for position in (0, 1):
        (sequence,) = sequences(page, position)
        assert [p.id for p in sequence.pieces] == want[position]["input_ids"]
    assert page.panel._text.label.current() == "true" and page._type_of(2) == "yes or no"


def switch(qtbot, page, look: str) -> None:
    area = page.panel.look.segment(look)
    qtbot.mouseClick(page.panel.look, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    settle(qtbot, page)


def test_a_cut_row_says_what_is_cut_in_grid_and_panel(open_set, qtbot, project) -> None:
    (project.folder / "recipe.yaml").write_text("stage: sft\ncutoff_len: 64\n", encoding="utf-8")
    page = open_set([{**ROWS[0], "question": "very long words " * 60}, ROWS[1]])
    length = page.model.index(0, 3).data(LENGTH_ROLE)
    assert length.full_len - 64 <= length.cut < length.full_len
    assert page.model.index(1, 3).data(LENGTH_ROLE).cut == 0
    switch(qtbot, page, "tokens")
    said = words(page)
    assert any(w.endswith(" cut") for w in said) and "struck: cut" in said
    view = page.panel._body.widget().findChildren(TokenView)[0]
    assert [i.look for i in view.items].count("rule") == 1 and any(i.look == "cut" for i in view.items)


def test_lengths_are_counted_for_the_rows_in_sight_and_again_after_an_edit(open_set, qtbot) -> None:
    page = open_set([{**ROWS[0], "question": f"Question {i}"} for i in range(300)])
    counted = [i for i in range(300) if page.model.index(i, 3).data()]
    assert counted[0] == 0 and set(page.grid.seen()) <= set(counted) and len(counted) < 300
    before = int(page.model.index(0, 3).data())
    page.model.set_texts({(0, 0): "Question with many more words than before"})
    assert page.model.index(0, 3).data() == ""
    settle(qtbot, page)
    assert int(page.model.index(0, 3).data()) > before


def test_another_model_on_the_training_page_counts_anew(open_set, qtbot, project) -> None:
    page = open_set()
    before = page.model.index(0, 3).data()
    (project.folder / "recipe.yaml").write_text("stage: sft\ntemplate: alpaca\n", encoding="utf-8")
    page.shown()
    settle(qtbot, page)
    assert page.model.index(0, 3).data() not in ("", before)


def test_long_turns_and_long_talks_are_folded(open_set, qtbot) -> None:
    talk = [{"role": r, "content": f"{r} {i} " * 900} for i in range(20) for r in ("user", "assistant")]
    page = open_set([{"messages": talk}], _MESSAGES)
    body = page.panel._body.widget()
    more = next(b for b in body.findChildren(Button) if "more turns" in b.text())
    assert more.text() == "Show 16 more turns"
    assert max(len(w) for w in words(page)) < 2100
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    qtbot.wait(20)
    assert not any("more turns" in b.text() for b in page.panel._body.widget().findChildren(Button))
    unfold = next(b for b in page.panel._body.widget().findChildren(Button) if "more characters" in b.text())
    qtbot.mouseClick(unfold, Qt.MouseButton.LeftButton)
    qtbot.wait(20)
    assert max(len(w) for w in words(page)) > 4000


def test_a_tokenizer_that_is_not_there_is_a_sentence(open_set, qtbot, project) -> None:
    (project.folder / "recipe.yaml").write_text("stage: sft\nmodel_name_or_path: no-such-model\n", encoding="utf-8")
    page = open_set()
    assert page.panel._view.problem is not None and "Who are you?" in words(page)
    assert page.model.index(0, 3).data() == ""


@pytest.mark.parametrize("length", [40, 64, 400])
def test_what_is_not_struck_through_is_what_data_encode_keeps(open_set, project, capsys, length: int) -> None:
    (project.folder / "recipe.yaml").write_text(f"stage: sft\ncutoff_len: {length}\n", encoding="utf-8")
    talk = [{"role": r, "content": f"{r} says {i} " * 12} for i in range(3) for r in ("user", "assistant")]
    page = open_set([{"messages": talk}], _MESSAGES)
    sample = str(resource("sample", "tokenizer"))
    capsys.readouterr()
    words = ["data", "encode", str(project.folder), "support", "--model", sample, "--cutoff-len", str(length)]
    words += ["--truncation", page.controller.tokens._current().options.truncation]
    assert main(words) == 0
    (want,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (sequence,) = sequences(page, 0)
    kept = [p for p in sequence.pieces if not p.cut]
    assert [p.id for p in kept] == want["input_ids"]
    assert [p.trained for p in kept] == [label != -100 for label in want["labels"]]
    assert (len(kept) < len(sequence.pieces)) is (length < 400)
