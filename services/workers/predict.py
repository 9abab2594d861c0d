"""Answers the rows of data sets and scores them: `python -m services.workers.predict JOB_DIR`."""

import time
from typing import Any, NoReturn

from services.datasets.conversation import Problem
from services.engine.asked import asked_by_recipe, load_asked
from services.engine.errors import TrainingError
from services.engine.predict_rows import AskedRow, Question, kept_rows, questions
from services.engine.rows import named
from services.export.trained import Trained
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.kinds.predict import PredictRequest
from services.projects.project import Project
from services.recipes.recipe import Recipe, read_recipe
from services.templates.errors import TemplateError
from services.templates.template import Template
from services.workers.shell import PausedByPersonError, StoppedByPersonError, WorkerContext, worker_main

ANSWERING = N_("answering")


def work(context: WorkerContext) -> dict[str, Any]:
    """Read the rows, ask the model, leave generated_predictions.jsonl and predict_results.json."""
    job, request = context.job, context.job.request
    assert isinstance(request, PredictRequest)
    recipe = read_recipe(request.recipe)
    project = Project.open(job.project_dir)
    names = [part.strip() for part in (recipe.eval_dataset or recipe.dataset).split(",") if part.strip()]
    if not names:
        raise TrainingError(N_("No data set is chosen."), way_out=N_("Name one in eval_dataset."))
    context.say(ev.Progress(step=0, phase=N_("reading rows")))
    trained = asked_by_recipe(project, recipe)
    template = _template(trained)
    rows = kept_rows(project, names, recipe, request.dataset_versions, job.folder / "rows.jsonl")
    asked, left = questions(rows, template, recipe, trained.enable_thinking)
    attempt = _Attempt(context, recipe, trained)
    attempt.say_rows(rows, asked, left)
    return attempt.run(asked)


def _template(trained: Trained) -> Template:
    template = trained.template
    if template is None:
        raise TemplateError(
            N_("{folder} has no chat template of its own."),
            way_out=N_("Choose a named template, such as chatml."),
            folder=str(trained.model_dir),
        )
    return template


class _Attempt:
    """One attempt at a prediction."""

    def __init__(self, context: WorkerContext, recipe: Recipe, trained: Trained) -> None:
        self.context, self.recipe, self.trained = context, recipe, trained
        self._asked_for: set[str] = set()

    def say_rows(self, rows: list[AskedRow], asked: list[Question], left: list[tuple[AskedRow, Problem]]) -> None:
        """Say what is asked and what is left out; refuse to ask nothing."""
        if not rows:
            raise TrainingError(
                N_("The chosen data set has no rows."), way_out=N_("Add rows, or choose another data set.")
            )
        if left:
            row, first = left[0]
            if not asked:
                raise TrainingError(
                    N_("None of the {n} rows can be asked. The reason at row {row}:"),
                    way_out=first.sentence,  # a sentence of its own, so that it is said in the person's language
                    **{**first.values, "n": len(rows), "row": row.row_id},
                )
            ids = named([r.row_id for r, _ in left])
            text = N_("{n} of {total} rows are not asked: {rows}. The reason of the first:")
            self.context.warn(text, n=len(left), total=len(rows), rows=ids)
            self.context.warn(first.sentence, **first.values)
        without = sum(not question.label for question in asked)
        if without:
            self.context.warn(N_("Rows without an answer of their own: {n}. Their scores are 0."), n=without)

    def run(self, asked: list[Question]) -> dict[str, Any]:
        """Ask, and leave the files. StoppedByPersonError or PausedByPersonError when the person wants it."""
        from services.engine import metrics, processor
        from services.engine.loading import LoadOptions
        from services.engine.predict import Answerer, PredictionFile

        context, recipe, trained = self.context, self.recipe, self.trained
        file = PredictionFile(context.job.folder, asked)
        earlier_s = answering_s(context.job)
        context.say(ev.Progress(step=0, phase=N_("loading")))
        model = load_asked(trained, LoadOptions.of(recipe))
        answerer = Answerer(model, trained.tokenizer, trained.stop_token_ids, trained.context_len, recipe, self._listen)
        asked = self._with_room(asked, answerer)
        batches = answerer.batches(asked)
        begin, done_before = time.monotonic(), len(file.records)
        self._progress(done_before, len(asked), None)
        for number, batch in enumerate(batches):
            together = [asked[i] for i in batch]
            if not file.missing(together):
                continue
            answers = None if self._listen() else answerer.answer([q.ids for q in together], recipe.seed + 2 * number)
            if answers is None:
                self._leave(file, earlier_s + time.monotonic() - begin, len(batches))
            file.add(together, [trained.tokenizer.decode(q.ids) for q in together], answers)
            done, took_s = len(file.records), time.monotonic() - begin
            for name, value in metrics.means(file.records.values()).items():
                context.say(ev.Metric(step=done, name=f"predict_{name}", value=value))
            context.say(ev.Metric(step=done, name=processor.memory_metric(processor.device()), value=_memory_gib()))
            self._progress(done, len(asked), took_s / max(1, done - done_before) * (len(asked) - done))
        results = file.finish(earlier_s + time.monotonic() - begin, len(batches))
        return {**results, "rows": len(file.records), "predictions": "generated_predictions.jsonl"}

    def _with_room(self, asked: list[Question], answerer: Any) -> list[Question]:
        """Those that leave room for an answer in the model's context; the others are named."""
        fitting = [q for q in asked if answerer.room(len(q.ids))]
        if len(fitting) < len(asked):
            text = N_("Rows that are longer than the {known} tokens of the model and are not asked: {rows}.")
            rows = named([q.row_id for q in asked if not answerer.room(len(q.ids))])
            self.context.warn(text, known=answerer.context_len, rows=rows)
        if not fitting:
            raise TrainingError(
                N_("No row leaves room for an answer within the {known} tokens that the model knows."),
                way_out=N_("Lower cutoff_len, or shorten the rows."),
                known=answerer.context_len,
            )
        return fitting

    def _progress(self, step: int, total: int, remaining_s: float | None) -> None:
        self.context.say(ev.Progress(step=step, total=total, phase=ANSWERING, remaining_s=remaining_s))

    def _listen(self) -> bool:
        self._asked_for |= self.context.take_control() & {"stop", "pause"}
        return bool(self._asked_for)

    def _leave(self, file: Any, runtime_s: float, steps: int) -> NoReturn:
        step = len(file.records)
        if "stop" not in self._asked_for:
            raise PausedByPersonError(step)
        results = file.finish(runtime_s, steps)
        raise StoppedByPersonError(step, {**results, "rows": step, "predictions": "generated_predictions.jsonl"})


def answering_s(job: Job) -> float:
    """Seconds that earlier attempts spent on answering."""
    total, begin = 0.0, None
    for event in job.events():
        if isinstance(event, ev.Started):
            begin = None
        elif isinstance(event, ev.Progress) and event.phase == ANSWERING:
            if begin is not None:
                total += event.time - begin
            begin = event.time
    return total


def _memory_gib() -> float:
    from services.engine import processor

    return processor.used_gib(processor.device())


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
