"""Cases from public reports, with their right values."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.datasets.conversation import Conversation, Problem
from services.datasets.errors import DatasetError
from services.datasets.exporting import export_rows
from services.datasets.importing import ImportReport, import_file, preview_file
from services.datasets.lint import lint
from services.datasets.mapping import Mapping
from services.datasets.repairs import repair, repairs
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, values

Case = Callable[..., tuple[ImportReport, DatasetStore]]


def codes(store: DatasetStore) -> dict[int, list[tuple[str, bool]]]:
    """Row number -> (code, blocks) of what is said about it."""
    mapping = store.mapping
    said = {i: mapping.check(row.values) for i, row in enumerate(store.rows(), 1)}
    return {i: [(p.code, p.blocks) for p in problems] for i, problems in said.items() if problems}


def trained(store: DatasetStore) -> list[Conversation | Problem]:
    return [c for _, c in store.conversations()]


# ---- C01: Chinese files saved by Windows


def test_c01_json_in_gbk(case: Case, tmp_path: Path) -> None:
    report, store = case("C01.alpaca_gbk.json")
    rows = values(store)
    assert report.files[0].encoding == "gb18030" and report.rows == len(rows) == 6
    assert rows[1]["input"] == "镕" and rows[3]["output"] == "潮汐主要由月球对海水的引力引起。"
    assert rows == json.loads((DATA / "cases" / "C01.alpaca_gbk.json").read_bytes().decode("gbk"))
    out = tmp_path / "out.jsonl"
    export_rows(store, out)
    text = out.read_text(encoding="utf-8")
    assert "�" not in text and "°ÑÏÂ" not in text
    assert [json.loads(line) for line in text.splitlines()] == rows


def test_c01_csv_in_gb18030(case: Case) -> None:
    report, store = case("C01.qa_gb18030.csv")
    rows = values(store)
    assert report.files[0].encoding == "gb18030" and report.rows == 3
    assert "😀" in rows[0]["回答"] and rows[1]["问题"].startswith("㐂")
    assert report.mapping.format == "alpaca"
    assert report.mapping.columns == {"prompt": "问题", "response": "回答"}
    text = (DATA / "cases" / "C01.qa_gb18030.csv").read_bytes().decode("gb18030")
    assert rows == list(csv.DictReader(io.StringIO(text)))


def test_c01_the_encoding_is_shown_before_and_can_be_changed(project: Project) -> None:
    path = DATA / "cases" / "C01.qa_gb18030.csv"
    shown = preview_file(path)
    assert shown.encoding.name == "gb18030" and shown.text.startswith("问题,回答") and len(shown.rows) == 3
    wrong = preview_file(path, encoding="latin-1")
    assert "ÎÊÌâ" in wrong.text
    assert import_file(project, path, "latin", encoding="latin-1").files[0].encoding_reason == "you chose it"
    with pytest.raises(DatasetError, match="no encoding klingon"):
        import_file(project, path, encoding="klingon")
    assert import_file(project, path, "gbk", encoding="gbk").repairs == 2, "GBK lacks two of its characters"


# ---- C03: the answer is the word null

C03 = ["nil", "NULL", "null", "None", "NA", "N/A", "nan", "NaN", "#N/A", "Null", "", "", " ", "TRUE", "inf", "NA"]


def test_c03_text_stays_text(case: Case, tmp_path: Path) -> None:
    report, store = case("C03.null_words.csv")
    assert [row["output"] for row in values(store)] == C03
    assert not report.findings
    assert codes(store) == {11: [("empty-answer", True)], 12: [("empty-answer", True)], 13: [("empty-answer", True)]}
    for name in ("o.csv", "o.jsonl", "o.json", "o.tsv"):
        export_rows(store, tmp_path / name)
        again = import_file(Project.create(tmp_path / name[2:]), tmp_path / name)
        with DatasetStore.open(again.path) as back:
            assert values(back) == values(store), name
    assert "NaN" not in (tmp_path / "o.csv").read_text(encoding="utf-8").replace(",NaN", "", 1)


# ---- C05: OpenAI rows with tools


def test_c05_what_each_row_means(case: Case, tmp_path: Path) -> None:
    report, store = case("C05.openai_tools.jsonl")
    assert report.rows == 12 and report.mapping.format == "openai" and not report.findings
    assert codes(store) == {
        6: [("old-function-call", False)],
        9: [("empty-answer", True)],
        10: [("no-final-answer", False)],
        12: [("tool-arguments", False)],
    }
    rows = trained(store)
    first, both, two = (rows[i].turns for i in (0, 1, 2))
    assert [t.role for t in first] == ["user", "function", "observation", "assistant"]
    assert first[1].content == "" and first[1].tool_calls[0]["function"]["arguments"] == '{"item": 11}'
    assert both[1].content == "I will look that up." and len(both[1].tool_calls) == 1
    assert [c["id"] for c in two[1].tool_calls] == ["a", "b"]
    assert [(t.content, t.tool_call_id) for t in two if t.role == "observation"] == [("9", "b"), ("2", "a")]
    note = json.loads(rows[4].turns[1].tool_calls[0]["function"]["arguments"])
    assert note == {"item": 16, "note": '库存 "x"\n'}
    assert [t.role for t in rows[5].turns] == ["user", "function", "observation", "assistant"]
    assert rows[6].system == "Answer in one word."
    assert rows[7].turns[0].content == "Stock of item 19?"
    assert isinstance(rows[8], Problem)
    assert rows[9].turns[-1].role == "observation" and rows[9].turns[1].trained
    assert [(t.content, t.trained) for t in rows[10].turns if t.role == "assistant"] == [
        ("I guess 100.", False),
        ("I do not know.", True),
    ]
    assert rows[11].turns[1].tool_calls[0]["function"]["arguments"] == '{"item": 23'
    assert json.loads(rows[0].tools)[0]["function"]["name"] == "stock"
    export_rows(store, tmp_path / "o.jsonl")
    source = (DATA / "cases" / "C05.openai_tools.jsonl").read_text(encoding="utf-8").splitlines()
    written = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in written] == [json.loads(line) for line in source]


# ---- C10: KTO labels, doubtful pairs


def test_c10_labels(case: Case) -> None:
    report, store = case("C10.kto_labels.jsonl")
    assert report.mapping.format == "kto" and report.mapping.columns["kto_tag"] == "label"
    labels = [c.label if isinstance(c, Conversation) else c.code for c in trained(store)]
    assert labels[:10] == [True, False, True, False, False, True, True, False, True, False]
    assert labels[10:] == ["kto-label"] * 6
    found = {f.row_id: f for f in lint(store) if f.check == "kto-label"}
    proposed = {i: f.fix.cells[0][2] for i, f in found.items() if f.fix and f.problem.blocks}
    assert proposed == {11: True, 12: False}
    assert [i for i, f in found.items() if not f.fix] == [13, 14, 15, 16]
    assert 1 not in found and 2 not in found
    assert "one-sided" not in {f.check for f in lint(store)}


def test_c10_one_sided(case: Case) -> None:
    _, store = case("C10.kto_one_sided.jsonl")
    (finding,) = lint(store)
    assert finding.check == "one-sided" and finding.row_id is None
    assert finding.text == "All 6 labels are true: there is no undesired answer to learn from."


def test_c10_pairs(case: Case) -> None:
    report, store = case("C10.prefs_doubtful.jsonl")
    assert report.mapping.format == "preference"
    assert codes(store) == {
        2: [("chosen-equals-rejected", False)],
        3: [("chosen-equals-rejected", False)],
        4: [("empty-answer", True)],
        5: [("empty-rejected", False)],
        6: [("no-answer", True)],
        7: [("old-pair", False)],
        8: [("empty-question", False)],
    }
    rows = trained(store)
    assert (rows[0].turns[0].content, rows[0].chosen.content, rows[0].rejected.content) == (
        "Name a port.", "Gdansk.", "I will not.",
    )  # fmt: skip
    assert (rows[6].chosen.content, rows[6].rejected.content) == ("Gdansk.", "Turku.")
    assert rows[1].chosen == rows[1].rejected


# ---- C11: broken lines


def test_c11_broken_lines(case: Case, tmp_path: Path) -> None:
    report, store = case("C11.broken_lines.jsonl")
    rows = values(store)
    assert report.files[0].encoding == "utf-8"
    assert report.rows == len(rows) == 10
    told = {(f.line, f.code, f.kept) for f in report.findings}
    assert told == {
        (4, "extra-comma", False), (5, "single-quotes", False), (6, "no-object", False), (7, "double-key", True),
        (8, "not-finite", True), (9, "half-character", True), (10, "several-objects", True), (12, "bad-byte", False),
        (13, "nul", True), (14, "raw-control", False), (15, "no-object", False), (17, "comment", False),
        (19, "cut-off", False),
    }  # fmt: skip
    by_line = {f.line: f for f in report.findings}
    assert "first / second" in by_line[7].text and by_line[12].text.startswith("The byte 0xFF")
    assert (by_line[4].column, by_line[12].column, by_line[14].column) == (50, 27, 25)
    outputs = [row.get("output", row.get("OUTPUT")) for row in rows]
    assert outputs == ["ok 1", "second", "ok 8", "\ud83d!", "ok 10", "ok 10b", "ok 11", "a\0b", "ok 16", "ok 18"]
    assert "\u2028" in rows[-1]["instruction"]
    conversations = trained(store)
    assert all(isinstance(c, Conversation) for c in conversations)
    assert conversations[8].turns[0].content == "Keys with capitals."
    for name in ("o.json", "o.jsonl", "o.csv"):
        export_rows(store, tmp_path / name)
    text = (tmp_path / "o.jsonl").read_text(encoding="utf-8")
    assert '"score":NaN,"other":-Infinity' in text and '"\\ud83d!"' in text and "\\u0000" in text
    assert [json.loads(line) for line in text.split("\n") if line][3]["output"] == "\ud83d!"


def test_c11_repair_in_place_save_and_import_again(case: Case, tmp_path: Path) -> None:
    _, store = case("C11.broken_lines.jsonl")
    kept = repairs(store)
    assert [r.line for r in kept] == [4, 5, 6, 12, 14, 15, 17, 19] and all(r.open for r in kept)
    assert kept[0].text == '{"instruction": "Trailing comma.", "output": "x",}'
    assert kept[3].text == '{"instruction": "Bad byte \\xff inside.", "output": "x"}'
    with pytest.raises(DatasetError, match="still no record: There is a comma too many"):
        repair(store, kept[0].id, kept[0].text)
    (row,) = repair(store, kept[0].id, kept[0].text.replace(",}", "}"))
    assert store.positions([row]) == [1], "between line 1 and line 7"
    assert [r.open for r in repairs(store)][:2] == [False, True]
    store.undo()
    assert repairs(store)[0].open and store.count() == 10
    store.redo()
    assert not repairs(store)[0].open
    export_rows(store, tmp_path / "mended.jsonl")
    again = import_file(Project.create(tmp_path / "p"), tmp_path / "mended.jsonl")
    assert again.rows == 11 and again.repairs == 0


def test_a_repair_finds_its_place_when_its_neighbour_is_gone(case: Case) -> None:
    _, store = case("C11.broken_lines.jsonl")
    last = repairs(store)[-1]
    store.delete_rows(store.ids(8, 2))
    store.move_rows(store.ids(7, 1), 0)
    (row,) = repair(store, last.id, '{"instruction": "Last line, cut off", "output": "mended", "more": 1}')
    assert store.positions([row]) == [1] and "more" in store.columns


# ---- C20: nothing, one row, empty answers


@pytest.mark.parametrize(
    ("name", "columns", "sentence"),
    [
        ("C20.nothing.jsonl", [], "C20.nothing.jsonl has no rows."),
        ("C20.empty_array.json", [], "C20.empty_array.json has no rows."),
        ("C20.header_only.csv", ["instruction", "input", "output"],
         "C20.header_only.csv names its columns and has no rows."),
        ("C20.zero_rows.parquet", ["messages"], "C20.zero_rows.parquet names its columns and has no rows."),
    ],
)  # fmt: skip
def test_c20_empty_files_open_as_empty_tables(case: Case, name: str, columns: list[str], sentence: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    report, store = case(name)
    assert (report.rows, store.count(), store.columns, list(store.conversations())) == (0, 0, columns, [])
    assert [a.sentence.format(**a.values) for a in report.advice] == [sentence]


def test_c20_one_row(case: Case) -> None:
    _, store = case("C20.one_row.json")
    (conversation,) = trained(store)
    assert [t.content for t in conversation.turns] == ["Say hi.", "Hi."]


def test_c20_no_answers_at_all(case: Case) -> None:
    report, store = case("C20.empty_answers.csv")
    assert report.rows == 8
    assert [a.sentence for a in report.advice] == ["No row has an answer. Train as raw text?"]
    store.set_mapping(Mapping(format="text", columns={"text": report.advice[0].values["column"]}))
    texts = [c.text for c in trained(store)]
    assert len(texts) == 8 and texts[0] == "Line 1 of a long story about the sea."


def test_c20_some_empty(case: Case) -> None:
    _, store = case("C20.some_empty.jsonl")
    expected: dict[int, list[tuple[str, bool]]] = {
        2: [("empty-answer", True)],
        3: [("empty-answer", True)],
        4: [("empty-question", False)],
        5: [("no-turns", True)],
        6: [("no-answer", True)],
        7: [("empty-answer", True)],
    }
    assert codes(store) == expected
    sentences = [f.text for f in lint(store)]
    assert sentences[:2] == ["The answer is empty.", "The answer is only blanks."]
    store.set_mapping(store.mapping.model_copy(update={"train_empty_answers": True}))
    rows: list[Any] = trained(store)
    assert [isinstance(c, Conversation) for c in rows] == [True, True, True, True, False, False, True]
    assert rows[1].turns[-1].content == ""
