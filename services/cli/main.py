"""Entry point of `tunesmith`. Without a command it opens the window."""

import sys
import traceback
from datetime import datetime
from pathlib import Path

import click

from services import __version__
from services.errors import TunesmithError, our_fault
from services.paths import logs_dir

_DRIVE = "Check that the drive is there, has room, and that you may write to the folder."


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 1 with one sentence on stderr, 2 for wrong usage."""
    _utf8_streams()
    args = sys.argv[1:] if argv is None else argv
    if not args:
        return _window()
    from services.cli.commands import commands

    group = click.Group("tunesmith", commands={name: commands.get(name) for name in commands.ids()})
    group = click.version_option(__version__, prog_name="tunesmith")(group)
    try:
        code = group.main(args, prog_name="tunesmith", standalone_mode=False)
    except TunesmithError as error:
        click.echo(str(error), err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except BrokenPipeError:  # `| head` closed our output
        sys.stderr.close()
        return 1
    except OSError as error:  # a folder that is not there or not ours to write, a full drive: the world's, not ours
        _log_failure(args)
        click.echo(f"{error.filename or 'The system'}: {error.strerror or error}. {_DRIVE}", err=True)
        return 1
    except Exception:  # noqa: BLE001 (a fault of ours: the person gets one honest sentence, the log the rest)
        place = _log_failure(args)
        click.echo(f"{our_fault()}{f' ({place})' if place else ''}", err=True)
        return 1
    return code if isinstance(code, int) else 0  # click hands on the code of an Exit; commands return nothing


def _log_failure(args: list[str]) -> Path | None:
    """Keep the traceback at hand; stderr is for the sentence. None where no log can be written."""
    try:
        path = logs_dir() / "commands.log"
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} tunesmith {args}\n{traceback.format_exc()}\n")
    except OSError:
        return None
    return path


def _window() -> int:
    import importlib

    return int(importlib.import_module("desktop.app").main())  # by name: services never import the desktop


def _utf8_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    raise SystemExit(main())
