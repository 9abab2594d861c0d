"""Entry point of `tunesmith`. Without a command it opens the window."""

import logging
import sys

import click

from services import __version__
from services.errors import TunesmithError, our_fault


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
    except Exception:
        logging.getLogger("tunesmith").exception("command failed: %s", args)
        click.echo(str(our_fault()), err=True)
        return 1
    return code if isinstance(code, int) else 0  # click hands on the code of an Exit; commands return nothing


def _window() -> int:
    import importlib

    return int(importlib.import_module("desktop.app").main())  # by name: services never import the desktop


def _utf8_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    raise SystemExit(main())
