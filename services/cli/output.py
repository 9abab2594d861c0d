"""How commands speak: a sentence for a person, or with --json one object (or a stream of lines) for a program."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Adds `--json`, passed as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one object, or a stream of lines, in JSON.")(
        command
    )


def project_argument(command: F) -> F:
    """Adds PROJECT, passed as `project`, a folder path (open it with Project.open)."""
    return click.argument("project", type=click.Path(path_type=Path))(command)


def say(data: Any, text: str, *, as_json: bool) -> None:
    """Print data as one JSON line, or text."""
    click.echo(to_json(data) if as_json else text)


def to_json(data: Any) -> str:
    """Compact JSON in one line, non-ASCII as it is."""
    return orjson.dumps(data, default=str, option=orjson.OPT_SERIALIZE_NUMPY).decode("utf-8")


def stream(data: Any) -> None:
    """Print one JSON line and flush, for line streams."""
    click.echo(to_json(data))
    sys.stdout.flush()
