"""tunesmith data from-documents PROJECT FILE..."""

from pathlib import Path
from typing import Any

import click

from services.cli.commands.data import data
from services.cli.output import json_option, project_argument, say


@data.command(
    "from-documents", help="Have a model write questions and answers about PDF, Word, HTML, Markdown or text."
)
@project_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default="", metavar="RUN|MODEL|URL#NAME", help="Who is asked.")
@click.option("--name", default="", help="Data set that the rows go to; the first file's name if left out.")
@click.option("--per-chunk", default=3, show_default=True, type=click.IntRange(1, 50), help="Questions a chunk.")
@click.option("--chunk-tokens", default=400, show_default=True, type=click.IntRange(50, 8000), help="Size of a chunk.")
@click.option("--overlap-tokens", default=0, show_default=True, type=click.IntRange(0, 4000))
@click.option("--leave-out", multiple=True, type=int, metavar="NUMBER", help="A chunk that is not asked about.")
@click.option("--prompt", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Prompt in a file: "
              "{text}, {count}, {source}.")  # fmt: skip
@click.option("--temperature", default=0.7, show_default=True, type=click.FloatRange(0, 2))
@click.option("--max-tokens", default=2048, show_default=True, type=click.IntRange(min=16))
@click.option("--seed", type=int)
@click.option("--keep-chunk", is_flag=True, help="Keep the chunk in a column.")
@click.option("--show-chunks", is_flag=True, help="Only show the chunks; nobody is asked.")
@click.option("--detach", is_flag=True, help="Queue it and return at once.")
@json_option
def from_documents(
    project: Path, files: tuple[Path, ...], model: str, name: str, prompt: Path | None, show_chunks: bool,
    leave_out: tuple[int, ...], chunk_tokens: int, overlap_tokens: int, detach: bool, as_json: bool,
    **settings: Any,
) -> None:  # fmt: skip
    """Submit the job and follow its journal."""
    from services.cli.follow import follow
    from services.datasets.importing import free_name
    from services.jobs.kinds.documents import DocumentsRequest
    from services.jobs.queue import submit
    from services.projects.project import Project

    opened = Project.open(project)
    if show_chunks:
        _show(files, chunk_tokens, overlap_tokens, as_json)
        return
    if not model:
        raise click.UsageError("--model says who is asked: a run, a model of this PC, or URL#NAME")
    request = DocumentsRequest(
        name=name or files[0].stem,
        files=[opened.relative(file.expanduser().resolve()) for file in files],
        dataset=name or free_name(opened, files[0]),
        model=model,
        prompt=prompt.read_text(encoding="utf-8") if prompt else "",
        left_out=list(leave_out),
        chunk_tokens=chunk_tokens,
        overlap_tokens=overlap_tokens,
        **settings,
    )
    job = submit(opened, request)
    if detach:
        say(
            {"job": job.id, "dataset": request.dataset}, f"Job {job.id} asks about {len(files)} files.", as_json=as_json
        )
        return
    result: dict[str, Any] = follow(job, as_json=as_json).result
    if not as_json:
        dropped = int(result.get("repeated", 0)) + int(result.get("near", 0))
        click.echo(
            f"{result.get('rows', 0)} rows of {result.get('chunks', 0)} chunks in {request.dataset}; "
            f"{dropped} repeated questions dropped, {result.get('unread', 0)} pieces not understood"
        )


def _show(files: tuple[Path, ...], size: int, overlap: int, as_json: bool) -> None:
    from services.documents.chunks import cut
    from services.documents.document import DocumentError
    from services.documents.readers import read_document

    documents, left = [], []
    for file in files:
        try:
            documents.append(read_document(file))
        except DocumentError as error:
            if len(files) == 1:
                raise
            left.append(str(error))
    chunks = cut(documents, size, overlap)
    found = [{"number": c.number, "source": c.source, "tokens": c.tokens, "text": c.text} for c in chunks]
    lines = [f"{c.number:>4}  {c.tokens:>5}  {c.source}: {' '.join(c.text.split())[:60]}" for c in chunks]
    say({"chunks": found, "left_out": left}, "\n".join([*left, *lines]), as_json=as_json)
