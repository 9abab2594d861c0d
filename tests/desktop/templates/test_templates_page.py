"""The templates page: chosen, rendered live, copied, changed, stopped; used by the recipe."""

import pytest
from PySide6.QtCore import Qt

from desktop.views.templates import TemplatesPage
from desktop.widgets.jinja_editor import JinjaEditor
from desktop.widgets.toast import Toast
from services.projects.project import Project
from services.templates import load_template
from tests.helpers.screen_pages import add_rows
from tests.services.templates.talks import CASES, MODEL_DIR


def case(name: str) -> str:
    return (CASES / name).read_text(encoding="utf-8")


@pytest.fixture
def page(make_window, project, qtbot):
    add_rows(project)
    window = make_window(project.folder)
    made = window.open_page("templates")
    qtbot.waitUntil(lambda: made.is_settled() and bool(made.preview._shown.text), timeout=10_000)
    return made


@pytest.fixture
def copy(page, qtbot):
    """The page with a copy of the model's own template in it."""
    qtbot.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.key == "my template-copy.jinja" and page.is_settled(), timeout=10_000)
    qtbot.waitUntil(page.can_remove, timeout=10_000)
    return page


def typed(page, qtbot, text: str) -> None:
    """A person writes this in place of what is there, and what came of it is shown."""
    page.editor.selectAll()
    page.editor.insertPlainText(text)
    qtbot.waitUntil(page.is_settled, timeout=10_000)


def test_the_models_own_is_shown_as_training_reads_it(page) -> None:
    smol = load_template("model", MODEL_DIR)
    assert page.key == "model"
    assert page.editor.text() == smol.chat_template()
    assert page.editor.isReadOnly()
    shown = page.preview._shown
    assert "<|im_start|>user" in shown.text
    from services.templates.probing import TALK

    encoded = smol.encode(TALK)
    assert shown.counts == [(len(encoded.input_ids), encoded.trained_tokens)]
    assert any(item.look == "pill-trained" and item.text == "<|im_end|>" for item in shown.sequences[0])
    assert len([i for i in page.list.items() if not i.heading]) == 49


def test_search_narrows_the_list_and_what_does_not_fit_says_so(page, qtbot) -> None:
    page.pane.search.setText("llama3")
    items = {i.id: i for i in page.list.items() if not i.heading}
    qtbot.waitUntil(lambda: page.list.items()[-1].line.startswith("lacks"), timeout=10_000)
    items = {i.id: i for i in page.list.items() if not i.heading}
    assert "llama3" in items
    assert "chatml" not in items
    assert items["llama3"].line.startswith("lacks <|start_header_id|>")
    page.turn_to("llama3")
    qtbot.waitUntil(lambda: page.is_settled() and "start_header_id" in page.preview._shown.text, timeout=10_000)
    assert {p.code for p in page.preview._shown.findings} >= {"tokens-missing"}


def test_what_is_rendered_can_be_chosen(page, project, qtbot) -> None:
    page.preview.prompt.click()
    qtbot.waitUntil(lambda: page.preview._shown.text.endswith("<|im_start|>assistant\n"), timeout=10_000)
    page.preview.talk.set_current_id(f"set:{project.dataset_names()[0]}")
    qtbot.waitUntil(lambda: page.is_settled() and "sailors" not in page.preview._shown.text, timeout=10_000)
    first = page.preview._shown.text
    page.preview.number.setValue(2)
    qtbot.waitUntil(lambda: page.is_settled() and page.preview._shown.text != first, timeout=10_000)


