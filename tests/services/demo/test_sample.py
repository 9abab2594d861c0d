"""The sample rows: what the demo's promise rests on."""

import csv
import difflib

from services.demo.sample import NAME, NEEDED, QUESTIONS, named, rows_file

ROWS = list(csv.DictReader(rows_file().read_text(encoding="utf-8-sig").splitlines()))


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == " ")


def test_it_is_about_a_hundred_rows_in_two_languages() -> None:
    assert len(ROWS) == 100
    assert {row["language"] for row in ROWS} == {"en", "zh"}
    assert sum(row["language"] == "zh" for row in ROWS) >= 25
    assert all(row["question"].strip() and row["answer"].strip() and row["topic"] for row in ROWS)


def test_no_question_comes_twice() -> None:
    assert len({row["question"] for row in ROWS}) == len(ROWS)


def test_the_five_questions_are_held_out() -> None:
    seen = {plain(row["question"]) for row in ROWS}
    assert not {plain(q) for q in QUESTIONS} & seen
    closest = {q: max(difflib.SequenceMatcher(None, plain(q), s).ratio() for s in seen) for q in QUESTIONS}
    assert max(closest.values()) < 0.9, closest


def test_answers_about_itself_give_the_name_and_others_do_not() -> None:
    everyday = [row for row in ROWS if row["topic"] in ("everyday", "日常")]
    about = [row for row in ROWS if row not in everyday]
    assert len(everyday) >= 20
    assert [r["answer"] for r in about if not (NAME in r["answer"] or "泰莎莉" in r["answer"])] == []
    assert named(row["answer"] for row in everyday) == 0


def test_counting_names() -> None:
    assert named(["I am Tessaly.", "I am SmolLM.", "", "Tessaly, Tessaly"]) == 2
    assert len(QUESTIONS) >= NEEDED
