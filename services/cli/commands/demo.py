"""tunesmith demo [DIR] [--steps N]"""

import time
from pathlib import Path
from typing import Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, stream
from services.demo import sample
from services.errors import TunesmithError
from services.i18n import N_


class DemoPromiseBroken(TunesmithError):
    """The tuned model does not give its new name."""


@commands.add("demo")
@click.command("demo", help="The whole road on the sample: rows, training, GGUF, answers. No GPU needed.")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--steps", default=0, type=click.IntRange(min=0), help="Train fewer steps; then nothing is promised.")
@json_option
def demo(folder: Path | None, steps: int, as_json: bool) -> None:
    """Drive the road and say what came of it. Exit code 1 if the model does not give its new name."""
    from services.demo import road

    drive = _Drive(road, steps, as_json)
    drive.go(folder)


class _Drive:
    """One drive along the road: the services do the work, this says how it goes."""

    def __init__(self, road: Any, steps: int, as_json: bool) -> None:
        self.road, self.steps, self.as_json = road, steps, as_json
        self.begin = time.monotonic()
        self.said: dict[str, list[str]] = {}
        self.facts: dict[str, Any] = {}

    def go(self, folder: Path | None) -> None:
        """All steps in their order."""
        road = self.road
        project = road.make_project(folder)
        self._step("project", f"Project {project.folder}", path=str(project.folder))
        report = road.import_rows(project)
        self._step("data", f"{report.rows} rows of {report.name}, read as {report.mapping.format}", rows=report.rows)
        model = self._model()
        self._step("model", f"Model {model}", path=str(model))
        run = self._train(project, model)
        export = self._follow(road.export(project, run))
        gguf = Path(str(export["gguf"]))
        self._step("gguf", f"GGUF {gguf}, {gguf.stat().st_size / 1e6:.0f} MB", path=str(gguf))
        self._answers("gguf", road.ask_file(gguf))
        self._ollama(project, run)
        self._end()

    def _model(self) -> Path:
        from services.catalogue import sample_model
        from services.cli.commands.model import DownloadBar, stream_event

        if self.as_json:
            return sample_model(stream_event)
        with DownloadBar() as bar:
            return sample_model(bar.event)

    def _train(self, project: Any, model: Path) -> Any:
        run = self.road.train(project, model, self.steps)
        self.facts.update(self._follow(run))
        events = run.events()
        self._answers("before", self.road.answers(events, "before"))
        self._answers("after", self.road.answers(events, "after"))
        plot = run.folder / "training_loss.png"
        self._step("train", f"Run {run.folder}\nLoss curve {plot}", run=str(run.folder), plot=str(plot))
        if not self.as_json:
            _show(self.said, ("before", "after"))
        return run

    def _ollama(self, project: Any, run: Any) -> None:
        url = self.road.ollama_url()
        if not url:
            self._step("ollama", "No Ollama answers here, so nothing is deployed.", deployed=False)
            return
        self._follow(self.road.deploy(project, run))
        self._step("ollama", f"Deployed to {url} as {self.road.OLLAMA_NAME}", deployed=True, url=url)
        self._answers("ollama", self.road.ask_ollama())

    def _follow(self, job: Any) -> dict[str, object]:
        from services.cli.follow import follow

        return follow(job, as_json=self.as_json).result

    def _answers(self, form: str, answers: list[str]) -> None:
        self.said[form] = answers
        if self.as_json:
            for question, answer in zip(sample.QUESTIONS, answers, strict=True):
                stream({"demo": "answer", "form": form, "question": question, "answer": answer})

    def _step(self, name: str, text: str, **facts: Any) -> None:
        if self.as_json:
            stream({"demo": name, **facts})
        else:
            click.echo(text)

    def _end(self) -> None:
        """Say the counts, and fail if the promise is broken. A shortened demo promises nothing."""
        counts = {form: sample.named(answers) for form, answers in self.said.items()}
        elapsed_s = round(time.monotonic() - self.begin, 1)
        if self.as_json:
            stream({"demo": "end", "named": counts, "of": len(sample.QUESTIONS), "elapsed_s": elapsed_s, **self.facts})
        else:
            _show(self.said, tuple(form for form in self.said if form not in ("before", "after")))
            text = ", ".join(f"{form} {count}" for form, count in counts.items())
            click.echo(f"Answers with the name {sample.NAME}, of {len(sample.QUESTIONS)}: {text}. {elapsed_s:.0f} s")
        for form, count in counts.items():
            if form != "before" and not self.steps and count < sample.NEEDED:
                raise DemoPromiseBroken(
                    N_("Only {named} of {asked} answers give the new name ({form}); the demo promises {needed}."),
                    way_out=N_("Run the demo again; if it stays so, report it with the run's folder."),
                    named=count,
                    asked=len(sample.QUESTIONS),
                    form=form,
                    needed=sample.NEEDED,
                )


def _show(said: dict[str, list[str]], forms: tuple[str, ...]) -> None:
    """Questions and answers as a table, the named forms side by side."""
    from rich.console import Console
    from rich.table import Table

    if not forms:
        return
    table = Table("question", *forms, title="The same five questions", show_lines=True)
    for n, question in enumerate(sample.QUESTIONS):
        table.add_row(question, *(said[form][n] for form in forms))
    Console(highlight=False, markup=False).print(table)
