"""What a person chose about the checks of a data set: which run, their settings, and what is to be ignored.

Kept beside the data set as `NAME.sqlite.checks.json`, plain text: it goes with the project, and stays when the cache of
findings is deleted.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services import files
from services.datasets.errors import DatasetError
from services.datasets.lint import Option, checks
from services.i18n import N_


@dataclass
class Choices:
    """settings: check id -> {"on": bool, option id: value}, only what differs from the usual. ignored: check id ->
    {mark of a finding: its sentence as it was}. ignored_checks: ids of checks that are ignored as a whole."""

    path: Path
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    ignored: dict[str, dict[str, str]] = field(default_factory=dict)
    ignored_checks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, dataset: Path) -> "Choices":
        """Those of the data set at this path; the usual ones where nothing was chosen. Values that a check does not
        take count as not chosen. DatasetError if the file cannot be read."""
        path = choices_path(dataset)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError) as error:
            raise DatasetError(
                N_("The choices about checks in {path} cannot be read: {reason}"),
                way_out=N_("Mend the file, or delete it to have the usual checks."),
                path=str(path),
                reason=str(error),
            ) from error
        data = data if isinstance(data, dict) else {}
        ignored = {
            str(check): {str(mark): str(words) for mark, words in marks.items()}
            for check, marks in _dict(data.get("ignored")).items()
            if isinstance(marks, dict)
        }
        whole = data.get("ignored_checks")
        return cls(path, _settings(_dict(data.get("settings"))), ignored,
                   [str(check) for check in whole] if isinstance(whole, list) else [])  # fmt: skip

    def is_on(self, check_id: str) -> bool:
        """Whether a check runs."""
        return bool(self.settings.get(check_id, {}).get("on", checks.get(check_id).on))

    def turn(self, check_id: str, on: bool) -> None:
        """Have a check run or not. DatasetError if there is none of that id."""
        self._put(check_id, "on", on, known_check(check_id).on)

    def value(self, check_id: str, option_id: str) -> Any:
        """The value of a check's setting."""
        return self.settings.get(check_id, {}).get(option_id, option_of(check_id, option_id).default)

    def set(self, check_id: str, option_id: str, value: Any) -> None:
        """Give a setting a value, also as text. DatasetError if it does not take it."""
        option = option_of(check_id, option_id)
        self._put(check_id, option_id, option.checked(value), option.default)

    def ignore(self, check_id: str, marks: dict[str, str]) -> None:
        """Ignore findings: mark -> sentence."""
        self.ignored.setdefault(check_id, {}).update(marks)

    def ignore_check(self, check_id: str) -> None:
        """Ignore all findings of a check, also those to come."""
        if check_id not in self.ignored_checks:
            self.ignored_checks.append(check_id)

    def take_back(self, check_id: str, marks: list[str] | None = None) -> None:
        """Ignore these findings no longer; None: all of the check, and the check itself."""
        if marks is None:
            self.ignored.pop(check_id, None)
            self.ignored_checks = [check for check in self.ignored_checks if check != check_id]
            return
        for mark in marks:
            self.ignored.get(check_id, {}).pop(mark, None)
        if not self.ignored.get(check_id, {}):
            self.ignored.pop(check_id, None)

    def save(self) -> None:
        """Write them down. DatasetError if that fails."""
        data = {"settings": self.settings, "ignored": self.ignored, "ignored_checks": self.ignored_checks}
        try:
            files.write_text(self.path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            raise DatasetError(
                N_("The choices about checks cannot be kept in {path}: {reason}"),
                way_out=N_("Check that the drive is there, has room, and that you may write to the folder."),
                path=str(self.path),
                reason=error.strerror or str(error),
            ) from error

    def _put(self, check_id: str, name: str, value: Any, usual: Any) -> None:
        chosen = self.settings.setdefault(check_id, {})
        chosen[name] = value
        if value == usual:
            del chosen[name]
        if not chosen:
            del self.settings[check_id]


def choices_path(dataset: Path) -> Path:
    """The file of a data set's choices."""
    return dataset.with_name(f"{dataset.name}.checks.json")


def known_check(check_id: str) -> Any:
    """The check of that id. DatasetError that names the known ones if there is none."""
    if check_id not in checks:
        raise DatasetError(
            N_("There is no check {name}."), way_out=N_("There are: {names}."), name=check_id,
            names=", ".join(checks.ids()),
        )  # fmt: skip
    return checks.get(check_id)


def option_of(check_id: str, option_id: str) -> Option:
    """A setting of a check. DatasetError if it has none of that id."""
    options: tuple[Option, ...] = known_check(check_id).options
    for option in options:
        if option.id == option_id:
            return option
    raise DatasetError(
        N_("The check {check} has no setting {name}."), way_out=N_("It has: {names}."), check=check_id, name=option_id,
        names=", ".join(["on", *(option.id for option in options)]),
    )  # fmt: skip


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _settings(data: dict[Any, Any]) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for check_id, chosen in data.items():
        for name, value in _dict(chosen).items():
            try:
                good = isinstance(value, bool) if name == "on" else option_of(check_id, name).checked(value) == value
            except DatasetError:
                good = False
            if good:
                kept.setdefault(str(check_id), {})[str(name)] = value
    return kept
