"""Exam files of every layout: all cells stay the text that they are."""

import csv
from pathlib import Path

import pytest

from services.engine.exams import exams
from services.engine.exams._files import ExamError, Question, read_exam
from tests.helpers.training import case

MINI = case("C29.mini_exam.csv")


def put(path: Path, *rows: tuple[str, ...], encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def test_choices_stay_text() -> None:
    found = read_exam(MINI)
    assert {split: len(questions) for split, questions in found.items()} == {"dev": 4, "test": 6}
    choices = [choice for question in found["test"] for choice in question.choices]
    for text in ("None", '"Nobody"', "N/A", "True", "NA", "null", "0.5", "0.1", "The pilot, if aboard"):
        assert text in choices
    assert found["test"][3].text == 'A depth of "1,000 m" is how many kilometres?'
    assert [(q.subject, q.number, q.answer) for q in found["test"]] == [
        ("harbour_rules", 1, "B"),
        ("harbour_rules", 2, "A"),
        ("harbour_rules", 3, "C"),
        ("harbour_rules", 4, "D"),
        ("counting", 1, "B"),
        ("counting", 2, "A"),
    ]


def test_mmlu_has_no_header_and_lies_in_split_folders(tmp_path: Path) -> None:
    put(tmp_path / "data" / "dev" / "global_facts_dev.csv", ("Which, of these?", "a", "b", "c", "None", "D"))
    put(
        tmp_path / "data" / "test" / "global_facts_test.csv",
        ("How\nmany?", "1", "NA", "3", "4", "b"),
        ("", "", "", "", "", ""),
        ("When?", "now", "then", "never", "later", "C"),
    )
    put(tmp_path / "data" / "val" / "global_facts_val.csv", ("Who?", "I", "you", "he", "she", "A"))
    put(tmp_path / "data" / "auxiliary_train" / "other.csv", ("broken",))
    found = read_exam(tmp_path)
    assert found == read_exam(tmp_path / "data")
    assert found["dev"] == [Question("global_facts", 1, "Which, of these?", ("a", "b", "c", "None"), "D")]
    assert found["test"] == [
        Question("global_facts", 1, "How\nmany?", ("1", "NA", "3", "4"), "B"),
        Question("global_facts", 2, "When?", ("now", "then", "never", "later"), "C"),
    ]
    assert len(found["val"]) == 1


def test_cmmlu_has_a_header_and_numbers_and_may_be_in_gb18030(tmp_path: Path) -> None:
    head = ("", "Question", "A", "B", "C", "D", "Answer")
    put(tmp_path / "dev" / "agronomy.csv", head, ("0", "肉牛屠宰后，哪个部位肉质较好", "胸", "腹", "大腿", "小腿", "C"))
    put(
        tmp_path / "test" / "agronomy.csv",
        head,
        ("0", "下列鸭品种中，产蛋量最高的品种是什么", "高邮鸭", "北京鸭", "樱桃谷鸭", "绍鸭", "D"),
        encoding="gb18030",
    )
    found = read_exam(tmp_path)
    assert found["test"] == [
        Question("agronomy", 1, "下列鸭品种中，产蛋量最高的品种是什么", ("高邮鸭", "北京鸭", "樱桃谷鸭", "绍鸭"), "D")
    ]
    assert found["dev"][0].answer == "C"


def test_ceval_calls_it_val_and_its_test_says_no_answers(tmp_path: Path) -> None:
    head = ("id", "question", "A", "B", "C", "D", "answer", "explanation")
    put(tmp_path / "val" / "law_val.csv", head[:7], ("0", "谁？", "甲", "乙", "丙", "丁", "A"), encoding="utf-8-sig")
    put(tmp_path / "dev" / "law_dev.csv", head, ("0", "何？", "甲", "乙", "丙", "丁", "B", "因为"))
    put(tmp_path / "test" / "law_test.csv", head[:6], ("0", "何时？", "甲", "乙", "丙", "丁"))
    found = read_exam(tmp_path)
    assert [found[s][0].answer for s in ("dev", "val", "test")] == ["B", "A", ""]
    assert {q.subject for questions in found.values() for q in questions} == {"law"}
    assert exams.get("ceval").splits == ("val",)


def test_a_file_without_a_split_is_all_test(tmp_path: Path) -> None:
    put(tmp_path / "ships.csv", ("Question", "A", "B", "C", "D", "Answer"), ("Who?", "1", "2", "3", "4", "A"))
    assert read_exam(tmp_path / "ships.csv") == {"test": [Question("ships", 1, "Who?", ("1", "2", "3", "4"), "A")]}
    assert read_exam(tmp_path) == read_exam(tmp_path / "ships.csv")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Who?,1,2,3\n", "Line 1 of {file} has 4 cells; a question needs its text and four choices."),
        ("Who?,1,2,3,4,E\n", "Line 1 of {file} gives E as the right answer."),
        ("question,A,B,C,D,answer\n", "There are no questions in {file}."),
        ('a,b,c,d,e,A\n"never closed,1,2,3,4,A\n', "The exam file {file} cannot be read: unexpected end of data"),
        ("", "There are no questions in {file}."),
    ],
)
def test_what_cannot_be_read_names_file_and_line(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "考 exam.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExamError) as error:
        read_exam(path)
    assert error.value.sentence == sentence.format(file=path)


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ExamError, match="There is no file or folder"):
        read_exam(tmp_path / "none")
    with pytest.raises(ExamError, match="There are no questions"):
        read_exam(tmp_path)


def test_the_published_exams_name_their_subjects() -> None:
    sizes = {name: len(exams.get(name).subjects) for name in ("mmlu", "cmmlu", "ceval")}
    assert sizes == {"mmlu": 57, "cmmlu": 67, "ceval": 52}
    mmlu, cmmlu, ceval = (exams.get(name) for name in sizes)
    assert mmlu.begin("high_school_us_history") == (
        "The following are multiple choice questions (with answers) about high school us history.\n\n"
    )
    assert cmmlu.begin("agronomy") == "以下是关于农学的单项选择题，请直接给出正确答案的选项。\n\n"
    assert ceval.begin("law") == "以下是中国关于法学的单项选择题，请选出其中的正确答案。\n\n"
    assert cmmlu.groups("ancient_chinese") == ["Social Science", "China specific"]
    assert {g for s in mmlu.subjects for g in mmlu.groups(s)} == {"STEM", "Humanities", "Social Sciences", "Other"}
    assert exams.get("own").begin("harbour_rules").endswith("about harbour rules.\n\n")
