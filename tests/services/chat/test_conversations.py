"""Saved chats: exact text, atomic, listed, searched, exported."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.conversations import ChatStore, SavedChatError, SavedMessage, to_markdown
from services.chat.messages import ChatMessage

ANGLE = json.loads((Path(__file__).parents[2] / "data" / "chat" / "angle_brackets.json").read_text(encoding="utf-8"))


@pytest.fixture
def store(tmp_path: Path) -> ChatStore:
    return ChatStore(tmp_path / "聊天 chats")


def talk(store: ChatStore, *texts: str) -> str:
    chat = store.new(server="ollama", model="mine")
    for i, text in enumerate(texts):
        store.add(
            chat, SavedMessage(role="assistant" if i % 2 else "user", content=text, model="mine" if i % 2 else "")
        )
    return chat.id


def test_a_new_chat_leaves_nothing_behind(store: ChatStore) -> None:
    store.new()
    assert not store.folder.exists()
    assert store.summaries() == []


def test_every_message_is_on_disk_at_once(store: ChatStore) -> None:
    chat = store.new(server="ollama", model="mine", system="Be brief.")
    store.add(chat, SavedMessage(role="user", content="Tea?"))
    assert [m.content for m in store.load(chat.id).messages] == ["Tea?"]
    answer = SavedMessage(role="assistant", content="Yes.", reasoning="Hm.", model="mine", done_reason="stop", tokens=2)
    store.add(chat, answer)
    loaded = store.load(chat.id)
    assert loaded == chat
    assert loaded.messages[1].time > 0
    assert loaded.to_send() == (
        ChatMessage("system", "Be brief."),
        ChatMessage("user", "Tea?"),
        ChatMessage("assistant", "Yes.", "Hm."),
    )
    assert loaded.to_send()[2].wire() == {"role": "assistant", "content": "Yes."}


def test_a_kill_while_writing_loses_only_the_message_being_written(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = store.new()
    store.add(chat, SavedMessage(role="user", content="one"))
    with monkeypatch.context() as patch:
        patch.setattr("services.files.replace", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.add(chat, SavedMessage(role="assistant", content="two"))
    assert [m.content for m in store.load(chat.id).messages] == ["one"]
    assert [p.name for p in store.folder.iterdir()] == [f"{chat.id}.json"]


def test_all_thirteen_angle_bracket_messages_come_back_as_typed(store: ChatStore) -> None:
    assert len(ANGLE) == 13
    assert [m.content for m in store.load(talk(store, *ANGLE)).messages] == ANGLE


@given(st.lists(st.text(alphabet=st.characters(), max_size=40), max_size=4))
def test_any_text_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    store = ChatStore(tmp_path_factory.mktemp("chats"))
    chat = store.new()
    for text in texts:
        chat.messages.append(SavedMessage(role="user", content=text))
    store.save(chat)
    assert [m.content for m in store.load(chat.id).messages] == texts


def test_half_a_surrogate_pair_does_not_stop_a_save(store: ChatStore) -> None:
    assert store.load(talk(store, "half \ud83d")).messages[0].content == "half \ud83d"


def test_the_list_is_newest_first_with_titles(store: ChatStore) -> None:
    first = talk(store, "  A question\nover two lines that goes on and on and on for more than sixty characters  ", "x")
    second = talk(store, "茶吗？")
    store.rename(second, " 茶 ")
    listed = store.summaries()
    assert [c.id for c in listed] == [second, first]
    assert [c.title for c in listed] == ["茶", "A question over two lines that goes on and on and on for mo…"]
    assert [c.messages for c in listed] == [1, 2]
    assert len(listed[1].title) == 60
    store.rename(second, "")
    assert store.summaries()[0].title == "茶吗？"


def test_search_finds_titles_and_messages_whatever_the_case(store: ChatStore) -> None:
    one = talk(store, "Where is Gdańsk?", "On the coast of the Baltic Sea, in the north of a country named Poland.")
    talk(store, "Something else")
    hits = store.search("BALTIC sea")
    assert [(h.id, h.found) for h in hits] == [(one, "On the coast of the Baltic Sea, in the north of a country na…")]
    assert [h.id for h in store.search("gdań")] == [one]
    assert store.search("nowhere") == []


def test_delete(store: ChatStore) -> None:
    chat_id = talk(store, "x")
    store.delete(chat_id)
    store.delete(chat_id)
    assert store.summaries() == []
    with pytest.raises(SavedChatError, match="no longer there"):
        store.load(chat_id)


def test_a_broken_file_is_named_and_the_rest_is_listed(store: ChatStore) -> None:
    good = talk(store, "x")
    (store.folder / "broken.json").write_text('{"id": "broken", "mess', encoding="utf-8")
    (store.folder / "wrong.json").write_text('{"id": "wrong", "messages": [{"role": "wizard"}]}', encoding="utf-8")
    (store.folder / "newer.json").write_text('{"id": "newer", "schema": 99}', encoding="utf-8")
    assert [c.id for c in store.summaries()] == [good]
    sentences = sorted(p.sentence for p in store.problems)
    assert len(sentences) == 3
    assert "broken.json cannot be read" in sentences[0]
    assert "newer.json was made by a newer Tunesmith" in sentences[1]


@pytest.mark.parametrize("chat_id", ["", "../up", "a/b", ".hidden"])
def test_an_id_never_leaves_the_folder(store: ChatStore, chat_id: str) -> None:
    with pytest.raises(ValueError):
        store.load(chat_id)


def test_export(store: ChatStore, tmp_path: Path) -> None:
    chat = store.load(talk(store, "Is <b> bold?", "Yes: **<b>**\n\n```\n<br>\n```"))
    chat.system = "Be brief."
    chat.messages[1].reasoning = "I think."
    store.export(chat, tmp_path / "out.md")
    text = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert text == to_markdown(chat)
    assert text == (
        "# Is <b> bold?\n\n## System\n\nBe brief.\n\n## You\n\nIs <b> bold?\n\n## mine\n\n"
        "<details><summary>Thought</summary>\n\nI think.\n\n</details>\n\nYes: **<b>**\n\n```\n<br>\n```\n"
    )
    store.export(chat, tmp_path / "out.json")
    assert [m["content"] for m in json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["messages"]] == [
        m.content for m in chat.messages
    ]
