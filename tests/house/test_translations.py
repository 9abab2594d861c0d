"""Every sentence has its Chinese, no two areas disagree, and the compiled file is current."""

import functools

from installers import translations

MEND = "run `python3 installers/dev.py translations`"


@functools.cache
def merged() -> tuple[object, translations.Report]:
    return translations.merged()


def test_everything_said_has_its_chinese() -> None:
    _, report = merged()
    assert [f"{places[0]}: {key!r}" for key, places in report.missing.items()] == []


def test_no_two_areas_disagree() -> None:
    _, report = merged()
    assert report.doubled == {}


def test_fields_are_the_same_on_both_sides() -> None:
    _, report = merged()
    assert report.broken == {}


def test_the_compiled_file_is_current() -> None:
    catalogue, _ = merged()
    current = (translations.FOLDER / "zh.mo").read_bytes() == translations.compiled(catalogue)
    assert current, MEND  # not compared in the assert: the difference of two binary files fills the log
