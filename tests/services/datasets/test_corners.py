"""Corners that the other files do not reach: odd cells, odd files, odd orders of things."""

from pathlib import Path
from typing import Any

import pytest

from services.datasets.encodings import detect
from services.datasets.errors import DatasetError
from services.datasets.exporting import export_rows
from services.datasets.formats import Sample, formats, guess_format
from services.datasets.importing import checked_mapping, import_file, preview_file, propose
from services.datasets.lint import apply_fixes, lint
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.readers import Record, Source, Trouble, reader_for
from services.datasets.repairs import repair, repairs
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, Make, values
from tests.services.datasets.test_formats import OPENAI, code, guess, talk


class TestCells:
    def test_a_list_in_a_column_of_answers(self) -> None:
        mapping = Mapping(format="preference", columns={"prompt": "q", "chosen": "c", "rejected": "r"})
        assert code(mapping, {"q": "x", "c": 5, "r": "b"}) == "not-text"
        assert code(mapping, {"q": "x", "c": "a"}) == "no-answer"
        as_messages = mapping.model_copy(update={"tags": OPENAI_TAGS})
        assert code(as_messages, {"q": "x", "c": {"role": "user", "content": "a"}, "r": "b"}) == "role-order"
        in_turns = Mapping(format="preference", columns={"messages": "m", "chosen": "c", "rejected": "r"})
        assert code(in_turns, {"m": [], "c": "a", "r": "b"}) == "no-turns"

    def test_tools_as_a_list_or_as_text(self) -> None:
        messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        assert OPENAI.conversation({"messages": messages, "tools": [{"name": "x"}]}).tools == '[{"name":"x"}]'
        assert OPENAI.conversation({"messages": messages, "tools": "[ 1 ]"}).tools == "[ 1 ]"
        assert OPENAI.conversation({"messages": messages, "tools": []}).tools == ""

    def test_sharegpts_names_read_by_the_openai_reader(self) -> None:
        mapping = Mapping(format="openai", columns={"messages": "m"})  # the tags say from and value
        got = mapping.conversation({"m": talk("human:a", "call:{}", "obs:o", "gpt:b")})
        assert [t.role for t in got.turns] == ["user", "function", "observation", "assistant"]

    def test_a_row_that_ends_with_a_call(self) -> None:
        call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}
        row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [call]}]}
        assert [p.code for p in OPENAI.check(row)] == ["ends-with-call"]
        row["messages"][1]["tool_calls"] = "text"
        assert code(OPENAI, row) == "tool-calls"

    def test_content_may_mix_texts_and_parts(self) -> None:
        row = {"messages": [{"role": "user", "content": ["a", {"type": "text", "text": "b"}]},
                            {"role": "assistant", "content": "c"}]}  # fmt: skip
        assert OPENAI.conversation(row).turns[0].content == "ab"

    def test_columns_of_pictures_are_said_once_a_row(self) -> None:
        mapping = guess({"instruction": "a", "output": "b", "images": ["x.png"]})
        assert [p.code for p in mapping.check({"instruction": "a", "output": "b", "images": ["x.png"]})] == ["media"]
        assert mapping.check({"instruction": "a", "output": "b", "images": []}) == []

    def test_kto_needs_an_answer_and_a_label(self) -> None:
        mapping = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "l"})
        assert code(mapping, {"q": "x", "a": None, "l": True}) == "no-answer"
        assert code(mapping, {"q": "x", "a": "y"}) == "kto-label"
        assert code(mapping, {"q": "x", "a": "y", "l": "是"}) == "kto-label"

    def test_a_prompt_that_is_json_text_but_no_talk_stays_a_prompt(self) -> None:
        for text in ("[1, 2]", "[broken", "[]"):
            row = {"prompt": text, "chosen": "a", "rejected": "b"}
            assert guess(row).conversation(row).turns[0].content == text


