"""What a model is told: to write questions and answers about a text, and to judge an answer. Our own words, to edit."""

import re

from services.documents.document import DocumentError
from services.i18n import N_

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

QUESTIONS = {
    "en": """\
Below is a passage from {source}. Write {count} different questions that a person could really ask and that the \
passage alone answers, each with a complete, correct answer in your own sentences. Do not mention "the passage" or \
"the text"; the reader of the answer does not see it.

Reply with nothing but a JSON list: [{{"question": "...", "answer": "..."}}]

Passage:
{text}
""",
    "zh": """\
下面是一段摘自 {source} 的文字。请写出 {count} 个不同的问题：要像真人会问的，并且只凭这段文字就能回答；\
每个问题都用自己的话给出完整、正确的回答。不要提到“这段文字”或“文中”，读到回答的人看不到它。

只回复一个 JSON 列表：[{{"question": "……", "answer": "……"}}]

文字：
{text}
""",
}
"""Language -> prompt with the places {source}, {count} and {text}."""

RUBRIC = {
    "en": """\
Judge how well the answer serves the person who asked. 5: correct, complete and clear. 4: good with a small flaw. \
3: partly right or hard to follow. 2: mostly wrong or beside the point. 1: wrong, empty or harmful.

Reply with nothing but JSON: {{"score": 1 to 5, "reason": "one sentence"}}

Question:
{question}

Answer:
{answer}
""",
    "zh": """\
请判断这个回答对提问者有多大帮助。5：正确、完整、清楚。4：不错，有小瑕疵。3：部分正确或难懂。\
2：大多错误或答非所问。1：错误、空洞或有害。

只回复 JSON：{{"score": 1 到 5, "reason": "一句话"}}

问题：
{question}

回答：
{answer}
""",
}
"""Language -> rubric with the places {question} and {answer}."""


def language_of(text: str) -> str:
    """'zh' if a good part of a text is Chinese, else 'en'."""
    return "zh" if len(_CHINESE.findall(text)) * 5 > len(text.replace(" ", "")) else "en"


def filled(prompt: str, needed: tuple[str, ...], **values: object) -> str:
    """A prompt with its places filled. DocumentError if it lacks one of needed or has one that is unknown."""
    missing = [name for name in needed if f"{{{name}}}" not in prompt]
    if missing:
        raise DocumentError(
            N_("The prompt does not say where {place} goes."),
            way_out=N_("Put {place} into it where that belongs."),
            place=", ".join(f"{{{name}}}" for name in missing),
        )
    try:
        return prompt.format(**values)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise DocumentError(
            N_("The prompt has a place that nothing fills: {reason}"),
            way_out=N_("Write a brace that is meant as one twice: {{ and }}."),
            reason=str(error),
        ) from error
