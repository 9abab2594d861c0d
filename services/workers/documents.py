"""Makes rows of documents: `python -m services.workers.documents JOB_DIR`."""

from typing import Any

import msgspec

from services.datasets.store import DatasetStore
from services.documents.asking import Question
from services.documents.chunks import Chunk, cut
from services.documents.document import Document, DocumentError
from services.documents.into_set import Found, left
from services.documents.prompts import QUESTIONS, filled, language_of
from services.documents.readers import read_document
from services.documents.rows import RowMaker
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.documents import DocumentsRequest
from services.projects.project import Project
from services.workers.asker import Asker, once
from services.workers.shell import WorkerContext, worker_main


def work(context: WorkerContext) -> dict[str, Any]:
    """Do a DocumentsRequest. Returns counts and the data set."""
    request = context.job.request
    assert isinstance(request, DocumentsRequest)
    project = Project.open(context.job.project_dir)
    context.say(ev.Progress(step=0, phase=N_("reading the documents")))
    chunks = _chunks(context, project, request)
    questions = ask_about(chunks, request)
    maker = RowMaker(keep_chunk=request.keep_chunk, known=_known(context, project, request))
    asker = Asker(context, project)
    rows: list[dict[str, Any]] = []
    done = 0
    by_number = {chunk.number: chunk for chunk in chunks}
    manner = {"temperature": request.temperature, "max_tokens": request.max_tokens, "seed": request.seed}
    for question, reply in asker.ask(request.model, questions, **manner):
        new = maker.rows(by_number[question.number], reply)
        rows += new
        done += 1
        for row in new:
            context.say(ev.Sample(step=question.number, prompt=row["question"], text=row["answer"]))
    counts = maker.counts
    if counts.silent:
        context.warn(N_("Chunks whose reply held no question with its answer: {n}."), n=len(counts.silent))
    result = {
        "rows": counts.pairs,
        "chunks": done,
        "repeated": counts.repeated,
        "near": counts.near,
        "unread": counts.unread,
        "silent": counts.silent[:100],
    }
    if done == len(questions) == len(counts.silent):
        raise DocumentError(
            N_("None of the {n} replies held a question with its answer."),
            way_out=N_("Try a larger model, or make the prompt plainer; `replies.jsonl` in the job's folder has them."),
            n=done,
        )
    return asker.settle(Found(request.dataset, rows), result, done)


def ask_about(chunks: list[Chunk], request: DocumentsRequest) -> list[Question]:
    """The questions to the model, one a chunk that is not left out. DocumentError if the prompt lacks a place."""
    prompt = request.prompt or QUESTIONS[language_of("".join(chunk.text for chunk in chunks[:20]))]
    needed = ("text",)
    return [
        Question(chunk.number, filled(prompt, needed, source=chunk.source, count=request.per_chunk, text=chunk.text))
        for chunk in chunks
        if chunk.number not in request.left_out
    ]


def _chunks(context: WorkerContext, project: Project, request: DocumentsRequest) -> list[Chunk]:
    """The job's chunks, as they were when it first began."""

    def make() -> bytes:
        documents: list[Document] = []
        first: DocumentError | None = None
        for name in request.files:
            try:
                documents.append(read_document(project.absolute(name)))
            except DocumentError as error:  # the others go on
                first = first or error
                context.warn(error.message, **error.values)
        if not documents and first is not None:
            raise first
        for document in documents:
            for note in document.notes:
                context.warn(note.sentence, **note.values)
        found = cut(documents, request.chunk_tokens, request.overlap_tokens)
        return msgspec.json.encode([[c.number, c.file, c.source, c.text] for c in found])

    data = once(context.job.folder / "chunks.json", make)
    return [Chunk(*fields) for fields in msgspec.json.decode(data, type=list[tuple[int, str, str, str]])]


def _known(context: WorkerContext, project: Project, request: DocumentsRequest) -> list[str]:
    """Questions that the set held before this job added any."""

    def make() -> bytes:
        path = project.dataset_path(request.dataset)
        if not path.exists() or left(context.job) is not None:
            return b"[]"
        with DatasetStore.open(path, read_only=True) as store:
            column = store.mapping.column("prompt") or "question"
            found = [row.values.get(column) for row in store.rows()]
        return msgspec.json.encode([text for text in found if isinstance(text, str)])

    return list(msgspec.json.decode(once(context.job.folder / "known.json", make)))


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
