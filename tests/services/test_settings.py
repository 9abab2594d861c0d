"""Settings: declared once, typed, kept as plain text."""

from pathlib import Path

import pytest

from services.settings import (
    GROUPS,
    Settings,
    SettingsError,
    declared,
    load_settings,
    problems,
    projects_dir,
    save_settings,
    settings_path,
)


def test_round_trip_writes_only_what_differs() -> None:
    settings = load_settings()
    settings.theme, settings.projects_dir, settings.reopen = "dark", "D:/项目 projects", False
    save_settings(settings)
    text = settings_path().read_text(encoding="utf-8")
    assert "language" not in text and "项目 projects" in text
    assert load_settings() == settings
    settings.theme = "system"
    save_settings(settings)
    assert "theme" not in settings_path().read_text(encoding="utf-8")


def test_comments_and_unknown_keys_stay() -> None:
    settings_path().write_text('# mine\nfrom_the_future = 3\ntheme = "dark"\n', encoding="utf-8")
    settings = load_settings()
    assert settings.extra == {"from_the_future": 3}
    settings.theme = "light"
    save_settings(settings)
    text = settings_path().read_text(encoding="utf-8")
    assert "# mine" in text and "from_the_future = 3" in text and 'theme = "light"' in text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('theme = "pink"', "theme"),
        ("theme = 3", "theme"),
        ('reopen = "yes"', "reopen"),
        ("not toml [", "cannot be read"),
    ],
)
def test_a_wrong_value_counts_as_its_default_and_is_named(text: str, named: str) -> None:
    settings_path().write_text(text, encoding="utf-8")
    assert load_settings() == Settings()
    assert len(problems()) == 1 and named in problems()[0]


def test_a_broken_file_can_be_written_over() -> None:
    settings_path().write_bytes(b"\xff\xfe not utf-8")
    settings = load_settings()
    settings.theme = "dark"
    save_settings(settings)
    assert load_settings().theme == "dark"


def test_a_file_that_cannot_be_written_is_one_sentence() -> None:
    settings_path().mkdir()
    settings = Settings(theme="dark")
    with pytest.raises(SettingsError) as caught:
        save_settings(settings)
    assert "could not be saved" in caught.value.sentence
    assert str(settings_path()) in caught.value.way_out


def test_every_setting_is_explained_and_its_default_allowed() -> None:
    for field in declared():
        assert field.metadata["group"] in GROUPS and field.metadata["title"] and field.metadata["help"]
        assert not field.metadata["choices"] or field.default in field.metadata["choices"]


def test_new_projects_go_where_one_says() -> None:
    assert projects_dir(Settings(projects_dir="~/models")) == Path.home() / "models"
    assert projects_dir(Settings()).name == "Tunesmith"
