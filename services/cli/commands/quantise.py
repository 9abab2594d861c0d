"""tunesmith quantise IN.gguf OUT.gguf --quant q4_k_m"""

import time
from pathlib import Path

import click

from services.cli.commands import commands
from services.cli.output import json_option, say


@commands.add("quantise")
@click.command("quantise", help="Quantise a GGUF file as llama.cpp does, byte for byte.")
@click.argument("source", metavar="IN.gguf", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT.gguf", type=click.Path(path_type=Path))
@click.option("--quant", default="q4_k_m", show_default=True, help="f16, q8_0, q6_k, q5_k_m, q4_k_m, ...")
@click.option("--force", is_flag=True, help="Replace OUT.gguf if it exists.")
@json_option
def quantise(source: Path, target: Path, quant: str, force: bool, as_json: bool) -> None:
    """Quantise a GGUF file."""
    from rich.console import Console
    from rich.progress import Progress

    from services.export.quantise import quantise_file

    if target.exists() and not force:
        raise click.UsageError(f"{target} exists already; --force replaces it.")
    begin = time.monotonic()
    console = Console(stderr=True)
    with Progress(console=console, disable=as_json or not console.is_terminal, transient=True) as bar:
        task = bar.add_task(quant, total=None)
        made = quantise_file(source, target, quant, lambda done, total: bar.update(task, completed=done, total=total))
    data = {
        "file": str(made.path),
        "quant": made.quant,
        "bytes": made.bytes,
        "sha256": made.sha256,
        "types": made.types,
        "elapsed_s": round(time.monotonic() - begin, 2),
    }
    say(data, f"{made.path}: {made.bytes / 1e6:.1f} MB in {data['elapsed_s']} s", as_json=as_json)
