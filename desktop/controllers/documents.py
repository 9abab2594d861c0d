"""What the documents page does: reads and cuts files, tries a model on one chunk, starts the job."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from services.datasets.importing import free_name
from services.documents.answers import Pair, read_pairs
from services.documents.chunks import Chunk, cut
from services.documents.document import Document, DocumentError
from services.documents.prompts import QUESTIONS, filled, language_of
from services.documents.readers import read_document
from services.jobs.kinds.documents import DocumentsRequest
from services.projects.project import Project

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@dataclass(frozen=True)
class ReadFiles:
    """Documents that could be read, and why others could not."""

    documents: dict[Path, Document] = field(default_factory=dict)
    failures: dict[Path, DocumentError] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """Everything that is chosen on the page. paths: in order."""

    paths: tuple[Path, ...]
    dataset: str
    model: str
    prompt: str
    per_chunk: int
    chunk_tokens: int
    overlap_tokens: int
    left_out: tuple[int, ...] = ()


class DocumentsController:
    """Documents of the open project's page."""

    def __init__(self, window: "MainWindow") -> None:
        project = window.project
        assert project is not None
        self._window = window
        self.project: Project = project
        self._left = False

    def leave(self) -> None:
        """The page goes: break off what is being tried."""
        self._left = True

    def read(self, paths: list[Path]) -> ReadFiles:
        """The text of files (off the window's thread)."""
        found = ReadFiles()
        for path in paths:
            try:
                found.documents[path] = read_document(path)
            except DocumentError as error:
                found.failures[path] = error
        return found

    def cut(self, documents: list[Document], size: int, overlap: int) -> list[Chunk]:
        """Their chunks."""
        return cut(documents, size, overlap)

    def default_prompt(self, chunks: list[Chunk]) -> str:
        """Ours, in the language of the documents."""
        return QUESTIONS[language_of("".join(chunk.text for chunk in chunks[:20]))]

    def free_name(self, paths: list[Path]) -> str:
        """A name for the new data set."""
        return free_name(self.project, paths[0]) if paths else ""

    def try_on(self, chunk: Chunk, choice: Choice) -> tuple[list[Pair], str]:
        """Ask about one chunk: (pairs, the reply as it came). Off the window's thread. TunesmithError."""
        from services.chat.choose import choose
        from services.documents.asking import Manner, Question, ask_once

        text = filled(choice.prompt, ("text",), source=chunk.source, count=choice.per_chunk, text=chunk.text)
        chosen = choose(self.project, choice.model)
        try:
            manner = Manner(chosen.model, think=False if chosen.think is None else chosen.think)
            reply = ask_once(chosen.server, manner, Question(1, text), lambda: self._left)
            return (read_pairs(reply.text)[0], reply.text) if reply is not None else ([], "")
        finally:
            chosen.server.close()

    def start(self, choice: Choice) -> str:
        """Queue the job; its id. TunesmithError for a prompt that lacks its place."""
        filled(choice.prompt, ("text",), source="", count=1, text="")
        supervisor = self._window.supervisor
        assert supervisor is not None
        request = DocumentsRequest(
            name=choice.dataset,
            files=[self.project.relative(path) for path in choice.paths],
            dataset=choice.dataset,
            model=choice.model,
            prompt=choice.prompt,
            per_chunk=choice.per_chunk,
            chunk_tokens=choice.chunk_tokens,
            overlap_tokens=choice.overlap_tokens,
            left_out=list(choice.left_out),
        )
        return str(supervisor.submit(request).id)
