"""The chat: a conversation with the tuned model, with any server, or with Ollama, by one interface."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from desktop.actions import round_menu
from desktop.controllers.chat import RUN, Answer, ChatController, Place
from desktop.theme import size
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.chat_settings import ChatSettings
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.long_text import edit_long_text
from desktop.widgets.message_list import Centred, MessageList
from desktop.widgets.messages import AnswerView, Bubble
from desktop.widgets.question_field import MenuButton, QuestionField, SendButton
from desktop.widgets.text import ElidedLabel, Label
from services.chat.messages import CANCELLED
from services.errors import TunesmithError
from services.i18n import tr
from services.jobs.job import State

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_DRAW_MS = 30  # pieces of an answer are drawn as often as that
_DRAW_SHARE = 0.2  # of the window's time, at most: long answers are drawn less often
_TAB_LENGTH = 28  # characters


@pages.add("chat")
class ChatPage(Page):
    """key: a chat's id, 'run:0007' for a new chat with that run, 'ask:SERVER:MODEL' for one with anybody, or ''.

    A new chat takes its id as its key when its first question is asked.
    """

    kind = "chat"
    icon = "chat-circle"
    road_step = "try"
    fills_primary = True
    inspector_width = size("settings_dock")

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        self.controller = ChatController(window, key if key and ":" not in key else "", self.show_error)
        self.answer: Answer | None = None
        self._view: AnswerView | None = None
        self._places: list[Place] = []
        self._looking = 0  # servers that have not said yet what they offer
        self._used = 0
        self.settings = ChatSettings()
        self.settings.system_changed.connect(self.controller.set_system)
        self.settings.option_changed.connect(self.controller.set_option)
        self.settings.command_asked.connect(lambda: window.run_command("view.command"))
        self._draw = QTimer(self)
        self._draw.setInterval(_DRAW_MS)
        self._draw.timeout.connect(self._take)
        self._build()
        self._choose_first(key)
        self._load()
        self._look()

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        whole = self.whole_title()
        return whole if len(whole) <= _TAB_LENGTH else whole[: _TAB_LENGTH - 1].rstrip() + "…"

    def whole_title(self) -> str:
        """The title as the chat has it."""
        return self.controller.chat.shown_title() or tr("New chat")

    def inspector(self) -> QWidget:
        return self.settings

    def show_as_command(self) -> tuple[str, str]:
        place = self.controller.chosen()
        name = "MODEL" if place is None else place.model if place.server == RUN else f"{place.server}#{place.model}"
        return (f'tunesmith chat "{self.controller.project.folder}" --model "{name}"', "")

    def shown(self) -> None:
        self.field.setFocus()

    def job_changed(self, job_id: str) -> None:
        self._say_waiting()

    def closing(self) -> None:
        self.settings.flush()
        self._draw.stop()
        if self.answer is not None:  # what has come is kept
            self.stop()
            self.answer.take()
            self.controller.keep(self.answer)
        try:
            self.controller.finish()
        except (OSError, TunesmithError) as error:
            self.main.explain(error)  # the page is going: the log is left to tell

    def state(self) -> dict[str, Any]:
        return {"typed": self.field.text()}

    def restore(self, state: dict[str, Any]) -> None:
        self.field.setPlainText(str(state.get("typed", "")))

    def retranslate(self) -> None:
        self._say()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = ElidedLabel(self.whole_title, "title")
        self.who = MenuButton("", icon="cube")
        self.who.clicked.connect(self._choose)
        head = Box("h", margins=(24, 0, 24, 0))
        head.add(self._title, 1).add(16).add(self.who)
        head.setFixedHeight(size("page_header"))
        self.content.addWidget(head)
        self.content.addWidget(HairLine())
        self.messages = MessageList()
        self.train = Button(lambda: tr("Train a model"), icon="sliders-horizontal")
        self.train.clicked.connect(lambda: self.main.open_page("train"))
        self.empty = EmptyState("chat-circle", self._empty_title, self._empty_words, [self.train], framed=False)
        self.content.addWidget(self.empty, 1)
        self.content.addWidget(self.messages, 1)
        self.content.addWidget(HairLine())
        self.field = QuestionField(self.send)
        self.button = SendButton()
        self.button.clicked.connect(self.send_or_stop)
        line = Box("h")
        line.box.addWidget(self.field, 1, Qt.AlignmentFlag.AlignBottom)
        line.box.addSpacing(8)
        line.box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        self._usage = Label("", "small", "text2")
        hint = row(Label(lambda: tr("Enter sends · Shift+Enter makes a new line"), "small", "text2"), "s", self._usage)
        self.content.addWidget(Centred().add(Box("v", (line, 4, hint), margins=(24, 12, 24, 10))))

    def _empty_title(self) -> str:
        return tr("Ask your model something") if self._somebody() else tr("There is nobody to ask yet")

    def _empty_words(self) -> str:
        if self._somebody():
            return tr("Its answers come from this PC. Ask it what you taught it, and what you did not.")
        return tr("Train a model, or start Ollama: whoever can answer appears in the list at the top.")

    def _somebody(self) -> bool:
        return self.controller.chosen() is not None or bool(self._places) or self._looking > 0

    def _choose_first(self, key: str) -> None:
        local = self.controller.local_places()
        self._places = list(local)
        if self.controller.chosen() is not None:
            return
        if key.startswith("run:"):
            wanted = f"run-{int(key[4:])}"
            local = [p for p in local if p.model == wanted] or local
        if key.startswith("ask:"):
            server, _, model = key[4:].partition(":")
            local = [Place(server, model, server)]
        if local:
            self.controller.choose(local[0])

    def _load(self) -> None:
        chat = self.controller.chat
        self.settings.show_options(chat.system, chat.options)
        self._show_messages()

    # --- asking ---------------------------------------------------------------------------------------------------

    def send_or_stop(self) -> None:
        """The one button: Stop while an answer comes, else Send."""
        if self.answer is not None:
            self.stop()
        else:
            self.send()

    def send(self) -> None:
        """Ask what is typed."""
        text = self.field.text()
        if self.answer is not None or not text.strip():
            return
        self.settings.flush()
        self.banner.clear()
        if self.controller.chosen() is None:
            self._choose()
            return
        self.field.clear()
        self.key = self.controller.chat.id  # opened from the explorer, it is this tab
        answer = self.controller.ask(text)
        self._mark_last(None)
        self.messages.add(self._made(len(self.controller.chat.messages) - 1))
        self.messages.follow()
        self._begin(answer)
        self.main.look_again()

    def regenerate(self) -> None:
        """Answer the last question again."""
        if self.answer is not None or not self.controller.chat.messages:
            return
        if self.controller.chosen() is None:
            self._choose()
            return
        self.settings.flush()
        self.banner.clear()
        answer = self.controller.ask_again()
        self._drop_answers(len(self.controller.chat.messages))
        self._begin(answer)

    def stop(self) -> None:
        """Stop the answer; what has come is kept."""
        if self.answer is not None:
            self.answer.cancel.set()

    def _begin(self, answer: Answer) -> None:
        self.answer = answer
        self._view = self._answer_view(answer.place.model)
        self._view.show_answer("", "", 0, 0.0, ended=False)
        self.messages.add(self._view)
        self._draw.setInterval(_DRAW_MS)
        self._draw.start()
        self._say_waiting()
        self._say()

    def _take(self) -> None:
        answer, view = self.answer, self._view
        if answer is None or view is None:
            return
        if not answer.take():
            self._say_waiting()
            return
        begin = time.monotonic()
        view.show_answer(answer.text, answer.reasoning, answer.tokens, answer.tokens_per_s, ended=answer.ended)
        cost_ms = 1000 * (time.monotonic() - begin)
        self._draw.setInterval(int(min(500, max(_DRAW_MS, cost_ms / _DRAW_SHARE))))
        if answer.ended:
            self._ended(answer, view)

    def _ended(self, answer: Answer, view: AnswerView) -> None:
        self._draw.stop()
        self.answer = self._view = None
        kept = self.controller.keep(answer)
        if answer.error is not None:
            self.show_error(answer.error)
        if kept:
            view.index = len(self.controller.chat.messages) - 1
            view.say(_ending(self.controller.chat.messages[-1].done_reason, failed=answer.error is not None))
        elif answer.replaced:
            self._show_messages()
        else:
            stopped = answer.cancel.is_set()
            view.say((lambda: tr("Stopped before it began.")) if stopped else (lambda: tr("No answer came.")))
        if answer.usage is not None:
            self._used = answer.usage.prompt_tokens + answer.usage.completion_tokens
        self._say()
        self.main.look_again()

    # --- showing --------------------------------------------------------------------------------------------------

    def _show_messages(self) -> None:
        messages = self.controller.chat.messages
        self.messages.show_messages(len(messages), self._made)
        if messages and messages[-1].role == "user":
            view = self._answer_view(self.controller.chat.model)
            view.show_answer("", "", 0, 0.0, ended=True)
            view.say(lambda: tr("No answer came."))
            self.messages.add(view)
        self._say()

    def _made(self, index: int) -> QWidget:
        message = self.controller.chat.messages[index]
        if message.role != "assistant":
            bubble = Bubble(message.content)
            bubble.edit_asked.connect(lambda: self._edit_question(index))
            return bubble
        view = self._answer_view(message.model)
        view.index = index
        view.show_answer(message.content, message.reasoning, message.tokens, 0.0, ended=True)
        view.say(_ending(message.done_reason))
        view.set_last(index == len(self.controller.chat.messages) - 1)
        return view

    def _answer_view(self, model: str) -> AnswerView:
        view = AnswerView(lambda: _model_name(model))
        view.regenerate_asked.connect(self.regenerate)
        view.edit_asked.connect(lambda: self._edit_answer(view))
        return view

    def _mark_last(self, last: AnswerView | None) -> None:
        for view in self.messages.widgets():
            if isinstance(view, AnswerView):
                view.set_last(view is last)

    def _drop_answers(self, count: int) -> None:
        """Take away the answers after message count - 1."""
        for view in reversed(self.messages.widgets()):
            if not isinstance(view, AnswerView) or 0 <= view.index < count:
                break
            self.messages.remove(view)

    def _edit_answer(self, view: AnswerView) -> None:
        if self.answer is not None or view.index < 0:
            return
        message = self.controller.chat.messages[view.index]
        text = edit_long_text(self.main, tr("Correct this answer"), message.content)
        if text is not None:
            self.controller.set_text(view.index, text)
            view.show_answer(text, message.reasoning, message.tokens, 0.0, ended=True)

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

    def _say_waiting(self) -> None:
        answer, view = self.answer, self._view
        if answer is None or view is None or answer.text or answer.reasoning:
            return
        seconds = int(time.monotonic() - answer.began_s)
        after = f" {seconds} s" if seconds >= 2 else ""
        job = self.controller.server_job() if answer.place.server == RUN else None
        if job is None or job.serving is not None:
            view.wait_for(lambda: tr("thinking…") + after)
        elif job.state is State.WAITING:
            view.wait_for(lambda: tr("waiting for the graphics card…") + after)
        else:
            far = (job.step, job.total) if job.total > 1 else (0, 0)
            view.wait_for(lambda: tr("loading the model…") + after, *far)

    def _say(self) -> None:
        busy = self.answer is not None
        has = bool(self.controller.chat.messages) or busy
        self.empty.setVisible(not has)
        self.messages.setVisible(has)
        self.empty.title.retranslate()
        self.empty.sentence.retranslate()
        self.train.setVisible(not self._somebody())
        self.button.show_busy(busy)
        self._title.retranslate()
        place = self.controller.chosen()
        self.who.set_text((lambda: _place_name(place)) if place is not None else (lambda: tr("Choose a model")))
        used, most = self._used, self.controller.context_len() if self._used else 0
        if not used:
            self._usage.set_text("")
        elif most:
            self._usage.set_text(lambda: tr("{n} of {most} tokens used", n=f"{used:,}", most=f"{most:,}"))
        else:
            self._usage.set_text(lambda: tr("{n} tokens used", n=f"{used:,}"))
        self.title_changed.emit()
        self.changed.emit()

    # --- choosing -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Ask every server what it offers; each says so when it does."""
        try:
            servers = self.controller.servers()
        except TunesmithError as error:
            self.show_error(error)
            return
        self._looking = len(servers)
        for known in servers:
            self.run(partial(self.controller.places_of, known), self._found)

    def _found(self, places: list[Place]) -> None:
        self._looking -= 1
        self._places += places
        if self.controller.chosen() is None and places:
            self.controller.choose(places[0])
        self._say()

    def _choose(self) -> None:
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = ""
        for place in self._places:
            if place.group != group:
                group = place.group
                menu.addSection(group)
            action = menu.addAction(_place_name(place), partial(self._chosen, place))
            action.setCheckable(True)
            action.setChecked(place.same(self.controller.chosen()))
        if self._looking:
            menu.addAction(tr("Looking for more…")).setEnabled(False)
        elif menu.isEmpty():
            menu.addAction(tr("No model answers yet: train one, or start Ollama")).setEnabled(False)
        menu.popup(self.who.mapToGlobal(self.who.rect().bottomLeft()))

    def _chosen(self, place: Place) -> None:
        self.controller.choose(place)
        self._used = 0
        self._say()


def _ending(reason: str, *, failed: bool = False) -> Any:
    if failed:
        return lambda: tr("Broke off.")
    if reason == CANCELLED:
        return lambda: tr("Stopped.")
    return (lambda: tr("Cut off at max tokens.")) if reason == "length" else ""


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
