"""The list of models: downloaded and added ones, found by id or path, removed without harm."""

import json
from pathlib import Path

import pytest

from services.catalogue import ModelError, add_folder, local_models, remove_model, resolve_model
from services.cli.main import main
from services.paths import data_dir, models_dir
from tests.helpers.tiny_model import make_tiny_model


def test_downloaded_and_added(tmp_path: Path) -> None:
    make_tiny_model(models_dir() / "maker--tiny")
    (models_dir() / ".half.part").mkdir()
    make_tiny_model(tmp_path / "我的 models" / "one")
    make_tiny_model(tmp_path / "我的 models" / "two")
    assert [m.id for m in add_folder(tmp_path / "我的 models")] == ["one", "two"]
    assert [(m.id, m.downloaded) for m in local_models()] == [("maker/tiny", True), ("one", False), ("two", False)]
    assert resolve_model("maker/tiny") == models_dir() / "maker--tiny"
    assert resolve_model("two") == (tmp_path / "我的 models" / "two").resolve()
    assert resolve_model(str(tmp_path / "我的 models" / "one")) == (tmp_path / "我的 models" / "one").resolve()


def test_two_folders_of_one_name(tmp_path: Path) -> None:
    for parent in ("a", "b"):
        add_folder(make_tiny_model(tmp_path / parent / "tiny"))
    assert [m.id for m in local_models()] == ["tiny", "tiny-2"]
    assert resolve_model("tiny-2") == tmp_path / "b" / "tiny"


def test_adding_twice_lists_once(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "tiny")
    add_folder(folder)
    add_folder(folder)
    assert len(local_models()) == 1


def test_an_unplugged_drive_stays_listed(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "tiny")
    add_folder(folder)
    folder.rename(tmp_path / "away")
    (entry,) = local_models()
    assert [p.code for p in entry.problems] == ["missing"]
    with pytest.raises(ModelError, match="is gone"):
        resolve_model("tiny")
    remove_model("tiny")
    assert local_models() == []


def test_removing(tmp_path: Path) -> None:
    downloaded = make_tiny_model(models_dir() / "mine")
    added = make_tiny_model(tmp_path / "theirs")
    add_folder(added)
    remove_model("mine")
    remove_model("theirs")
    assert local_models() == [] and not downloaded.exists()
    assert (added / "model.safetensors").is_file()  # a person's own files are never deleted


def test_a_path_that_was_never_added_is_not_deleted(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "theirs")
    with pytest.raises(ModelError, match="not in the list"):
        remove_model(str(folder))
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nobody/nothing", "is not on this machine"),
        ("sample", "model download sample"),
        ("/no/such/folder", "no folder"),
    ],
)
def test_no_such_model(text: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        resolve_model(text)


def test_a_broken_list_is_named() -> None:
    (data_dir() / "models.toml").write_text("folders = [", encoding="utf-8")
    with pytest.raises(ModelError, match=r"models\.toml cannot be read"):
        local_models()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_tiny_model(tmp_path / "tiny", add_tokens=("<|tool|>",))
    assert main(["model", "add", str(folder)]) == 0
    capsys.readouterr()
    assert main(["model", "list", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["id"], entry["usable"]) == ("tiny", True)
    assert entry["problems"][0]["sentence"] == "Tokens without a row in the model: 1 (<|tool|>)"
    assert main(["model", "list"]) == 0
    assert "resize_vocab" in capsys.readouterr().out
    assert main(["model", "remove", "nobody"]) == 1
    assert capsys.readouterr().err == (
        "The model nobody is not on this machine. "
        "Download it on the Models page, or with `tunesmith model download nobody`.\n"
    )
    assert main(["model", "remove", "tiny"]) == 0
    assert "untouched" in capsys.readouterr().out
