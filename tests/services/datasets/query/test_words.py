"""The words of a filter: what they mean, in English and Chinese, and what is said where they mean nothing."""

import pytest

from services.datasets.errors import DatasetError
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.query import Filter, parse_filter, suggest
from services.datasets.query.about import HasFinding, Starred, Tagged, Tokens
from services.datasets.query.filters import All, Any, Not
from services.datasets.query.questions import Contains, Empty, Equals, Length, Matches, Number, Starts, Turns

COLUMNS = ["instruction", "input", "output", "language", "my score", "问题类型"]
ALPACA = Mapping(format="alpaca", columns={"prompt": "instruction", "query": "input", "response": "output"})
CHAT = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
ANSWER, QUESTION = ("output",), ("instruction",)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("", All()),
        ("answer is empty", Empty(ANSWER)),
        ("answer empty", Empty(ANSWER)),
        ("the answer is blank", Empty(ANSWER)),
        ("output is not empty", Not(Empty(ANSWER))),
        ("回答 为空", Empty(ANSWER)),
        ("回答不为空", Not(Empty(ANSWER))),
        ("回答是空的", Empty(ANSWER)),
        ('contains "refund"', Contains("refund")),
        ("contains refund", Contains("refund")),
        ('"refund"', Contains("refund")),
        ('包含 "退款"', Contains("退款")),
        ("包含退款", Contains("退款")),
        ("包含“退款”", Contains("退款")),
        ('question contains "say \\"x\\""', Contains('say "x"', QUESTION)),
        ('answer does not contain "sorry"', Not(Contains("sorry", ANSWER))),
        ("回答 不包含 抱歉", Not(Contains("抱歉", ANSWER))),
        ("without sorry", Not(Contains("sorry"))),
        ("length > 500", Length(">", 500)),
        ("长度>500", Length(">", 500)),
        ("answer length at least 1_000", Length(">=", 1000, ANSWER)),
        ("length of answer <= 3", Length("<=", 3, ANSWER)),
        ("answer is longer than 500", Length(">", 500, ANSWER)),
        ("回答 的 长度 不小于 5", Length(">=", 5, ANSWER)),
        ("tokens > 2048", Tokens(">", 2048)),
        ("词元 > 2048", Tokens(">", 2048)),
        ("starred", Starred()),
        ("is not starred", Not(Starred())),
        ("星标", Starred()),
        ("tag is good", Tagged("good")),
        ('tagged "very good"', Tagged("very good")),
        ("tag is not good", Not(Tagged("good"))),
        ("has tag good", Tagged("good")),
        ("tag != good", Not(Tagged("good"))),
        ("tag = good", Tagged("good")),
        ("没有标签", Not(Tagged())),
        ("标签 不是 good", Not(Tagged("good"))),
        ("answer isn't empty", Not(Empty(ANSWER))),
        ("answer is not longer than 5", Not(Length(">", 5, ANSWER))),
        ("回答 超过 5", Number("output", ">", 5)),
        ("回答 长于 5", Length(">", 5, ANSWER)),
        ("has a tag", Tagged()),
        ("标签 是 good", Tagged("good")),
        ("标签是好的", Tagged("好的")),
        ("has finding empty-answer", HasFinding("empty-answer")),
        ("has findings", HasFinding()),
        ("有检查结果", HasFinding()),
        ('language = "zh"', Equals("language", "zh")),
        ("language is zh", Equals("language", "zh")),
        ("language != zh", Not(Equals("language", "zh"))),
        ("问题类型 是 售后", Equals("问题类型", "售后")),
        ("my score > -0.5", Number("my score", ">", -0.5)),
        ('"my score" at most 3', Number("my score", "<=", 3)),
        ("matches /^re(f)+/i", Matches("^re(f)+", (), False)),
        (r"answer matches /a\/b/", Matches("a/b", ANSWER, True)),
        ("/x/", Matches("x")),
        ('answer starts with "As an AI"', Starts("As an AI", ANSWER)),
        ("回答 结尾是 。", Starts("。", ANSWER, end=True)),
        ("starred and not tag is good", All((Starred(), Not(Tagged("good"))))),
        ("starred tag is good", All((Starred(), Tagged("good")))),
        ("starred or tag is good and length > 5", Any((Starred(), All((Tagged("good"), Length(">", 5)))))),
        ("(starred or tag is good) and length > 5", All((Any((Starred(), Tagged("good"))), Length(">", 5)))),
        ("星标 或 标签是good且回答为空", Any((Starred(), All((Tagged("good"), Empty(ANSWER)))))),
        ("ANSWER IS EMPTY AND Language Is zh", All((Empty(ANSWER), Equals("language", "zh")))),
    ],
)
def test_what_words_mean(words: str, meaning: Filter) -> None:
    assert parse_filter(words, COLUMNS, ALPACA) == meaning


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("refund", "refund is not understood in this filter."),
        ("answer is empty nonsense", "nonsense is not understood"),
        ("length > many", "many is not understood"),
        ("answer", "Something is missing after answer."),
        ("answer is", "Something is missing after is."),
        ("starred and", "Something is missing after"),
        ("(starred", "Something is missing after"),
        ("starred)", r"\) is not understood"),
        ("contains", "Something is missing after contains."),
        ("tokens", "Something is missing after tokens."),
        ('contains "refund', 'The quotation that begins at "refund does not end.'),
        ("matches /a", "The expression that begins at /a does not end."),
        ("label is true", "No column of these rows is the label."),
        ("matches /(/", "is no regular expression"),
    ],
)
def test_what_is_not_understood_is_named(words: str, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence) as caught:
        found = parse_filter(words, COLUMNS, ALPACA)
        assert isinstance(found, Matches)
        _ = found._pattern
    assert caught.value.way_out


def test_speakers_of_a_conversation_are_found_where_no_column_is_theirs() -> None:
    keys = ("role", "content")
    found = parse_filter("answer is empty", ["messages"], CHAT)
    assert found == Turns("messages", keys, "assistant", "empty")
    found = parse_filter('question contains "x"', ["messages"], CHAT)
    assert found == Turns("messages", keys, "user", "contains", "x")


def test_a_column_comes_before_a_role_of_its_name() -> None:
    assert parse_filter("answer is empty", ["answer", "output"], ALPACA) == Empty(("answer",))


def test_a_filter_knows_what_it_asks() -> None:
    found = parse_filter("not (starred or tokens > 5)", COLUMNS, ALPACA)
    assert found.has(Tokens)
    assert not found.has(HasFinding)


def test_suggestions_lead_to_filters() -> None:
    assert "answer is empty" in suggest("answer ", COLUMNS, ALPACA)
    assert suggest("an", COLUMNS, ALPACA) == ["answer"]
    assert suggest("tag is ", COLUMNS, ALPACA, tags=["good", "very good"]) == ["tag is good", 'tag is "very good"']
    assert suggest("has finding ", COLUMNS, ALPACA, findings=["empty-answer"]) == ["has finding empty-answer"]
    assert suggest("answer is empty ", COLUMNS, ALPACA) == ["answer is empty and ", "answer is empty or "]
    assert "回答 为空" in suggest("回答 ", COLUMNS, ALPACA)
    assert "星标" in suggest("", COLUMNS, ALPACA, language="zh")
    for begun in ("", "answer ", "回答 ", "not "):
        for text in suggest(begun, COLUMNS, ALPACA):
            assert text.startswith(begun) and text != begun