class TestFormatsOnDemand:
    def test_a_chosen_format_keeps_the_roles_it_knows(self) -> None:
        sample = Sample(["instruction", "output", "system"], [{"instruction": "a", "output": "b", "system": "s"}])
        mapping, reason, _ = propose(sample, "kto")
        assert mapping.format == "kto" and reason == "you chose it"
        assert mapping.columns == {"prompt": "instruction", "response": "output", "system": "system"}
        assert propose(Sample(["x", "y", "z"], []), "alpaca")[0] == Mapping(format="alpaca")

    def test_a_mapping_of_columns_that_are_not_there(self) -> None:
        with pytest.raises(DatasetError, match="no column q"):
            checked_mapping(Mapping(format="alpaca", columns={"prompt": "q"}), ["a"])

    @pytest.mark.parametrize("rows", [[], [{"messages": None}], [{"messages": "text"}], [{"messages": [1]}]])
    def test_no_format_stumbles_over_odd_values(self, rows: list[dict[str, Any]]) -> None:
        for columns in (["messages"], ["messages", "label"], ["chosen", "rejected"], ["prompt", "chosen", "rejected"]):
            for item in formats:
                item.guess(Sample(columns, rows))
            guess_format(Sample(columns, rows))

    @pytest.mark.parametrize("value", [None, 1, 1.5, True, "", "text", [], {}, [1], [[]], [{}], {"a": 1}, [None]])
    def test_no_value_is_our_mistake(self, value: Any) -> None:
        """Whatever a cell holds, a row is a conversation or a problem, never a traceback."""
        roles = ("prompt", "query", "response", "history", "messages", "system", "tools", "chosen", "rejected",
                 "kto_tag", "text", "images")  # fmt: skip
        good = {"prompt": "a", "response": "b", "chosen": "c", "rejected": "d", "kto_tag": True, "text": "t"}
        for item in formats:
            for tags in (Mapping().tags, OPENAI_TAGS):
                for role in roles:
                    for others in (good, {**good, "messages": talk("human:a", "gpt:b")}):
                        columns = {r: r for r in roles if r in others or r == role}
                        mapping = Mapping(format=item.id, columns=columns, tags=tags)
                        for problem in mapping.check({**others, role: value}):
                            assert problem.sentence.format(**problem.values)
                            problem.way_out.format(**problem.values)


