"""The chat page in a real window, against servers that send what a script says."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtWidgets import QApplication

from desktop.models.answer_text import parts
from desktop.views.chat import ChatPage
from desktop.widgets.long_text import LongTextDialog
from desktop.widgets.messages import AnswerView, Bubble, CodeBlock, Selectable, Thought
from services.chat.conversations import ChatStore, SavedMessage
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalWriter
from services.jobs.kinds.serve import ServeRequest
from services.jobs.kinds.train import TrainRequest
from services.locks import FileLock
from services.projects.project import Project
from tests.helpers.odd_servers import DONE, event

BRACKETS: list[str] = json.loads(
    (Path(__file__).parents[2] / "data" / "chat" / "angle_brackets.json").read_text(encoding="utf-8")
)


def say(qtbot, page: ChatPage, text: str) -> None:
    page.field.setPlainText(text)
    qtbot.keyClick(page.field, Qt.Key.Key_Return)


def ended(qtbot, page: ChatPage) -> None:
    qtbot.waitUntil(lambda: page.answer is None, timeout=15_000)


def answers(page: ChatPage) -> list[AnswerView]:
    return [w for w in page.messages.widgets() if isinstance(w, AnswerView)]


def bubbles(page: ChatPage) -> list[Bubble]:
    return [w for w in page.messages.widgets() if isinstance(w, Bubble)]


def saved(project: Project) -> list[tuple[str, str]]:
    """Roles and texts of the one chat on disk."""
    files = list(project.chats_dir.glob("*.json"))
    if len(files) != 1:
        return []
    return [(m.role, m.content) for m in ChatStore(project.chats_dir).load(files[0].stem).messages]


def enter(dialog_text: str) -> None:
    """Fill in the dialog that is open, and keep it."""

    def fill() -> None:
        found = [w for w in QApplication.allWidgets() if isinstance(w, LongTextDialog) and w.isVisible()]
        found[0].field.selectAll()
        found[0].field.insertPlainText(dialog_text)
        found[0].accept()

    QTimer.singleShot(50, fill)


# ---- an answer -------------------------------------------------------------------------------------------------------


def test_an_answer_streams_in_and_is_kept(open_chat, serve, qtbot, project: Project) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}
    server = serve(
        event(content="Hello"), 0.6, event(content=", **you**"), event(content=".", finish="stop", usage=usage), DONE
    )
    page = open_chat()
    assert page.title() == "New chat" and page.empty.isVisible()
    say(qtbot, page, "Who are you?")
    assert page.button.text() == "Stop" and page.field.toPlainText() == ""
    assert answers(page)[0].waiting().startswith("thinking…")
    qtbot.waitUntil(lambda: answers(page)[0].body.plain() == "Hello", timeout=10_000)
    assert answers(page)[0].waiting() == ""
    ended(qtbot, page)
    assert answers(page)[0].body.plain() == "Hello, **you**." and page.button.text() == "Send"
    assert answers(page)[0].speed().startswith("3 tokens · ")
    assert page._usage.text() == "23 tokens used"
    assert server.requests[0]["messages"] == [{"role": "user", "content": "Who are you?"}]
    assert page.title() == "Who are you?"
    qtbot.waitUntil(lambda: saved(project) == [("user", "Who are you?"), ("assistant", "Hello, **you**.")])


def test_each_message_is_on_disk_before_the_next(open_chat, serve, qtbot, project: Project) -> None:
    serve(5.0)
    page = open_chat()
    say(qtbot, page, "first")
    qtbot.waitUntil(lambda: saved(project) == [("user", "first")], timeout=5000)
    assert page.answer is not None
    page.stop()
    ended(qtbot, page)


def test_stop_stands_where_send_was_and_keeps_the_part(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="a part"), 60.0, event(content=" and more"), DONE)
    page = open_chat()
    say(qtbot, page, "go on")
    qtbot.waitUntil(lambda: answers(page)[0].body.plain() == "a part", timeout=10_000)
    place = page.button.geometry()
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    ended(qtbot, page)
    assert server.left.wait(5), "the connection is closed, so the server stops too"
    assert answers(page)[0].note() == "Stopped." and page.button.geometry().topLeft() == place.topLeft()
    qtbot.waitUntil(lambda: saved(project) == [("user", "go on"), ("assistant", "a part")], timeout=5000)
    assert page.banner.panel() is None


def test_a_break_in_mid_stream_is_a_sentence_and_the_part_stays(open_chat, serve, qtbot, project: Project) -> None:
    serve(event(content="half of"), 0.2, ConnectionResetError)
    page = open_chat()
    say(qtbot, page, "tell me")
    ended(qtbot, page)
    assert "broke off" in page.banner.panel().sentence.accessibleName()
    assert answers(page)[0].note() == "Broke off."
    qtbot.waitUntil(lambda: saved(project) == [("user", "tell me"), ("assistant", "half of")], timeout=5000)


def test_without_an_answer_the_question_stays_and_is_asked_again(open_chat, serve, qtbot, project: Project) -> None:
    server = serve()
    server.status, server.error = 500, {"error": {"message": "out of cheese"}}
    page = open_chat()
    say(qtbot, page, "tell me")
    ended(qtbot, page)
    assert "out of cheese" in page.banner.panel().sentence.accessibleName()
    view = answers(page)[0]
    assert view.note() == "No answer came." and not view.copy.isVisible() and view.again.isVisible()
    server.status, server.script = 200, (event(content="now"), DONE)
    qtbot.mouseClick(view.again, Qt.MouseButton.LeftButton)
    ended(qtbot, page)
    assert [v.body.plain() for v in answers(page)] == ["now"] and page.banner.panel() is None
    assert len(server.requests) >= 2 and len(bubbles(page)) == 1


def test_a_fault_of_ours_ends_the_answer(open_chat, serve, qtbot, monkeypatch) -> None:
    serve()
    page = open_chat()
    monkeypatch.setattr(page.controller, "_open", lambda place: 1 / 0)
    say(qtbot, page, "tell me")
    ended(qtbot, page)
    assert "Tunesmith itself made a mistake" in page.banner.panel().sentence.accessibleName()
    assert page.button.text() == "Send"


def test_closing_the_tab_keeps_what_has_come(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="a part"), 60.0, DONE)
    page = open_chat()
    say(qtbot, page, "go on")
    qtbot.waitUntil(lambda: answers(page)[0].body.plain() == "a part", timeout=10_000)
    page.main.frame.tabs.close_page(page)
    assert saved(project) == [("user", "go on"), ("assistant", "a part")]
    assert server.left.wait(5)


# ---- keys and scrolling ----------------------------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_makes_a_line(open_chat, serve, qtbot) -> None:
    server = serve(event(content="ok"), DONE)
    page = open_chat()
    low = page.field.height()
    qtbot.keyClicks(page.field, "one")
    qtbot.keyClick(page.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(page.field, "two")
    qtbot.wait(20)
    assert server.requests == [] and page.field.height() > low
    qtbot.keyClick(page.field, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    ended(qtbot, page)
    assert server.requests[0]["messages"][0]["content"] == "one\ntwo"
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert len(server.requests) == 1, "nothing is not sent"


def test_it_scrolls_along_only_at_the_end(open_chat, serve, qtbot, project: Project) -> None:
    lines = [event(content=f"line {i}\n\n") for i in range(60)]
    server = serve(*lines, 0.5, *lines, DONE)
    page = open_chat()
    bar = page.messages.verticalScrollBar()
    say(qtbot, page, "much")
    ended(qtbot, page)
    qtbot.waitUntil(lambda: bar.maximum() > 500 and bar.value() == bar.maximum(), timeout=5000)
    server.script = (*lines, 0.6, *lines, DONE)
    say(qtbot, page, "more")
    qtbot.waitUntil(lambda: len(answers(page)) == 2 and "line 59" in answers(page)[1].body.plain(), timeout=10_000)
    bar.setValue(100)
    ended(qtbot, page)
    qtbot.wait(50)
    assert bar.value() == 100, "who reads above is left alone"


def test_a_long_chat_opens_at_its_end_and_fills_up(open_chat, qtbot, project: Project) -> None:
    store = ChatStore(project.chats_dir)
    chat = store.new(server="odd", model="odd")
    for i in range(300):
        chat.messages.append(
            SavedMessage(role="user" if i % 2 == 0 else "assistant", content=f"message {i}", model="m")
        )
    store.save(chat)
    page = open_chat(chat.id)
    qtbot.waitUntil(page.messages.complete, timeout=20_000)
    texts = [w.text if isinstance(w, Bubble) else w.body.plain() for w in page.messages.widgets()]
    assert texts == [f"message {i}" for i in range(300)]
    bar = page.messages.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 1000, timeout=5000)
    assert [v.again.isHidden() for v in answers(page)] == [True] * 149 + [False]


# ---- changing --------------------------------------------------------------------------------------------------------


def test_a_chat_opens_again_as_it_was_in_one_tab(open_chat, serve, make_window, qtbot, project: Project) -> None:
    serve(event(content="I am."), DONE)
    page = open_chat()
    say(qtbot, page, "Are you?")
    ended(qtbot, page)
    page.field.setPlainText("half a thought")
    window, chat_id = page.main, page.controller.chat.id
    assert window.open_page("chat", chat_id) is page, "the explorer's row leads to the open tab"
    window.close()
    again = make_window(project.folder)
    found = again.page
    assert isinstance(found, ChatPage) and found.key == chat_id
    assert [b.text for b in bubbles(found)] == ["Are you?"] and answers(found)[0].body.plain() == "I am."
    assert found.field.toPlainText() == "half a thought"


def test_answering_again_replaces_and_a_failure_brings_the_old_back(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="first"), DONE)
    page = open_chat()
    say(qtbot, page, "q")
    ended(qtbot, page)
    server.script = (event(content="second"), DONE)
    qtbot.mouseClick(answers(page)[0].again, Qt.MouseButton.LeftButton)
    ended(qtbot, page)
    assert [v.body.plain() for v in answers(page)] == ["second"]
    assert server.requests[1]["messages"] == [{"role": "user", "content": "q"}]
    server.script = (event(content="thi"), ConnectionResetError)
    qtbot.mouseClick(answers(page)[0].again, Qt.MouseButton.LeftButton)
    ended(qtbot, page)
    assert [v.body.plain() for v in answers(page)] == ["second"] and page.banner.panel() is not None
    qtbot.waitUntil(lambda: saved(project) == [("user", "q"), ("assistant", "second")], timeout=5000)


def test_a_question_is_changed_and_asked_again(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="first"), DONE)
    page = open_chat()
    for text in ("one", "two"):
        say(qtbot, page, text)
        ended(qtbot, page)
    server.script = (event(content="other"), DONE)
    enter("uno")
    bubbles(page)[0].edit.click()
    ended(qtbot, page)
    assert server.requests[-1]["messages"] == [{"role": "user", "content": "uno"}]
    qtbot.waitUntil(lambda: saved(project) == [("user", "uno"), ("assistant", "other")], timeout=5000)
    assert [b.text for b in bubbles(page)] == ["uno"]


def test_an_earlier_answer_is_corrected_where_it_stands(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="first"), DONE)
    page = open_chat()
    for text in ("one", "two"):
        say(qtbot, page, text)
        ended(qtbot, page)
    enter("corrected")
    answers(page)[0].edit.click()
    assert [v.body.plain() for v in answers(page)] == ["corrected", "first"]
    say(qtbot, page, "three")
    ended(qtbot, page)
    assert server.requests[-1]["messages"][1] == {"role": "assistant", "content": "corrected"}


# ---- settings --------------------------------------------------------------------------------------------------------


def test_settings_are_sent_and_empty_ones_are_not(open_chat, serve, qtbot, project: Project) -> None:
    server = serve(event(content="ok"), DONE)
    page = open_chat()
    say(qtbot, page, "plain")
    ended(qtbot, page)
    sent = server.requests[0]
    assert not {"temperature", "top_p", "max_tokens", "seed", "stop"} & set(sent) and len(sent["messages"]) == 1
    settings = page.settings
    for name, text in (("temperature", "0,3"), ("max_tokens", "64"), ("seed", "7"), ("stop", "END STOP")):
        settings.fields[name].setFocus()
        settings.fields[name].clear()
        qtbot.keyClicks(settings.fields[name], text)
    settings.system.setPlainText("Be brief.")
    say(qtbot, page, "set")
    ended(qtbot, page)
    sent = server.requests[1]
    assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (0.3, 64, 7)
    assert sent["stop"] == ["END", "STOP"] and "top_p" not in sent
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    settings._reset()
    say(qtbot, page, "plain again")
    ended(qtbot, page)
    assert "temperature" not in server.requests[2] and "stop" not in server.requests[2]


def test_a_wrong_number_is_said_and_not_sent(open_chat, serve, qtbot) -> None:
    server = serve(event(content="ok"), DONE)
    page = open_chat()
    field = page.settings.fields["temperature"]
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.text() == "0.7"
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.text() == "0.6" and page.controller.chat.options == {"temperature": 0.6}
    field.setText("hot")
    field.editingFinished.emit()
    assert page.settings.problem.accessibleName() == "temperature: a number from 0 to 2."
    assert field.text() == "hot" and page.controller.chat.options == {"temperature": 0.6}
    field.setText("")
    field.editingFinished.emit()
    assert page.settings.problem.isHidden() and page.controller.chat.options == {}
    say(qtbot, page, "x")
    ended(qtbot, page)
    assert "temperature" not in server.requests[0]


# ---- who answers -----------------------------------------------------------------------------------------------------


def trained(project: Project, *checkpoints: int) -> Job:
    job = Job.create(project.jobs_dir, TrainRequest(name="greet"))
    (job.folder / "run.json").write_text(json.dumps({"base_model": "base"}), encoding="utf-8")
    (job.folder / "adapter_model.safetensors").write_bytes(b"")
    for step in checkpoints:
        (job.folder / f"checkpoint-{step}").mkdir()
    return job


def test_one_chooses_among_runs_checkpoints_ollama_and_servers(open_chat, serve, qtbot, project, monkeypatch) -> None:
    from tests.helpers.ollama_contract import ollama_contract

    trained(project, 10)
    trained(project)
    serve(event(content="ok"), DONE)
    with ollama_contract() as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        page = open_chat("")
        assert page.who.text() == "run 2", "the newest run is asked unless one chooses"
        qtbot.mouseClick(page.who, Qt.MouseButton.LeftButton)
        menu = QApplication.activePopupWidget()
        shown = [(a.text(), a.isSeparator(), a.isChecked()) for a in menu.actions()]
        assert shown == [
            ("This computer", True, False),
            ("run 2", False, True),
            ("run 1", False, False),
            ("base model, untrained", False, False),
            ("run 1, step 10", False, False),
            ("odd", True, False),
            ("odd", False, False),
            ("even", False, False),
        ]
        menu.actions()[-1].trigger()
        menu.close()
    assert page.who.text() == "even"
    say(qtbot, page, "hello")
    ended(qtbot, page)
    assert answers(page)[0].body.plain() == "ok"


def test_nobody_to_ask_says_what_to_do(open_chat, qtbot) -> None:
    page = open_chat("")
    assert page.empty.title.text() == "There is nobody to ask yet" and page.train.isVisible()
    say(qtbot, page, "hello?")
    menu = QApplication.activePopupWidget()
    assert [a.text() for a in menu.actions()] == ["No model answers yet: train one, or start Ollama"]
    menu.close()
    assert page.field.toPlainText() == "hello?", "what was typed is not lost"
    qtbot.mouseClick(page.train, Qt.MouseButton.LeftButton)
    assert page.main.page.kind == "train"


def test_a_run_says_that_its_model_is_being_loaded(open_chat, qtbot, project: Project, monkeypatch) -> None:
    """The server job is played here, from its folder, as the real worker would."""
    from services.jobs import queue

    run = trained(project)
    played: list[tuple[Job, FileLock, JournalWriter]] = []

    def submit(project: Project, request, **_: object) -> Job:
        assert isinstance(request, ServeRequest) and request.run == run.id
        job = Job.create(project.jobs_dir, request)
        lock, journal = FileLock(job.lock_path), JournalWriter(job.journal_path)
        assert lock.try_acquire()
        journal.append(ev.Started(attempt=1))
        journal.append(ev.Progress(step=30, total=100, phase="loading"))
        played.append((job, lock, journal))
        return job

    monkeypatch.setattr(queue, "submit", submit)
    page = open_chat(f"run:{run.id}")
    assert page.who.text() == "run 1"
    say(qtbot, page, "hello")
    qtbot.waitUntil(lambda: answers(page)[0].waiting().startswith("loading the model…"), timeout=10_000)
    bar = answers(page)[0]._bar
    qtbot.waitUntil(lambda: bar.isVisible() and bar.accessibleName() == "30%", timeout=5000)
    _, lock, journal = played[0]
    journal.append(ev.Failed(sentence="The model file is cut short."))
    lock.release()
    ended(qtbot, page)
    journal.close()
    assert page.banner.panel().sentence.accessibleName() == "The model file is cut short."
    assert answers(page)[0].note() == "No answer came."


# ---- no visible character is lost ------------------------------------------------------------------------------------


def visible(text: str) -> str:
    return "".join(text.split()).replace("\u00a0", "")


@pytest.mark.parametrize("index", range(len(BRACKETS)))
def test_no_visible_character_is_lost(open_chat, serve, qtbot, project, index: int, monkeypatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    text = BRACKETS[index]
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    serve(*[event(content=piece) for piece in pieces], DONE)
    page = open_chat()
    page.field.setPlainText(text)
    page.send()
    ended(qtbot, page)
    bubble, view = bubbles(page)[0], answers(page)[0]
    assert bubble.words.textFormat() == Qt.TextFormat.PlainText and bubble.words.text() == text
    qtbot.mouseClick(view.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == text, "Copy gives the original"
    expected = text
    for mark in ("<think>", "</think>", "```html", "```python", "```", "`<br>`"):
        expected = expected.replace(mark, "<br>" if mark == "`<br>`" else "")
    assert visible(shown(view)) == visible(expected)
    assert opened == [] and all("<img" not in w.text() for w in view.findChildren(Selectable))


def shown(view: AnswerView) -> str:
    """What the eye can read, a folded thought unfolded."""
    out = []
    for widget in view.body.widgets():
        if isinstance(widget, Thought):
            widget._button.setChecked(True)
            out.append(widget._text.text())
        elif isinstance(widget, CodeBlock):
            out.append(widget._text.text())
        else:
            document = QTextDocument()
            document.setHtml(widget.text())
            out.append(document.toPlainText())
    return "\n".join(out)


def test_only_web_addresses_open_and_only_by_a_click(open_chat, serve, qtbot, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    serve(event(content=BRACKETS[11]), DONE)
    page = open_chat()
    say(qtbot, page, "links?")
    ended(qtbot, page)
    words = answers(page)[0].body.widgets()[0]
    assert words.text().count("<a href") == 1
    words.linkActivated.emit("file:///etc/hostname")
    words.linkActivated.emit("javascript:alert(1)")
    assert opened == []
    words.linkActivated.emit("https://example.invalid/?a=1&b=2")
    assert opened == ["https://example.invalid/?a=1&b=2"]


def test_a_thought_is_folded_and_never_lost(open_chat, serve, qtbot, project) -> None:
    serve(event(reasoning_content="let me see"), event(content="4"), DONE)
    page = open_chat()
    say(qtbot, page, "2+2?")
    ended(qtbot, page)
    thought, answer = answers(page)[0].body.widgets()
    assert isinstance(thought, Thought) and not thought._text.isVisible()
    thought._button.click()
    assert thought._text.isVisible() and thought._text.text() == "let me see"
    chat = page.controller.chat
    assert chat.messages[-1].reasoning == "let me see" and chat.messages[-1].content == "4"
    assert parts("4", "let me see")[0].kind == "thought" and answer is not None


def test_code_has_its_own_copy(open_chat, serve, qtbot) -> None:
    serve(event(content="So:\n```bash\nls -l <dir>\n```\nDone."), DONE)
    page = open_chat()
    say(qtbot, page, "how?")
    ended(qtbot, page)
    block = next(w for w in answers(page)[0].body.widgets() if isinstance(w, CodeBlock))
    qtbot.mouseClick(block.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "ls -l <dir>"


def test_it_speaks_both_languages(open_chat, serve, qtbot) -> None:
    serve(event(content="ok"), DONE)
    page = open_chat()
    english = (page.button.text(), page.title(), page.empty.title.text())
    page.main.set_language("zh")
    chinese = (page.button.text(), page.title(), page.empty.title.text())
    assert all(a != b for a, b in zip(english, chinese, strict=True))
