"""tunesmith chat PROJECT --model RUN|MODEL|URL#NAME [--once TEXT]"""

import contextlib
import io
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument, stream
from services.projects.project import Project


@commands.add("chat")
@click.command("chat", help="Talk to a run, a model or any server. Ctrl+C stops an answer, twice ends the talk.")
@project_argument
@click.option("--model", "wanted", required=True, metavar="RUN|MODEL|URL#NAME", help="Whom to talk to.")
@click.option("--once", metavar="TEXT", help="Ask this one question, print the answer, and end.")
@click.option("--system", default="", help="System prompt.")
@click.option("--temperature", type=float, help="0 always takes the likeliest word.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Length of an answer at most.")
@click.option("--seed", type=int, help="Makes chance repeat.")
@click.option("--keep", is_flag=True, help="Keep the chat in the project, where the window shows it.")
@json_option
def chat(
    project: Path,
    wanted: str,
    once: str | None,
    system: str,
    temperature: float | None,
    max_tokens: int | None,
    seed: int | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Ask once, or talk until the end of input."""
    from services.chat.choose import choose

    opened = Project.open(project)
    chosen = choose(opened, wanted)
    options = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    talk = _Talk(opened, chosen, system, {k: v for k, v in options.items() if v is not None}, keep, as_json)
    try:
        if once is not None:
            talk.ask(once)
        else:
            talk.loop()
    finally:
        chosen.server.close()


class _Talk:
    """One talk in the terminal."""

    def __init__(
        self, project: Project, chosen: Any, system: str, options: dict[str, Any], keep: bool, as_json: bool
    ) -> None:
        from services.chat.conversations import ChatStore

        self._chosen = chosen
        self._as_json = as_json
        self._keep = keep
        self._store = ChatStore(project.chats_dir)
        self._chat = self._store.new(server=chosen.server_id, model=chosen.model, system=system)
        self._chat.options = options

    def loop(self) -> None:
        """Read questions until the end of input."""
        if not sys.stdin.isatty() and isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # what is piped in is UTF-8, on Windows too
        prompt = sys.stdin.isatty() and not self._as_json
        while True:
            if prompt:
                click.echo("> ", nl=False, err=True)
            line = sys.stdin.readline()
            if not line:
                return
            if line.strip():
                self.ask(line.rstrip("\r\n"))

    def ask(self, question: str) -> None:
        """Ask, print the answer as it comes, and remember both."""
        from services.chat.conversations import SavedMessage
        from services.chat.messages import ChatDelta, ChatRequest

        self._add(SavedMessage(role="user", content=question))
        request = ChatRequest(self._chosen.model, self._chat.to_send(), think=self._chosen.think, **self._chat.options)
        text: list[str] = []
        thought: list[str] = []
        last: ChatDelta | None = None
        with _ctrl_c_stops() as cancel:
            for delta in self._chosen.server.stream(request, cancel):
                text.append(delta.text)
                thought.append(delta.reasoning)
                self._show(delta.text or delta.reasoning, thinking=bool(delta.reasoning))
                last = delta
        assert last is not None
        usage = last.usage
        answer = SavedMessage(
            role="assistant",
            content="".join(text),
            reasoning="".join(thought),
            model=self._chosen.model,
            done_reason=last.done_reason,
            tokens=usage.completion_tokens if usage else 0,
        )
        self._add(answer)
        if self._as_json:
            counts = (
                {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens} if usage else {}
            )
            more = {"reasoning": answer.reasoning} if answer.reasoning else {}
            stream({"text": answer.content, **more, "done_reason": answer.done_reason, "model": answer.model, **counts})
        else:
            click.echo("" if last.done_reason != "cancelled" else "\n(stopped)")

    def _show(self, text: str, *, thinking: bool) -> None:
        if not self._as_json and text:
            click.echo(click.style(text, dim=True) if thinking else text, nl=False)

    def _add(self, message: Any) -> None:
        if self._keep:
            self._store.add(self._chat, message)
        else:
            self._chat.messages.append(message)


@contextlib.contextmanager
def _ctrl_c_stops() -> Iterator[threading.Event]:
    """For the block, the first Ctrl+C sets the event; a second one is KeyboardInterrupt as always."""
    cancel = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
