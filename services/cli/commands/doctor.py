"""tunesmith doctor"""

import click

from services.cli.commands import commands
from services.cli.output import json_option, say

_MARKS = {"ok": "ok  ", "warn": "note", "bad": "BAD "}


@commands.add("doctor")
@click.command("doctor", help="Look this PC over: Python, libraries, card, memory, disk, Ollama ...")
@click.argument("checks", nargs=-1)
@json_option
def doctor(checks: tuple[str, ...], as_json: bool) -> None:
    """Run all checks, or those named; exit 1 if one of them is bad."""
    from services.hardware.checks import checks as known
    from services.hardware.doctor import examine

    for name in checks:
        if name not in known:
            raise click.UsageError(f"no check {name!r}; known: {', '.join(known.ids())}")
    findings = [finding.plain() for finding in examine(checks or None)]
    bad = any(finding["state"] == "bad" for finding in findings)
    lines = [
        f"{_MARKS[f['state']]}  {f['title']}: {f['sentence']}" + (f" {f['way_out']}" if f["way_out"] else "")
        for f in findings
    ]
    say({"ok": not bad, "checks": findings}, "\n".join(lines), as_json=as_json)
    if bad:
        raise click.exceptions.Exit(1)
