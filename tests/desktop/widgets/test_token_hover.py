"""Tokens under the mouse: their ids, text and bytes; and templates proposed by the recipe's form."""

import pytest
from PySide6.QtCore import Qt

from desktop.models.token_items import token_items
from desktop.widgets.recipe_form import RecipeForm
from desktop.widgets.token_view import TokenView
from services.recipes import Recipe
from services.templates import EncodeOptions, load_template
from services.templates.probing import TALK
from services.templates.row_view import row_sequences
from tests.services.templates.talks import MODEL_DIR


@pytest.fixture
def pieces():
    smol = load_template("model", MODEL_DIR)
    (sequence,) = row_sequences(TALK, smol, smol.tokenizer, EncodeOptions())
    return sequence.pieces


def test_every_id_is_found_once_or_behind_a_break(pieces) -> None:
    items = token_items(pieces, folded=False)
    seen: list[int] = []
    last: tuple[int, ...] = ()
    for item in items:
        if item.ids and not (item.ids == last and item.whole and item.whole != item.text):
            seen += item.ids
        last = item.ids
    assert len(seen) >= len(pieces) - 2
    assert set(seen) == {p.id for p in pieces}
    wave = next(i for i in items if "🌊" in i.text)
    assert len(wave.ids) > 1
    assert wave.tip().endswith("f0 9f 8c 8a")
    assert "🌊" in wave.tip()


def test_the_token_under_the_mouse(app, qtbot, pieces) -> None:
    view = TokenView(token_items(pieces), 2048)
    qtbot.addWidget(view)
    view.resize(300, 400)
    view.show()
    view.grab()
    area, item = next((a, i) for a, i in view._drawn if i.look == "pill-trained")
    assert view.item_at(area.center().x(), area.center().y()) is item
    assert item.ids == (2,)
    assert item.tip().startswith("2   '<|im_end|>'\n3c 7c 69 6d")
    assert view.item_at(299, 399) is None
    view.resize(200, 600)
    view.grab()
    assert all(a.right() <= 201 for a, _ in view._drawn)


def test_the_form_proposes_templates(app, qtbot) -> None:
    form = RecipeForm(Recipe())
    qtbot.addWidget(form)
    form.show()
    form.offer("template", ["model", "mine.jinja", "qwen3"])
    form.search.setText("template")
    qtbot.waitUntil(lambda: "template" in form._rows, timeout=5_000)
    field = form._rows["template"].field
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, "MINE")
    completer = field.completer()
    assert completer.completionCount() == 1
    field.setText(completer.currentCompletion())
    with qtbot.waitSignal(form.changed) as changed:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert changed.args[0].template == "mine.jinja"
