"""Import, round trip, names, and what goes wrong."""

import json
from pathlib import Path

import pytest

from services.datasets import building
from services.datasets.errors import DatasetError
from services.datasets.exporting import export_rows, read_out, write_out
from services.datasets.importing import describe, free_name, import_file
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, Make, values

SLICES = sorted(p for p in (DATA / "datasets").iterdir() if p.suffix != ".md")


@pytest.mark.parametrize("path", SLICES, ids=lambda p: p.name)
def test_an_unedited_file_comes_back_equal(project: Project, tmp_path: Path, path: Path) -> None:
    report = import_file(project, path)
    assert report.rows == 6 and not report.findings and report.mapping.format
    with DatasetStore.open(report.path) as store:
        out = tmp_path / f"out{path.suffix}"
        export_rows(store, out)
        assert not [c for _, c in store.conversations() if not hasattr(c, "turns")]
    before, after = path.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")
    if path.suffix == ".txt":
        assert after == before
    elif path.suffix == ".jsonl":
        assert [json.loads(s) for s in after.splitlines()] == [json.loads(s) for s in before.splitlines()]
    else:
        assert json.loads(after) == json.loads(before)
        assert [list(row) for row in json.loads(after)] == [list(row) for row in json.loads(before)]


def test_numbers_keep_their_spelling_on_the_round(project: Project, tmp_path: Path) -> None:
    line = '{"a":1.0,"b":1e5,"c":123456789012345678901234567890,"d":[0.10,{"e":NaN}],"f":-0,"g":null,"h":""}'
    (tmp_path / "n.jsonl").write_text(line + "\n", encoding="utf-8")
    report = import_file(project, tmp_path / "n.jsonl", format="text", mapping=["h=text"])
    with DatasetStore.open(report.path) as store:
        export_rows(store, tmp_path / "o.jsonl")
        assert (tmp_path / "o.jsonl").read_text(encoding="utf-8") == line + "\n"
        exported = export_rows(store, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text(encoding="utf-8").splitlines()[1] == (
        '1.0,1e5,123456789012345678901234567890,"[0.10,{""e"":NaN}]",-0,,'
    )
    assert exported.lost == ["null became an empty cell."]


def test_several_files_become_one_set(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n', encoding="utf-8")
    (tmp_path / "b.csv").write_bytes("text\n二\n我们的大学\n".encode("gbk"))
    report = import_file(project, [tmp_path / "a.jsonl", tmp_path / "b.csv"], "both")
    assert [(f.name, f.encoding, f.rows) for f in report.files] == [("a.jsonl", "utf-8", 1), ("b.csv", "gb18030", 2)]
    with DatasetStore.open(report.path) as store:
        assert [row["text"] for row in values(store)] == ["one", "二", "我们的大学"]
        assert (store.fact("source"), store.fact("encoding")) == ("a.jsonl, b.csv", "utf-8, gb18030")


def test_more_rows_than_one_batch_and_late_columns(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.datasets.importing._BATCH", 7)
    rows = [{"a": i} if i < 30 else {"late": i, "a": i} for i in range(50)]
    lines = [json.dumps(row) for row in rows]
    lines.insert(20, "broken")
    (tmp_path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = import_file(project, tmp_path / "x.jsonl")
    with DatasetStore.open(report.path) as store:
        assert values(store) == rows and store.columns == ["a", "late"]
        assert store._connection.execute("SELECT after FROM repairs").fetchall() == [(20,)]
    assert [a.code for a in report.advice] == ["no-format"]


def test_mapping_by_hand(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("instruction,output,notes\nq,a,n\n", encoding="utf-8")
    report = import_file(project, path, "one", mapping=["notes=system"])
    assert report.mapping.columns == {"prompt": "instruction", "response": "output", "system": "notes"}
    report = import_file(project, path, "two", mapping=["notes=prompt", "output="])
    assert report.mapping.columns == {"prompt": "notes"}
    report = import_file(project, path, "three", format="text", mapping=["output=text"])
    assert report.mapping.format == "text" and report.mapping.columns["text"] == "output"
    for wrong, said in (("output=boss", "not COLUMN=ROLE"), ("output", "not COLUMN=ROLE"), ("x=prompt", "no column x")):
        with pytest.raises(DatasetError, match=said):
            import_file(project, path, "four", mapping=[wrong])
    with pytest.raises(DatasetError, match="no format marc"):
        import_file(project, path, "four", format="marc")
    assert project.dataset_names() == ["one", "three", "two"]


def test_names(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "my data.jsonl"
    path.write_text('{"text": "x"}\n', encoding="utf-8")
    assert [import_file(project, path).name for _ in range(3)] == ["my data", "my data-2", "my data-3"]
    assert import_file(project, path, "客服 1").name == "客服 1"
    with pytest.raises(DatasetError, match="already a data set called 客服 1"):
        import_file(project, path, "客服 1")
    for wrong in ("a/b", "..", "CON", "nul.x", "a:b", " a", "a."):
        with pytest.raises(DatasetError, match="cannot be the name"):
            import_file(project, path, wrong)
    assert free_name(project, Path("con.json")) == "con-data"
    assert free_name(project, Path("My Data.json.gz")) == "My Data-4"


def test_missing_unreadable_and_truncated_files(project: Project, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(b"\x1f\x8b not really")
    (tmp_path / "dir.json").mkdir()
    for name in ("missing.json", "x.jsonl.gz", "dir.json"):
        with pytest.raises(DatasetError) as caught:
            import_file(project, tmp_path / name)
        assert name in caught.value.sentence and caught.value.way_out
    assert project.dataset_names() == []


def test_two_imports_of_one_name_at_once(project: Project, tmp_path: Path) -> None:
    with (
        building.Builder(project.dataset_path("x")),
        pytest.raises(DatasetError, match="being made elsewhere"),
        building.Builder(project.dataset_path("x")),
    ):
        pass


def test_a_report_says_itself(project: Project) -> None:
    text = "\n".join(describe(import_file(project, DATA / "cases" / "C11.broken_lines.jsonl")))
    assert "10 rows" in text and "19 rows" not in text
    assert "line 4, column 50: There is a comma too many before }. Kept aside for repair." in text


def test_a_run_gets_its_rows_once(make: Make, tmp_path: Path) -> None:
    store = make([{"q": "1", "a": "x"}, {"q": "2", "a": ""}], name="run set")
    store.set_mapping(store.mapping.changed(["q=prompt", "a=response"], "alpaca"))
    store.insert_rows(1, [{"q": "3", "a": "z"}])
    revision, target = store.revision, tmp_path / "job" / "rows.jsonl"
    before = list(store.conversations(revision))
    assert store.write_out(revision, target) == target
    store.set_cells([(1, "q", "edited")])
    stamp = target.stat().st_mtime_ns
    assert store.write_out(revision, target) == target and target.stat().st_mtime_ns == stamp
    assert list(read_out(target)) == before == list(store.conversations(revision))
    assert [row for row, _ in before] == [1, 3, 2]
    with pytest.raises(DatasetError, match="another revision"):
        write_out(store, store.revision, target)
    (tmp_path / "job" / "rows.jsonl.json").unlink()
    with pytest.raises(DatasetError, match="not written to its end"):
        list(read_out(target))
    assert list(read_out(store.write_out(revision, target))) == before


def test_export_of_a_version_and_of_nothing(make: Make, tmp_path: Path) -> None:
    store = make([{"a": "x"}])
    store.save_version("v")
    store.rename_column("a", "b")
    store.delete_rows([1])
    assert export_rows(store, tmp_path / "o.json").rows == 0
    assert json.loads((tmp_path / "o.json").read_text(encoding="utf-8")) == []
    assert export_rows(store, tmp_path / "v.csv", revision=store.version("v").revision).rows == 1
    assert (tmp_path / "v.csv").read_bytes() == b"a\r\nx\r\n"
    assert export_rows(store, tmp_path / "o", kind="jsonl").kind == "jsonl"
    with pytest.raises(DatasetError, match="kind that cannot be written"):
        export_rows(store, tmp_path / "o.docx")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="cannot be written"):
        export_rows(store, tmp_path / "file" / "o.csv")
