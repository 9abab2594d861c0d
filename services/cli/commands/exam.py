"""tunesmith exam PROJECT RUN|MODEL --task mmlu --data DIR --shots 5"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument
from services.projects.project import Project

if TYPE_CHECKING:
    from services.jobs.job import Job


@commands.add("exam")
@click.command("exam", help="Let a run or a model sit a multiple-choice exam (MMLU, CMMLU, C-Eval or your own).")
@project_argument
@click.argument("asked", metavar="RUN|MODEL")
@click.option("--task", required=True, help="mmlu, cmmlu, ceval, own or own_zh; a split may follow: ceval_val.")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The exam's folder, or one CSV file.")
@click.option("--shots", type=click.IntRange(0, 100), default=5, show_default=True, help="Worked examples, of dev.")
@click.option("--split", default="", help="dev, val or test; the exam's usual one if left out.")
@click.option("--chat", is_flag=True, help="Ask by the model's chat template; plain text if left out.")
@click.option("--batch-size", type=click.IntRange(1, 65536), default=8, show_default=True, help="Questions at a time.")
@click.option("--shuffle-seed", type=int, help="Put the choices of each question into another order.")
@click.option("--show", type=click.IntRange(0), default=0, help="Print so many questions: prompt, ids and scores.")
@click.option("--name", default="", help="Your own word for the job.")
@click.option("--detach", is_flag=True, help="Queue it and return at once.")
@json_option
def exam(
    project: Path,
    asked: str,
    task: str,
    data: Path,
    shots: int,
    split: str,
    chat: bool,
    batch_size: int,
    shuffle_seed: int | None,
    show: int,
    name: str,
    detach: bool,
    as_json: bool,
) -> None:
    """Submit an exam and follow its journal."""
    from services.cli.follow import follow
    from services.cli.output import say
    from services.jobs.kinds.exam import ExamRequest
    from services.jobs.queue import submit

    opened = Project.open(project)
    folder = Path(asked).expanduser()
    named = folder.is_dir() and len(folder.parts) > 1  # a bare word is an id, whatever lies here under that name
    request = ExamRequest(
        name=name,
        asked=opened.relative(folder) if named else asked,
        task=task,
        data=opened.relative(data.expanduser()),
        n_shot=shots,
        split=split,
        chat=chat,
        batch_size=batch_size,
        shuffle_seed=shuffle_seed,
    )
    job = submit(opened, request)
    if detach:
        say({"job": job.id, "folder": str(job.folder)}, f"Queued job {job.id}: {job.folder}", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json:
        click.echo(_table(summary.result))
        _show(job, show)
        click.echo(f"Job {summary.id} {summary.state.value}: {job.folder / 'exam_results.json'}")


def _table(result: dict[str, Any]) -> str:
    """Subjects, groups and both means, a line each."""
    parts: dict[str, Any] = {**result.get("subjects", {}), **result.get("groups", {})}
    lines = [
        f"{part['accuracy']:6.2f} %  {part['right']:5} of {part['questions']:<5}  {n}" for n, part in parts.items()
    ]
    whole = f"{result.get('right', 0):5} of {result.get('questions', 0):<5}"
    lines.append(f"{result.get('accuracy_over_questions', 0.0):6.2f} %  {whole}  over all questions")
    lines.append(f"{result.get('mean_of_subjects', 0.0):6.2f} %  {'':14}  mean of the subjects")
    return "\n".join(lines)


def _show(job: "Job", count: int) -> None:
    import json
    from itertools import islice

    with (job.folder / "exam_answers.jsonl").open(encoding="utf-8") as file:
        for line in islice(file, count):
            found = json.loads(line)
            scores = "  ".join(f"{L} [{found['ids'][L]}] {found['scores'][L]:.3f}" for L in found["ids"])
            click.echo(f"{'-' * 60}\n{found['prompt']}\n\n{scores}\npicked {found['picked']}, right {found['answer']}")