def test_a_copy_is_edited_live_and_saved(copy, project: Project, qtbot) -> None:
    path = project.folder / "templates" / "my template-copy.jinja"
    before = path.read_text(encoding="utf-8")
    assert not copy.editor.isReadOnly()
    assert not copy.can_save()
    text = before.replace("<|im_start|>", "<|im_start|>\u00a0")  # no-break blanks stay what they are
    typed(copy, qtbot, text)
    assert "<|im_start|>\u00a0user" in copy.preview._shown.text
    assert path.read_text(encoding="utf-8") == before
    assert copy.can_save()
    qtbot.mouseClick(copy.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: path.read_text(encoding="utf-8") == text, timeout=5_000)
    qtbot.waitUntil(lambda: not copy.can_save(), timeout=5_000)
    assert load_template(copy.key, MODEL_DIR, project=project.folder).chat_template() == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{% for m in messages %}\n{% endfro %}\n", 3),
        ("a\n\n{{ 1 / 0 }}", 3),
        ("{{ messages }}\n" + "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", 2),
    ],
)
def test_c26_a_mistake_is_marked_and_never_saved_over_the_good_one(
    copy, project: Project, qtbot, text: str, line: int
) -> None:
    path = project.folder / "templates" / "my template-copy.jinja"
    before = path.read_text(encoding="utf-8")
    for _ in range(3):  # a machine with much else to do may stop it before its line is known
        typed(copy, qtbot, text)
        if copy.editor.marked_line():
            break
        typed(copy, qtbot, before)
    assert copy.editor.marked_line() == line
    assert copy.preview._shown.problem is not None
    copy.preview.line_asked.emit(line)
    assert copy.editor.textCursor().blockNumber() == line - 1
    if "endfro" in text:
        copy.save_template()
        qtbot.waitUntil(lambda: copy.banner.isVisible(), timeout=5_000)
        assert path.read_text(encoding="utf-8") == before
    typed(copy, qtbot, before)
    assert copy.editor.marked_line() == 0
    assert copy.preview._shown.problem is None


def test_what_grows_is_stopped_and_the_window_lives(copy, qtbot) -> None:
    typed(copy, qtbot, case("C26.grow.jinja"))
    assert copy.preview._shown.problem is not None
    assert "stopped" in copy.preview._shown.problem.sentence
    typed(copy, qtbot, "{{ messages[0].content }}")
    assert copy.preview._shown.text == "You answer sailors. "


def test_a_draft_survives_another_template_and_a_restart(copy, make_window, project, qtbot) -> None:
    typed(copy, qtbot, "draft {{ messages[0].content }}")
    name = copy.key
    copy.turn_to("chatml")
    qtbot.waitUntil(lambda: copy.is_settled() and "ns.system" in copy.editor.text(), timeout=10_000)
    assert [i.note for i in copy.list.items() if i.id == name] == ["not saved"]
    copy.turn_to(name)
    qtbot.waitUntil(lambda: copy.editor.text().startswith("draft"), timeout=10_000)
    assert copy.can_save()
    state = copy.state()
    assert state == {"chosen": name, "drafts": {name: "draft {{ messages[0].content }}"}}
    other = TemplatesPage(copy.main, "")
    qtbot.addWidget(other)
    other.restore(state)
    assert other.state() == state, "also before anything was read"
    other.shown()
    qtbot.waitUntil(lambda: other.editor.text().startswith("draft") and other.is_settled(), timeout=10_000)
    other.closing()


def test_removed_and_brought_back(copy, project: Project, qtbot) -> None:
    path = project.folder / "templates" / "my template-copy.jinja"
    copy.main.run_command("templates.remove")
    qtbot.waitUntil(lambda: not path.exists() and copy.key == "model", timeout=5_000)
    toast = copy.main.findChildren(Toast)[-1]
    qtbot.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: path.exists() and copy.can_remove(), timeout=5_000)


def test_the_recipe_takes_it(copy, qtbot) -> None:
    copy.main.run_command("templates.use")
    qtbot.waitUntil(lambda: copy.main.page is not None and copy.main.page.kind == "train", timeout=10_000)
    train = copy.main.page
    qtbot.waitUntil(lambda: train.recipe.template == "my template-copy.jinja", timeout=10_000)


def test_an_editor_gives_back_what_it_was_given(app, qtbot) -> None:
    editor = JinjaEditor()
    qtbot.addWidget(editor)
    editor.load("a\r\n\u00a0b\u2028c\r\n")
    assert editor.text() == "a\r\n\u00a0b\u2028c\r\n"
    assert not editor.changed_text()
    editor.setReadOnly(False)
    editor.load("  {% if x %}")
    cursor = editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    editor.setTextCursor(cursor)
    with qtbot.waitSignal(editor.settled, timeout=2_000):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == "  {% if x %}\n  "


def test_without_a_project_one_can_look(make_window, qtbot) -> None:
    page = make_window().open_page("templates")
    qtbot.waitUntil(lambda: page.is_settled() and bool(page.preview._shown.text), timeout=10_000)
    assert not page.can_copy()
    assert not page.copy.isEnabled()
    assert not page.use.isEnabled()
