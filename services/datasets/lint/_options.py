"""Settings of checks, declared once in the check's file: the form, `--settings` and the kept file follow from them."""

from dataclasses import dataclass
from typing import Any

from services.datasets.errors import DatasetError
from services.i18n import N_


@dataclass(frozen=True)
class Option:
    """A setting. default: its value, whose type says what it is: bool a switch, int a number between least and most,
    str words separated by commas. title, help: N_-marked."""

    id: str
    title: str
    help: str
    default: bool | int | str
    least: int = 0
    most: int = 1_000_000

    def checked(self, value: Any) -> bool | int | str:
        """The value as this setting takes it, also from text. DatasetError if it does not."""
        if isinstance(value, str) and not isinstance(self.default, str):
            words = value.strip().casefold()
            if isinstance(self.default, bool) and words in ("true", "false", "on", "off", "yes", "no"):
                return words in ("true", "on", "yes")
            if not isinstance(self.default, bool) and words.lstrip("-").isdecimal() and len(words) < 12:
                value = int(words)
        if type(value) is not type(self.default):
            raise DatasetError(
                N_("{value} is no value for the setting {name} of a check."),
                way_out=N_("Its usual value is {usual}."),
                value=value,
                name=self.id,
                usual=self.default,
            )
        if isinstance(value, int) and not isinstance(value, bool) and not self.least <= value <= self.most:
            raise DatasetError(
                N_("{name} goes from {least} to {most}, not {value}."),
                way_out=N_("Its usual value is {usual}."),
                name=self.id,
                least=self.least,
                most=self.most,
                value=value,
                usual=self.default,
            )
        return value


def words_of(text: str) -> list[str]:
    """The words of a setting that is a list: separated by commas, Chinese ones too."""
    return [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip()]
