"""Lets a model sit an exam: `python -m services.workers.exam JOB_DIR`."""

import time
from dataclasses import dataclass
from typing import Any

from services.engine.artefacts import write_json
from services.engine.asked import asked_model, load_asked
from services.engine.exam import AnswerSheet, batches, marks
from services.engine.exam_prompts import Asked, PromptWriter, shuffled
from services.engine.exams import MultipleChoice, exams
from services.engine.exams._files import ExamError, Question, split_name
from services.export.trained import Trained
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.exam import ExamRequest
from services.projects.project import Project
from services.templates.errors import TemplateError
from services.workers.shell import PausedByPersonError, StoppedByPersonError, WorkerContext, worker_main

_SAY_EVERY_S = 0.25


def work(context: WorkerContext) -> dict[str, Any]:
    """Read the questions, score the letters, leave exam_answers.jsonl and exam_results.json."""
    request = context.job.request
    assert isinstance(request, ExamRequest)
    project = Project.open(context.job.project_dir)
    context.say(ev.Progress(step=0, phase=N_("reading questions")))
    paper = read_paper(request, project)
    trained = asked_model(project, request.asked)
    return _Sitting(context, request, paper, trained).run()


@dataclass(frozen=True)
class Paper:
    """An exam as asked for: its questions by subject, with the worked examples of that subject."""

    exam: MultipleChoice
    split: str
    subjects: dict[str, tuple[list[Question], list[Question]]]
    """Subject -> (examples, questions)."""


def read_paper(request: ExamRequest, project: Project) -> Paper:
    """The exam of a request. ExamError says what it lacks."""
    exam, split = _exam(request)
    found = exam.read(project.absolute(request.data))
    wanted = [split] if split else [name for name in exam.splits if name in found]
    questions = found.get(wanted[0], []) if wanted else []
    if not questions:
        raise ExamError(
            N_("This exam has no questions of the kind {split}; it has {found}."),
            way_out=N_("Choose one of these as split."),
            split=split or "/".join(exam.splits),
            found=", ".join(f"{name} ({len(q)})" for name, q in sorted(found.items())),
        )
    keyless = [q for q in questions if not q.answer]
    if keyless:
        raise ExamError(
            N_("{n} of {total} questions do not say which answer is right."),
            way_out=N_("Choose the split val: test questions of some exams have no public answers."),
            n=len(keyless),
            total=len(questions),
        )
    if request.shuffle_seed is not None:
        seed = request.shuffle_seed
        found = {name: [shuffled(q, seed) for q in questions] for name, questions in found.items()}
    subjects: dict[str, tuple[list[Question], list[Question]]] = {}
    for question in found[wanted[0]]:
        subjects.setdefault(question.subject, ([], []))[1].append(question)
    for question in found.get("dev", []) if wanted[0] != "dev" else []:
        if question.subject in subjects:
            subjects[question.subject][0].append(question)
    return Paper(exam, wanted[0], subjects)


def _exam(request: ExamRequest) -> tuple[MultipleChoice, str]:
    """The exam and the split that a task names: 'mmlu', 'mmlu_test', 'ceval_validation'."""
    task, split = request.task.strip().lower(), split_name(request.split)
    if task not in exams:
        name, _, behind = task.rpartition("_")
        if name not in exams:
            raise ExamError(
                N_("There is no exam called {task}."),
                way_out=N_("Choose one of: {known}."),
                task=request.task,
                known=", ".join(exams.ids()),
            )
        task, split = name, split or split_name(behind)
    return exams.get(task), split


class _Sitting:
    """One attempt at an exam."""

    def __init__(self, context: WorkerContext, request: ExamRequest, paper: Paper, trained: Trained) -> None:
        self.context, self.request, self.paper, self.trained = context, request, paper, trained
        self.subjects = self._prompts()
        questions = [asked for subject in self.subjects for asked in subject]
        self.total = len(questions)
        self.sheet = AnswerSheet(context.job.folder, trained.tokenizer, questions)

    def run(self) -> dict[str, Any]:
        """Ask what is not answered yet, and leave the files. Raises what the person asked for."""
        from services.engine.exam_forward import LetterScorer
        from services.engine.loading import LoadOptions

        context, sheet = self.context, self.sheet
        context.say(ev.Progress(step=0, phase=N_("loading")))
        options = LoadOptions(quantization_bit=self.request.quantization_bit)
        scorer = LetterScorer(load_asked(self.trained, options))
        begin, done_before, said = time.monotonic(), len(sheet.records), 0.0
        self._progress(done_before, None)
        for batch in batches(self.subjects, self.request.batch_size):
            if sheet.answered(batch):
                continue
            asked_for = context.take_control() & {"stop", "pause"}
            if "stop" in asked_for:
                raise StoppedByPersonError(len(sheet.records), self._results())
            if asked_for:
                raise PausedByPersonError(len(sheet.records))
            sheet.add(batch, scorer.scores(batch.asked, batch.prefix_len))
            now, done = time.monotonic(), len(sheet.records)
            if now - said > _SAY_EVERY_S or done == self.total:
                said = now
                right = sum(bool(record["right"]) for record in sheet.records.values())
                context.say(ev.Metric(step=done, name="accuracy", value=100 * right / done))
                self._progress(done, (now - begin) / (done - done_before) * (self.total - done))
        return self._results()

    def _prompts(self) -> list[list[Asked]]:
        request, paper, trained = self.request, self.paper, self.trained
        template = trained.template if request.chat else None
        if request.chat and template is None:
            raise TemplateError(
                N_("{folder} has no chat template of its own."),
                way_out=N_("Ask in plain text."),
                folder=str(trained.model_dir),
            )
        writer = PromptWriter(paper.exam, trained.tokenizer, trained.context_len, template, trained.enable_thinking)
        out = [writer.subject(examples, asked, request.n_shot) for examples, asked in paper.subjects.values()]
        self._say_few([name for name, (examples, _) in paper.subjects.items() if len(examples) < request.n_shot])
        whole = {name: min(request.n_shot, len(examples)) for name, (examples, _) in paper.subjects.items()}
        fewer = sum(asked.shots < whole[asked.question.subject] for subject in out for asked in subject)
        if fewer:
            text = N_("Questions with fewer worked examples, because the model knows {known} tokens only: {n}.")
            self.context.warn(text, n=fewer, known=trained.context_len)
        cut = sum(bool(asked.cut) for subject in out for asked in subject)
        if cut:
            text = N_("Questions longer than the {known} tokens of the model, which lose their beginning: {n}.")
            self.context.warn(text, n=cut, known=trained.context_len)
        return out

    def _say_few(self, names: list[str]) -> None:
        if names:
            self.context.warn(
                N_("Subjects with fewer than {shots} worked examples, asked with what they have: {names}."),
                shots=self.request.n_shot,
                names=", ".join(names[:8]) + (", ..." if len(names) > 8 else ""),
            )

    def _results(self) -> dict[str, Any]:
        request, trained = self.request, self.trained
        results = {
            "task": request.task,
            "split": self.paper.split,
            "n_shot": request.n_shot,
            "chat": request.chat,
            "shuffle_seed": request.shuffle_seed,
            "model": trained.name,
            "base_model": str(trained.model_dir),
            "adapter": str(trained.adapter_dir or ""),
            **marks(self.paper.exam, self.sheet.finish()),
        }
        write_json(self.context.job.folder / "exam_results.json", results)
        return results

    def _progress(self, step: int, remaining_s: float | None) -> None:
        progress = ev.Progress(step=step, total=self.total, phase=N_("answering"), remaining_s=remaining_s)
        self.context.say(progress)


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
