"""Hostile lists of data sets."""

from pathlib import Path

import pytest

from services.datasets.errors import DatasetError
from services.datasets.offers import read_offers
from services.datasets.registry_file import read_registry

ROW = '{"instruction": "q", "output": "a"}\n'

UNREADABLE = {
    "empty": ("", "line 1, column 1: this is not JSON"),
    "cut off": ('{"a": {"file_name": "a.jsonl"', "line 1"),
    "a list": ("[1, 2]", "is no list of data sets"),
    "a text": ('"a"', "is no list of data sets"),
    "nested a thousand deep": ('{"a":' * 2000 + "1" + "}" * 2000, "nested too deeply"),
    "single quotes": ("{\n'a': {}}", "line 2, column 1"),
    "two objects": ("{}\n{}", "line 2"),
    "no comma": ('{"a": {}\n"b": {}}', "line 2"),
}
ENTRIES = {
    "an entry that is a text": ('"a.jsonl"', "The entry x is no object."),
    "no file": ("{}", "The entry x names no file."),
    "a file that is a number": ('{"file_name": 7}', "The entry x names no file."),
    "a missing file": ('{"file_name": "no.jsonl"}', "no.jsonl is not there."),
    "a file outside": ('{"file_name": "../other.jsonl"}', "lies outside of the folder"),
    "an absolute file": ('{"file_name": "/etc/hostname"}', "lies outside of the folder"),
    "a script": ('{"script_url": "x.py", "file_name": "a.jsonl"}', "is made by a script, which is not run"),
    "a hub": ('{"hf_hub_url": "a/b"}', "is on a hub (a/b); nothing is fetched unasked."),
    "another hub": ('{"ms_hub_url": "a/b"}', "is on a hub (a/b)"),
    "a cloud": ('{"cloud_file_name": "s3://x"}', "lies in a cloud store"),
    "an unknown formatting": ('{"file_name": "a.jsonl", "formatting": "xml"}', "unknown formatting 'xml'"),
    "columns that are a list": ('{"file_name": "a.jsonl", "columns": ["a"]}', "columns is no object of texts"),
    "tags that are numbers": ('{"file_name": "a.jsonl", "tags": {"role_tag": 1}}', "tags is no object of texts"),
    "a column that is not there": ('{"file_name": "a.jsonl", "columns": {"prompt": "q", "response": "output"}}',
                                   "a.jsonl has no column q; it has instruction, output."),
    "minus five samples": ('{"file_name": "a.jsonl", "num_samples": -5}', "num_samples of x is -5"),
    "many samples in words": ('{"file_name": "a.jsonl", "num_samples": "many"}', "num_samples of x is many"),
    "a kind that cannot be read": ('{"file_name": "a.docx2"}', "is of a kind that cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_the_file_is_named_and_what_lies_beside_it_is_offered(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "dataset_info.json").write_text(text, encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(ROW, encoding="utf-8")
    with pytest.raises(DatasetError) as refused:
        read_registry(tmp_path / "dataset_info.json")
    assert says in str(refused.value)
    found = read_offers(tmp_path)
    assert [offer.name for offer in found.sets if offer.usable] == ["a"]
    assert says in found.problems[0].sentence.format(**found.problems[0].values)


@pytest.mark.parametrize(("entry", "says"), ENTRIES.values(), ids=ENTRIES)
def test_the_entry_is_named_and_the_others_stay(tmp_path: Path, entry: str, says: str) -> None:
    good = '{"file_name": "a.jsonl"}'
    (tmp_path / "dataset_info.json").write_text(f'{{"x": {entry}, "good": {good}}}', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(ROW, encoding="utf-8")
    (tmp_path / "a.docx2").write_text(ROW, encoding="utf-8")
    found = read_offers(tmp_path)
    bad = found.sets[0]
    assert not bad.usable
    assert any(says in p.sentence.format(**p.values) for p in bad.problems), bad.problems
    with pytest.raises(DatasetError):
        found.named("x")
    assert found.named("good").usable
