"""The chat: a conversation with the tuned model, with any server, or with Ollama, by one interface."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QWidget

from desktop.actions import round_menu
from desktop.controllers.chat import RUN, Answer, ChatController, Place
from desktop.theme import size
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.chat_settings import ChatSettings
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.inputs import TextArea
from desktop.widgets.long_text import edit_long_text
from desktop.widgets.messages import AnswerView, Bubble
from desktop.widgets.text import ElidedLabel, Label
from services.chat.conversations import SavedMessage
from services.errors import TunesmithError
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_DRAW_MS = 30  # pieces of an answer are drawn as often as that


class QuestionField(TextArea):
    """Enter sends, Shift+Enter breaks a line."""

    def __init__(self, send: Any) -> None:
        super().__init__(placeholder=lambda: tr("Write a message"), name=lambda: tr("Your message"))
        self._send = send
        self.setFixedHeight(64)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self._send()
        else:
            super().keyPressEvent(event)


@pages.add("chat")
class ChatPage(Page):
    """key: a chat's id, 'run:0007' for a new chat with that run, 'ask:SERVER:MODEL' for one with anybody, or ''."""

    kind = "chat"
    icon = "chat-circle"
    road_step = "try"
    fills_primary = True
    inspector_width = size("settings_dock")

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        first = key if key and ":" not in key else ""
        self.controller = ChatController(window, first)
        self.answer: Answer | None = None
        self._view: AnswerView | None = None
        self._places: list[Place] = []
        self.settings = ChatSettings()
        self.settings.system_changed.connect(self.controller.set_system)
        self.settings.option_changed.connect(self.controller.set_option)
        self.settings.command_asked.connect(lambda: window.run_command("view.command"))
        self._draw = QTimer(self)
        self._draw.setInterval(_DRAW_MS)
        self._draw.timeout.connect(self._take)
        self._build()
        self._choose_first(key)
        self.settings.show_options(self.controller.chat.system, self.controller.chat.options)
        self._show_messages()
        self._say()
        self.run(self.controller.places, self._found, lambda error: None)

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        return self.controller.chat.shown_title() or tr("New chat")

    def inspector(self) -> QWidget:
        return self.settings

    def show_as_command(self) -> tuple[str, str]:
        place = self.controller.chosen()
        name = "MODEL" if place is None else place.model if place.server == RUN else f"{place.server}#{place.model}"
        return (f'tunesmith chat "{self.controller.project.folder}" --model "{name}"', "")

    def shown(self) -> None:
        self.field.setFocus()

    def closing(self) -> None:
        self.settings.flush()
        self.stop()
        self._draw.stop()

    def state(self) -> dict[str, Any]:
        return {"chat": self.controller.chat.id if self.controller.chat.messages else "", "typed": self._typed()}

    def restore(self, state: dict[str, Any]) -> None:
        chat = str(state.get("chat", ""))
        if chat and chat != self.controller.chat.id:
            try:
                self.controller.chat = self.controller.store.load(chat)
            except TunesmithError:
                return
            self.settings.show_options(self.controller.chat.system, self.controller.chat.options)
            self._show_messages()
            self._say()
        self.field.setPlainText(str(state.get("typed", "")))

    def retranslate(self) -> None:
        self._say()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = ElidedLabel(self.title, "title")
        self.who = Button("", icon="cube")
        self.who.clicked.connect(self._choose)
        head = Box("h", margins=(24, 0, 24, 0))
        head.add(self._title, 1).add(16).add(self.who)
        head.setFixedHeight(size("page_header"))
        self.content.addWidget(head)
        self.content.addWidget(HairLine())
        self._list = Box("v", margins=(0, 12, 0, 12), fill="page")
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(self._list)
        bar = self._scroll.verticalScrollBar()
        self._at_end = True
        bar.valueChanged.connect(lambda value: self._on_scroll(value))
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high) if self._at_end else None)
        self.empty = EmptyState(
            "chat-circle",
            lambda: tr("Ask your model something"),
            lambda: tr("Its answers come from this PC. Ask it what you taught it, and what you did not."),
            framed=False,
        )
        self.content.addWidget(self.empty, 1)
        self.content.addWidget(self._scroll, 1)
        self.content.addWidget(HairLine())
        self.field = QuestionField(self.send)
        self.button = Button(lambda: tr("Send"), "primary", "paper-plane-right", height=36)
        self.button.clicked.connect(self.send_or_stop)
        line = Box("h", margins=(24, 12, 24, 4))
        line.add(self.field, 1).add(8).add(self.button)
        self.content.addWidget(line)
        hint = row(
            Label(lambda: tr("Enter sends · Shift+Enter makes a new line"), "small", "text2"),
            "s",
            margins=(24, 0, 24, 10),
        )
        self.content.addWidget(hint)

    def _choose_first(self, key: str) -> None:
        if self.controller.chosen() is not None:
            return
        local = self.controller.local_places()
        if key.startswith("run:"):
            wanted = f"run-{int(key[4:])}"
            local = [p for p in local if p.model == wanted] or local
        if key.startswith("ask:"):
            server, _, model = key[4:].partition(":")
            local = [Place(server, model, server)]
        if local:
            self.controller.choose(local[0])

    # --- asking ---------------------------------------------------------------------------------------------------

    def _typed(self) -> str:
        return self.field.toPlainText()

    def send_or_stop(self) -> None:
        """The one button: Stop while an answer comes, else Send."""
        if self.answer is not None:
            self.stop()
        else:
            self.send()

    def send(self) -> None:
        """Ask what is typed."""
        text = self._typed()
        if self.answer is not None or not text.strip():
            return
        self.settings.flush()
        self.banner.clear()
        if self.controller.chosen() is None:
            self._choose()
            return
        self.field.clear()
        self._at_end = True
        answer = self.controller.ask(text)
        self._add_bubble(len(self.controller.chat.messages) - 1)
        self._begin(answer)
        self.main.look_again()

    def regenerate(self) -> None:
        """Answer the last question again."""
        if self.answer is None and self.controller.chat.messages:
            answer = self.controller.ask_again()
            self._show_messages()
            self._begin(answer)

    def stop(self) -> None:
        """Stop the answer; what has come is kept."""
        if self.answer is not None:
            self.answer.cancel.set()

    def _begin(self, answer: Answer) -> None:
        self.answer = answer
        self._view = self._answer_view(answer.place.model)
        self._view.show_answer("", "", 0, 0.0, ended=False)
        self._list.box.insertWidget(self._list.box.count() - 1, self._view)
        self._draw.start()
        self._say()

    def _take(self) -> None:
        answer, view = self.answer, self._view
        if answer is None or view is None or not answer.take():
            return
        text, reasoning = answer.text, answer.reasoning
        view.show_answer(text, reasoning, answer.tokens, answer.tokens_per_s, ended=answer.ended)
        if answer.ended:
            self._draw.stop()
            self.answer = None
            self.controller.keep(answer)
            if answer.error is not None:
                self.show_error(answer.error)
                if not text:
                    view.hide()
                    view.deleteLater()
            self._say()
            self.main.look_again()

    # --- showing --------------------------------------------------------------------------------------------------

    def _show_messages(self) -> None:
        layout = self._list.box
        while layout.count():
            entry = layout.takeAt(0)
            widget = entry.widget() if entry is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        layout.addStretch(1)
        for index, message in enumerate(self.controller.chat.messages):
            if message.role == "user":
                self._add_bubble(index)
            elif message.role == "assistant":
                self._add_answer(index, message)

    def _add_bubble(self, index: int) -> None:
        bubble = Bubble(self.controller.chat.messages[index].content)
        bubble.edit_asked.connect(lambda: self._edit_question(index))
        self._list.box.insertWidget(self._list.box.count() - 1, bubble)
        self._say()

    def _answer_view(self, model: str) -> AnswerView:
        view = AnswerView(lambda: _model_name(model))
        view.regenerate_asked.connect(self.regenerate)
        view.edit_asked.connect(lambda: self._edit_answer(view))
        return view

    def _add_answer(self, index: int, message: SavedMessage) -> None:
        view = self._answer_view(message.model)
        view.setProperty("index", index)
        view.show_answer(message.content, message.reasoning, message.tokens, 0.0, ended=True)
        self._list.box.insertWidget(self._list.box.count() - 1, view)

    def _edit_answer(self, view: AnswerView) -> None:
        given = view.property("index")
        index = int(given) if given is not None else len(self.controller.chat.messages) - 1
        text = edit_long_text(self.main, tr("Correct this answer"), self.controller.chat.messages[index].content)
        if text is not None:
            self.controller.set_text(index, text)
            self._show_messages()

    def _edit_question(self, index: int) -> None:
        if self.answer is not None:
            return
        old = self.controller.chat.messages[index].content
        text = edit_long_text(self.main, tr("Change this question"), old)
        if text is not None:
            self.controller.set_text(index, text)
            self.controller.cut_after(index)
            self._show_messages()
            self.regenerate()

    def _on_scroll(self, value: int) -> None:
        bar = self._scroll.verticalScrollBar()
        self._at_end = value >= bar.maximum() - 8

    def _say(self) -> None:
        busy = self.answer is not None
        has = bool(self.controller.chat.messages) or busy
        self.empty.setVisible(not has)
        self._scroll.setVisible(has)
        self.button.set_text((lambda: tr("Stop")) if busy else (lambda: tr("Send")))
        self.button.set_icon("stop" if busy else "paper-plane-right")
        self._title.retranslate()
        place = self.controller.chosen()
        self.who.set_text((lambda: _place_name(place)) if place is not None else (lambda: tr("Choose a model")))
        self.title_changed.emit()
        self.changed.emit()

    # --- choosing -------------------------------------------------------------------------------------------------

    def _found(self, places: list[Place]) -> None:
        self._places = places
        if self.controller.chosen() is None and places:
            self.controller.choose(places[0])
            self._say()

    def _choose(self) -> None:
        menu = round_menu(QMenu(self))
        group = ""
        for place in self._places or self.controller.local_places():
            if place.group != group:
                group = place.group
                menu.addSection(group)
            action = menu.addAction(_place_name(place), partial(self._chosen, place))
            action.setCheckable(True)
            action.setChecked(place == self.controller.chosen())
        if menu.isEmpty():
            menu.addAction(tr("No model answers yet: train one, or start Ollama")).setEnabled(False)
        menu.popup(self.who.mapToGlobal(self.who.rect().bottomLeft()))

    def _chosen(self, place: Place) -> None:
        self.controller.choose(place)
        self._say()


def _model_name(model: str) -> str:
    local = model == "base" or model.startswith("run-")
    return _place_name(Place(RUN if local else "", model, ""))


def _place_name(place: Place) -> str:
    if place.server != RUN:
        return place.model
    if place.model == "base":
        return tr("base model, untrained")
    run, _, checkpoint = place.model.partition("/")
    name = tr("run {run}", run=run.removeprefix("run-"))
    if checkpoint:
        name += ", " + tr("step {step}", step=checkpoint.removeprefix("checkpoint-"))
    return name
