"""tunesmith data lint PROJECT NAME"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at
from services.cli.output import json_option, project_argument, say, stream

if TYPE_CHECKING:
    from services.datasets.findings import Choices, Findings
    from services.datasets.store import DatasetStore

_SHOWN = 20  # findings of a kind that are printed one by one
_TELL_EVERY = 20_000  # rows


@data.command("lint", help="Check a data set: what cannot be trained, and what should be looked at.")
@project_argument
@name_argument
@click.option("--check", "only", multiple=True, metavar="CHECK", help="Show the findings of this check only.")
@click.option(
    "--fix", "fix_ids", multiple=True, metavar="CHECK", help="Apply the fixes of this check (one edit; undo works)."
)
@click.option("--ignore", multiple=True, metavar="CHECK[:ROW]", help="Ignore a check, or its finding in that row.")
@click.option("--take-back", multiple=True, metavar="CHECK[:ROW]", help="Do not ignore it any longer.")
@click.option("--set", "changes", multiple=True, metavar="CHECK.SETTING=VALUE", help="A setting; CHECK.on=no: off.")
@click.option("--settings", "show_settings", is_flag=True, help="List checks and their settings instead.")
@json_option
def lint(
    project: Path,
    name: str,
    only: tuple[str, ...],
    fix_ids: tuple[str, ...],
    ignore: tuple[str, ...],
    take_back: tuple[str, ...],
    changes: tuple[str, ...],
    show_settings: bool,
    as_json: bool,
) -> None:
    """Print findings; with --json a line stream that ends with the counts."""
    from services.datasets.findings import Choices, Findings, Told, refresh

    with open_store(project, name, write=bool(fix_ids)) as store:
        choices = Choices.of(store.path)
        _change(choices, changes)
        if show_settings:
            _show_settings(choices, as_json=as_json)
            return
        refresh(store.path, Told(progress=_tell))
        with Findings.open(store.path) as findings:
            _ignore(findings, store, ignore, take_back)
            fixed = _fix(findings, store, fix_ids) if fix_ids else 0
            counts = _show(findings, store, only, as_json=as_json)
            rows, ignored = store.count(), sum(group.ignored for group in findings.groups(ignored=True))
            ready = rows - findings.blocked_rows()
        if fixed:
            refresh(store.path)  # so that the window, or the next look, finds it done
    facts = {"rows": rows, "trainable": ready, "counts": counts, "fixed": fixed, "ignored": ignored}
    kinds = ", ".join(f"{check} {count:,}" for check, count in sorted(counts.items())) or "nothing found"
    more = f"; {ignored:,} ignored" if ignored else ""
    more += f"; {fixed:,} fixed" if fixed else ""
    say(facts, f"{ready:,} of {rows:,} rows can be trained; {kinds}{more}", as_json=as_json)


def _tell(done: int, of: int) -> None:
    if of >= _TELL_EVERY and done % _TELL_EVERY == 0:
        click.echo(f"{done:,} of {of:,} rows looked at", err=True)


def _show(findings: "Findings", store: "DatasetStore", only: tuple[str, ...], *, as_json: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group in findings.groups():
        if only and group.check not in only:
            continue
        counts[group.check] = group.count
        for kept in findings.of(group.check, 0, 1 << 60 if as_json else _SHOWN):
            numbers = _numbers(store, kept.row_id, kept.problem.other)
            problem = kept.problem
            if as_json:
                stream(
                    {"check": kept.check, "row": numbers[0], "id": kept.row_id, "column": problem.column,
                     "text": kept.say(numbers[1] or 0), "blocks": problem.blocks, "sure": problem.sure,
                     "other": numbers[1], "mends": kept.mends}
                )  # fmt: skip
            else:
                place = f"row {numbers[0]}" if numbers[0] else store.path.stem
                click.echo(f"{place}: {kept.say(numbers[1] or 0)} [{kept.check}]")
        if not as_json and group.count > _SHOWN:
            click.echo(f"... and {group.count - _SHOWN:,} more [{group.check}]")
    return counts


def _numbers(store: "DatasetStore", *ids: int | None) -> list[int | None]:
    """Numbers of rows from 1; None for one that is not there."""
    places = store.positions([row or 0 for row in ids])
    return [place + 1 if place >= 0 else None for place in places]


def _fix(findings: "Findings", store: "DatasetStore", fix_ids: tuple[str, ...]) -> int:
    from services.datasets.lint import apply_fixes

    return apply_fixes(store, (fixed for check in fix_ids for fixed in findings.fixes(check, store)))


def _ignore(findings: "Findings", store: "DatasetStore", ignore: tuple[str, ...], take_back: tuple[str, ...]) -> None:
    for place in ignore:
        check, _, row = place.partition(":")
        findings.ignore(
            check, [k.mark for k in findings.of_row(_row_id(store, row)) if k.check == check] if row else None
        )
    for place in take_back:
        check, _, row = place.partition(":")
        marks = None
        if row:
            row_id = _row_id(store, row)
            marks = [k.mark for k in findings.of(check, ignored=True) if k.row_id == row_id]
        findings.take_back(check, marks)


def _row_id(store: "DatasetStore", number: str) -> int:
    if not number.isdecimal():
        raise click.UsageError(f"{number} is no row number.")
    return row_id_at(store, int(number))


def _change(choices: "Choices", changes: tuple[str, ...]) -> None:
    for change in changes:
        place, equals, value = change.partition("=")
        check, dot, option = place.partition(".")
        if not equals or not dot:
            raise click.UsageError(f"{change} is not CHECK.SETTING=VALUE.")
        if option == "on":
            if value.casefold() not in ("true", "false", "yes", "no", "on", "off"):
                raise click.UsageError(f"{change}: say yes or no.")
            choices.turn(check, value.casefold() in ("true", "yes", "on"))
        else:
            choices.set(check, option, value)
    if changes:
        choices.save()


def _show_settings(choices: "Choices", *, as_json: bool) -> None:
    from services.datasets.lint import checks

    listed: list[dict[str, Any]] = []
    lines = []
    for check in checks:
        values = {option.id: choices.value(check.id, option.id) for option in check.options}
        on = choices.is_on(check.id)
        listed.append({"check": check.id, "title": check.title, "help": check.help, "on": on, "settings": values,
                       "ignored": check.id in choices.ignored_checks})  # fmt: skip
        lines.append(f"{check.id}  {'on' if on else 'off'}  {check.title}")
        lines += [f"    {check.id}.{o.id} = {values[o.id]}  {o.title}" for o in check.options]
    say({"checks": listed}, "\n".join(lines), as_json=as_json)