class TestFiles:
    def read(self, path: Path) -> list[Record | Trouble]:
        return list(reader_for(path).read(Source(path, detect(path))))

    def test_blank_files_of_every_kind(self, tmp_path: Path) -> None:
        for name in ("x.json", "x.jsonl", "x.csv", "x.tsv", "x.txt"):
            for content in (b"", b"\n", b" \r\n\r\n", b"\xef\xbb\xbf"):
                (tmp_path / name).write_bytes(content)
                items = self.read(tmp_path / name)
                assert not [i for i in items if isinstance(i, Trouble)]
                assert name.endswith(("txt", "csv", "tsv")) or not items

    def test_a_csv_with_lone_carriage_returns(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_bytes(b"a,b\n1\r2,3\n4,5\n")
        items = self.read(tmp_path / "x.csv")
        assert [i.code for i in items if isinstance(i, Trouble)] == ["lone-return"]
        assert [i.values for i in items if isinstance(i, Record)] == [{"a": "4", "b": "5"}]

    def test_a_quote_that_never_closes_does_not_swallow_a_large_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.datasets.readers.csv._OPEN_LINES", 50)
        (tmp_path / "x.csv").write_text('a,b\n"open,1\n' + "2,3\n" * 500, encoding="utf-8")
        items = self.read(tmp_path / "x.csv")
        assert [(i.code, i.line) for i in items if isinstance(i, Trouble)] == [("open-quote", 2)]
        assert sum(isinstance(i, Record) for i in items) == 500

    def test_an_array_with_something_after_it(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text('[{"a": 1}]\n// end', encoding="utf-8")
        items = self.read(tmp_path / "x.json")
        assert [(i.code, i.line) for i in items if isinstance(i, Trouble)] == [("extra-text", 2)]

    def test_a_file_that_is_not_the_encoding_that_was_chosen(self, project: Project, tmp_path: Path) -> None:
        (tmp_path / "x.jsonl").write_bytes(b'{"text": "abc"}\n')
        with pytest.raises(DatasetError, match=r"x\.jsonl is not utf-16"):
            import_file(project, tmp_path / "x.jsonl", encoding="utf-16")
        (tmp_path / "y.jsonl").write_bytes('{"text": "你好"}\n'.encode("utf-16"))
        assert import_file(project, tmp_path / "y.jsonl", encoding="UTF-16").rows == 1
        (tmp_path / "z.jsonl").write_bytes('{"text": "你好"}\n'.encode("utf-8-sig"))
        assert import_file(project, tmp_path / "z.jsonl", encoding="utf-8-sig").rows == 1
        assert project.dataset_names() == ["y", "z"]

    def test_a_preview_of_a_binary_file_has_no_text(self) -> None:
        pytest.importorskip("pyarrow")
        shown = preview_file(DATA / "cases" / "C20.zero_rows.parquet")
        assert (shown.text, shown.columns, shown.rows) == ("", ["messages"], [])


class TestStore:
    def test_what_a_text_file_cannot_hold_is_said(self, make: Make, tmp_path: Path) -> None:
        store = make([{"a": "two\nlines", "b": 1}, {"b": 2}])
        lost = export_rows(store, tmp_path / "o.txt").lost
        assert [sentence.split(" ")[0] for sentence in lost] == ["Only", "Some"]
        assert (tmp_path / "o.txt").read_text(encoding="utf-8") == "two\nlines\n\n"
        export_rows(make([], name="none"), tmp_path / "n.txt")
        assert (tmp_path / "n.txt").read_bytes() == b""

    def test_rows_that_come_go_and_move_in_one_difference(self, make: Make) -> None:
        store = make([{"a": i} for i in range(5)])
        store.insert_rows(0, [{"a": "gone again"}])
        store.undo()
        store.move_rows([1], 4)
        store.move_rows([1], 0)
        assert not store.diff(0, store.revision), "there and back is no difference"
        store.delete_rows([2])
        assert store.diff(0, store.revision).removed == [2] and not store.diff(0, store.revision).moved

    def test_edits_of_a_new_row_do_not_count_twice(self, make: Make) -> None:
        store = make([{"a": "x"}])
        (new,) = store.insert_rows(1, [{"a": "n"}])
        assert store.changed_since_version() == {(new, "a")}
        store.set_cells([(new, "a", "m")])
        assert store.changed_since_version() == {(new, "a")}

    def test_a_repair_that_does_not_exist_and_one_at_the_very_start(self, project: Project, tmp_path: Path) -> None:
        (tmp_path / "x.jsonl").write_text('{"a": 1,}\n{"a": 2}\n', encoding="utf-8")
        with DatasetStore.open(import_file(project, tmp_path / "x.jsonl").path) as store:
            with pytest.raises(DatasetError, match="still no record"):
                repair(store, repairs(store)[0].id, "  ")
            repair(store, repairs(store)[0].id, '{"a": 1} {"a": 1.5}')
            assert values(store) == [{"a": 1}, {"a": 1.5}, {"a": 2}]

    def test_both_kinds_of_fixes_at_once(self, make: Make) -> None:
        mapping = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "l"})
        store = make([{"q": "", "a": "x", "l": "true"}, {"q": "b", "a": "y", "l": "no"}], mapping)
        assert apply_fixes(store, lint(store)) == 3
        assert values(store) == [{"q": "b", "a": "y", "l": False}], "a row that is deleted is not changed first"
        pairs = Mapping(format="preference", columns={"prompt": "q", "chosen": "c", "rejected": "r"})
        store = make([{"q": "a", "c": "x", "r": "x"}], pairs, name="pairs")
        apply_fixes(store, lint(store))
        assert store.count() == 0
