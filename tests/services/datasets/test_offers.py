"""C08: a folder, its dataset_info.json and its sidecars."""

import json
import shutil
from pathlib import Path

import pytest

from services.datasets.errors import DatasetError
from services.datasets.import_offer import drawn, import_offer
from services.datasets.importing import import_file
from services.datasets.offers import Offers, read_offers
from services.datasets.registry_entry import mapping_of_entry
from services.datasets.registry_file import read_registry, register_file
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, values

FOLDER = DATA / "cases" / "C08.folder"


def said(offers: Offers, name: str) -> str:
    offer = next(offer for offer in offers.sets if offer.name == name)
    return " ".join(problem.sentence.format(**problem.values) for problem in offer.problems)


def test_c08_sets_are_offered_and_sidecars_are_not() -> None:
    found = read_offers(FOLDER)
    assert [offer.name for offer in found.sets] == [
        "numbers", "letters_missing_file", "hub_and_local", "pairs", "raw_folder", "wrong_column", "val",
    ]  # fmt: skip
    assert found.left == ["dataset_manifest.json", "filter_report.json", "README.md"]
    assert said(found, "letters_missing_file") == "letters.jsonl is not there."
    assert said(found, "wrong_column") == "train.jsonl has no column instruction; it has messages, extra."
    assert "nobody/does-not-exist" in said(found, "hub_and_local") and "nothing is fetched" in said(
        found, "hub_and_local"
    )
    assert not found.problems


@pytest.mark.parametrize(
    ("name", "rows", "format_id"),
    [("numbers", 5, "sharegpt"), ("pairs", 2, "preference"), ("raw_folder", 3, "text"), ("val", 3, "openai")],
)
def test_c08_each_set_opens(project: Project, name: str, rows: int, format_id: str) -> None:
    report = import_offer(project, read_offers(FOLDER).named(name))
    with DatasetStore.open(report.path) as store:
        assert (store.count(), store.mapping.format) == (rows, format_id)
        assert not [talk for _, talk in store.conversations() if type(talk).__name__ == "Problem"]


def test_c08_rows_are_drawn_with_a_seed(project: Project) -> None:
    offer = read_offers(FOLDER).named("numbers")
    one, again, other = (import_offer(project, offer, n, seed=s) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    sets = []
    for report in (one, again, other):
        with DatasetStore.open(report.path) as store:
            sets.append(values(store))
    assert sets[0] == sets[1] != sets[2]
    offer.sample = 30
    with DatasetStore.open(import_offer(project, offer, "d").path) as store:
        many = [json.dumps(row) for row in values(store)]
    assert len(many) == 30 and len(set(many[:12])) == 12 == len(set(many))


def test_drawing_takes_each_once_before_any_twice() -> None:
    assert sorted(drawn(5, 5, 0)) == [0, 1, 2, 3, 4]
    assert drawn(0, 5, 0) == []


def test_c08_a_broken_list_is_read_over_its_slips(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(FOLDER, folder)
    shutil.copyfile(DATA / "cases" / "C08.dataset_info_broken.json", folder / "dataset_info.json")
    found = read_offers(folder)
    slips = [problem.sentence.format(**problem.values) for problem in found.problems]
    assert slips == [
        "dataset_info.json, line 2: This is a comment; JSON has none.",
        "dataset_info.json, line 4: There is a comma too many before }.",
    ]
    assert found.named("numbers").usable
    assert {"prefs", "val"} <= {offer.name for offer in found.sets if offer.usable}


def test_c08_the_folder_itself_is_not_one_set(project: Project) -> None:
    with pytest.raises(DatasetError, match="lists several data sets"):
        import_file(project, FOLDER)
    assert import_file(project, FOLDER, options={"kind": "jsonl"}).rows == 15


def test_c08_the_list_itself_stands_for_its_folder(project: Project) -> None:
    with pytest.raises(DatasetError, match="lists several data sets"):
        import_file(project, FOLDER / "dataset_info.json")
    assert len(read_offers(FOLDER / "dataset_info.json").sets) == 7


def test_an_exported_set_is_registered_beside_the_others(tmp_path: Path, project: Project) -> None:
    shutil.copytree(FOLDER, tmp_path / "f")
    for name in ("pairs", "numbers", "raw_folder"):
        offer = read_offers(FOLDER).named(name)
        report = import_offer(project, offer)
        path = tmp_path / "f" / f"{name}-out.jsonl"
        assert register_file(path, f"my {name}", report.mapping, report.columns) == tmp_path / "f" / "dataset_info.json"
        entry = read_registry(tmp_path / "f" / "dataset_info.json").entries[f"my {name}"]
        assert entry["file_name"] == path.name
        assert mapping_of_entry(entry) == report.mapping
    assert len(read_registry(tmp_path / "f" / "dataset_info.json").entries) == 9
    assert register_file(tmp_path / "x.xlsx", "x", report.mapping, report.columns) is None


def test_parts_of_one_thing_are_offered_as_one(tmp_path: Path, project: Project) -> None:
    folder = tmp_path / "parts 部分"
    folder.mkdir()
    for number in (2, 1, 10):
        (folder / f"p{number}.jsonl").write_text(f'{{"q": "{number}", "a": "x"}}\n', encoding="utf-8")
    found = read_offers(folder)
    assert [(offer.name, offer.whole) for offer in found.sets][:2] == [("parts 部分", True), ("p1", False)]
    with DatasetStore.open(import_offer(project, found.sets[0]).path) as store:
        assert [row["q"] for row in values(store)] == ["1", "2", "10"]
    (folder / "other.jsonl").write_text('{"text": "x"}\n', encoding="utf-8")
    assert not any(offer.whole for offer in read_offers(folder).sets)
