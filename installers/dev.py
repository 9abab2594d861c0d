"""The two commands for people who build Tunesmith, and a few more. Needs Python 3.11 and nothing else.

    python3 installers/dev.py demo       set up, then the whole road on the sample
    python3 installers/dev.py test       set up, then every check and test

Standard library only: this file runs before anything is installed.
"""

import argparse
import platform
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (said before anything newer than that is imported)
    sys.exit(
        f"Tunesmith needs Python 3.11 or newer; this is {platform.python_version()}. Try: python3.11 {sys.argv[0]}"
    )

import environment
import lock
from steps import ROOT, SetupError, say, shown


def main() -> int:
    """Run one sub-command. Exit code 0, or 1 with one sentence."""
    parser = argparse.ArgumentParser(prog="dev.py", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in _COMMANDS.items():
        command = commands.add_parser(name, help=text, add_help=name not in _PASS_ON)
        if name == "lock":
            command.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
        if name == "lint":
            command.add_argument("--fix", action="store_true", help="mend what ruff can mend")
        if name == "bench":
            command.add_argument("name", nargs="+", help="files of tests/benchmarks, or all")
    options, rest = parser.parse_known_args()
    options.rest = rest
    if rest and options.command not in _PASS_ON:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    try:
        environment.set_up()
        return _COMMANDS[options.command][0](options)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1


def setup(options: argparse.Namespace) -> int:
    """Nothing beyond what every command does first."""
    say(f"Ready: {environment.python()}")
    return 0


def demo(options: argparse.Namespace) -> int:
    """`tunesmith demo`, with the arguments passed on."""
    return shown([environment.python(), "-m", "services.cli.main", "demo", *options.rest])


def app(options: argparse.Namespace) -> int:
    """The window, with the arguments passed on."""
    return shown([environment.python(), "-m", "desktop.app", *options.rest])


def lint(options: argparse.Namespace) -> int:
    """Style, types and import contracts; all of them, even if the first one fails."""
    fix = getattr(options, "fix", False)
    tool = environment.tool
    checks = {
        "ruff check": [tool("ruff"), "check", *(["--fix"] if fix else []), "."],
        "ruff format": [tool("ruff"), "format", *([] if fix else ["--check"]), "."],
        "mypy": [tool("mypy")],
        "import contracts": [tool("lint-imports"), "--no-cache"],
    }
    failed = []
    for title, command in checks.items():
        say(f"== {title}")
        if shown(command):
            failed.append(title)
    if failed:
        say(f"Not clean: {', '.join(failed)}")
    return 1 if failed else 0


def test(options: argparse.Namespace) -> int:
    """Every check, then every test; pytest has the last word. `--long` adds the slow ones, the rest goes to pytest."""
    arguments = list(options.rest)
    if "--long" in arguments:
        arguments[arguments.index("--long") : arguments.index("--long") + 1] = ["-m", ""]
    checks = lint(options)
    say("== pytest")
    workers = ["-n", "2", "--dist", "loadfile"]
    command = [environment.python(), "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *workers, *arguments]
    tests = shown(command, QT_QPA_PLATFORM="offscreen", OMP_NUM_THREADS="1")
    return checks or tests


def translations(options: argparse.Namespace) -> int:
    """Compile the Chinese catalogues; say what lacks a translation."""
    return shown([environment.python(), ROOT / "installers" / "translations.py", *options.rest])


def bench(options: argparse.Namespace) -> int:
    """Benchmarks, each as one line of JSON with both sides."""
    return shown([environment.python(), "-m", "tests.benchmarks", *options.name])


_COMMANDS = {
    "setup": (setup, "make .venv with everything in it"),
    "demo": (demo, "the whole road on the sample: train, export, ask (arguments go to `tunesmith demo`)"),
    "test": (test, "every check and test (--long: the slow ones too; other arguments go to pytest)"),
    "app": (app, "open the window"),
    "lint": (lint, "style, types and import contracts"),
    "lock": (lock.make, "write installers/locks anew from pyproject.toml"),
    "translations": (translations, "compile resources/translations"),
    "bench": (bench, "run benchmarks (NAME... or all)"),
}
_PASS_ON = ("demo", "test", "app", "translations")

if __name__ == "__main__":
    raise SystemExit(main())
