"""Answers that refuse, or that speak as another company's assistant."""

import re

from services.datasets.conversation import Problem
from services.datasets.lint import Example, Fix, Subject, TextCheck, checks, delete_row, excerpt
from services.i18n import N_

_AS_AI = re.compile(
    r"\bas an? (?:ai|artificial intelligence)(?: language)?(?: model| assistant| chatbot)?, (?:i|my)\b"
    r"|\bas an? (?:ai|artificial intelligence) (?:language )?(?:model|assistant|chatbot)\b,? "
    r"(?:i|developed|trained|created)\b"
    r"|\bas a (?:large )?language model,? (?:i|developed|trained)\b"
    r"|\bi(?:'m| am)(?: just| only)? an ai(?: language)?(?: model| assistant)?,? (?:and|so|but) (?:i )?"
    r"(?:can't|cannot|do not|don't)\b"
    r"|作为(?:一个|一名|一款|一种)?(?:人工智能|AI|ＡＩ|大?型?语言模型)(?:语言模型|助手|助理|模型|程序)?[，,]?\s*(?:我|本)"
    r"|\bmy (?:knowledge cutoff|last (?:knowledge )?update|training data (?:only )?goes)\b",
    re.I,
)
_REFUSES = re.compile(
    r"^\W*(?:(?:i'm|i am|i’m) (?:very |really )?sorry|sorry|i apologi[sz]e|unfortunately)[,.]?(?: but| however)?,? "
    r"(?:i|as an ai[^.]{0,30}i) (?:can't|can’t|cannot|can not|am unable to|'m unable to|am not able to|won't|won’t)"
    r"(?: \w+){0,2} (?:assist|help|fulfil|fulfill|comply|provide|answer|do that|create|write|generate|support|engage)"
    r"|^\W*i (?:can't|can’t|cannot|can not) (?:assist|help|comply|fulfil|fulfill) "
    r"|^\W*(?:非常|很|十分)?(?:抱歉|对不起)[，,。！]?\s*(?:但是?|不过)?\s*(?:作为[^，。]{0,20}[，,]\s*)?我?(?:不能|无法|没有?办法)"
    r"[^。]{0,8}(?:提供|回答|帮助|协助|完成|满足|生成|讨论|回应)",
    re.I,
)


@checks.add("refusal")
class Refusal(TextCheck):
    """Phrases that an assistant says of itself or begins a refusal with; only in answers, not in what they quote."""

    id, title = "refusal", N_("Refuses, or speaks as an AI")
    help = N_("Answers copied from another assistant make yours refuse and speak like it. Keep those that you mean.")
    verb = N_("Delete")
    roles = ("answer",)
    sentence = N_("The answer speaks as an assistant would of itself: {seen}")
    way_out = N_("Write what you want to be said, or delete the row.")
    example = Example(
        ({"instruction": "a", "output": "As an AI language model, I do not have feelings."}, {"instruction": "b",
          "output": "I'm sorry, but I can't assist with that."}, {"instruction": "c", "output":
          "作为一个人工智能语言模型，我没有感情。"},
         {"instruction": "d", "output": "很抱歉，我无法提供这方面的信息。"},
         {"instruction": "e", "output": "I am Tessaly, an AI assistant of Lantern."}, {"instruction": "f",
          "output": "I am sorry about that. The second charge will go."}, {"instruction": "g", "output": "She works as "
          "an AI engineer."}, {"instruction": "h", "output": "I'm sorry, but I can't find your order; what is it?"}),
        (0, 1, 2, 3),
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """The phrase."""
        found = _AS_AI.search(text) or _REFUSES.search(text)
        return excerpt(text, found.start(), found.end(), 8) if found else None

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
