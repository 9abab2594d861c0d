"""Has a model score rows: `python -m services.workers.judge JOB_DIR`."""

from typing import Any

import msgspec

from services.datasets.conversation import Conversation
from services.datasets.store import DatasetStore
from services.documents.answers import read_judgement
from services.documents.asking import Question
from services.documents.document import DocumentError
from services.documents.into_set import Cell, Found, refuse_missing
from services.documents.prompts import RUBRIC, filled, language_of
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.judge import JudgeRequest
from services.projects.project import Project
from services.workers.asker import Asker, once
from services.workers.shell import WorkerContext, worker_main


def work(context: WorkerContext) -> dict[str, Any]:
    """Do a JudgeRequest. Returns counts, the mean score and the data set."""
    request = context.job.request
    assert isinstance(request, JudgeRequest)
    project = Project.open(context.job.project_dir)
    refuse_missing(project, request.dataset)
    context.say(ev.Progress(step=0, phase=N_("reading rows")))
    data = once(context.job.folder / "questions.json", lambda: _questions(project, request))
    questions = [Question(*fields) for fields in msgspec.json.decode(data, type=list[tuple[int, str]])]
    if not questions:
        raise DocumentError(
            N_("No row is left to be scored."), way_out=N_("Score again those that have a score, or choose other rows.")
        )
    asker = Asker(context, project)
    cells: list[Cell] = []
    scores: list[float] = []
    unread: list[int] = []
    manner = {"temperature": 0.0, "max_tokens": request.max_tokens, "seed": request.seed}
    for question, reply in asker.ask(request.model, questions, **manner):
        judged = read_judgement(reply.text)
        if judged is None:
            unread.append(question.number)
            continue
        scores.append(judged.score)
        score = int(judged.score) if judged.score == int(judged.score) else judged.score
        cells.append(Cell(question.number, request.column, score))
        cells.append(Cell(question.number, f"{request.column}_reason", judged.reason))
        context.say(ev.Metric(step=len(scores), name="score", value=judged.score))
    if unread:
        context.warn(N_("Replies without a score from 1 to 5: {n}. Those rows stay without."), n=len(unread))
    mean = round(sum(scores) / len(scores), 3) if scores else None
    result = {"scored": len(scores), "unread": unread[:100], "mean": mean, "column": request.column}
    return asker.settle(Found(request.dataset, cells=cells), result, len(scores) + len(unread))


def _questions(project: Project, request: JudgeRequest) -> bytes:
    """Row ids with what the model is asked about each, as JSON. Rows without an answer are left out."""
    out: list[tuple[int, str]] = []
    wanted = set(request.rows)
    with DatasetStore.open(project.dataset_path(request.dataset), read_only=True) as store:
        rubric = request.rubric or RUBRIC[_language(store)]
        for row_id, talk in store.conversations():
            if (wanted and row_id not in wanted) or not isinstance(talk, Conversation):
                continue
            if not request.again and store.row(row_id).values.get(request.column) not in (None, ""):
                continue
            question, answer = texts(talk)
            if answer:
                out.append((row_id, filled(rubric, ("question", "answer"), question=question, answer=answer)))
    return msgspec.json.encode(out)


def texts(talk: Conversation) -> tuple[str, str]:
    """The question as a person would read it (earlier turns with it), and the answer that is judged."""
    turns = list(talk.turns)
    answer = talk.chosen.content if talk.chosen is not None else ""
    if not answer and turns and turns[-1].role == "assistant":
        answer = turns.pop().content
    if len(turns) == 1:
        return turns[0].content, answer
    return "\n\n".join(f"{turn.role}: {turn.content}" for turn in turns), answer


def _language(store: DatasetStore) -> str:
    return language_of(" ".join(str(v) for row in store.rows(0, 20) for v in row.values.values()))


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
