"""The doctor: runs every check and says in sentences what it found. Slow (it starts the engine's interpreter): never
on the window's thread."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from services.hardware.checks import checks, warn
from services.hardware.checks._check import Machine, Outcome, State
from services.i18n import N_, tr

log = logging.getLogger("tunesmith.doctor")


@dataclass(frozen=True)
class Finding:
    """What one check found. title, sentence, way_out: N_-marked English, the latter two with {fields} of values.

    action: id of the window's command that mends it, "" if the program cannot.
    """

    id: str
    title: str
    state: State
    sentence: str
    way_out: str
    values: dict[str, Any]
    action: str = ""

    def plain(self) -> dict[str, str]:
        """All of it in English, for --json."""
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "sentence": self.sentence.format(**self.values),
            "way_out": self.way_out.format(**self.values),
        }

    def localized(self) -> tuple[str, str, str]:
        """Title, sentence and way out in the person's language."""
        return tr(self.title), tr(self.sentence, **self.values), tr(self.way_out, **self.values)


def examine(ids: Iterable[str] | None = None, machine: Machine | None = None) -> list[Finding]:
    """Run the checks (all, or those of ids) and return their findings in the checks' order."""
    found = {finding.id: finding for finding in examining(ids, machine)}
    return [found[check_id] for check_id in checks.ids() if check_id in found]


def examining(ids: Iterable[str] | None = None, machine: Machine | None = None) -> Iterator[Finding]:
    """The findings as they come, the quick ones first. KeyError for an id that is none."""
    wanted = checks.ids() if ids is None else list(ids)
    asked = machine or Machine()
    chosen = {check_id: checks.get(check_id) for check_id in wanted}
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="doctor") as pool:
        running = {pool.submit(check().run, asked): check_id for check_id, check in chosen.items()}
        for done in as_completed(running):
            check_id = running[done]
            error = done.exception()  # one broken check must not hide what the others found
            outcome = done.result() if error is None else _broken(check_id, error)
            yield Finding(
                check_id,
                chosen[check_id].title,
                outcome.state,
                outcome.sentence,
                outcome.way_out,
                outcome.values,
                outcome.action,
            )


def _broken(check_id: str, error: BaseException) -> Outcome:
    log.error("check %s", check_id, exc_info=error)
    return warn(
        N_("This could not be checked: {reason}"),
        N_("The log has the details."),
        action="help.logs",
        reason=f"{type(error).__name__}: {error}",
    )
