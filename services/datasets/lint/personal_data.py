"""Personal data: addresses, phone numbers, identity and card numbers."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from services.datasets.lint import Example, Option, Subject, TextCheck, checks, words_of
from services.i18n import N_

_EMAIL = re.compile(r"(?<![\w.+/-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12}(?![\w@-])")
_NOBODY = re.compile(
    r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost|domain|yourdomain|your-?company|mycompany|company|email|mail|"
    r"website|yoursite|site|xyz|abc|acme|provider|institution|organization)\.|@[\w.-]+\.(?:example|test|invalid|local)$|"
    r"^(?:your|user(?:name)?|name|email|me|you|someone|john\.?doe|jane\.?doe|abc|xxx+|test|noreply|no-reply|support|info|admissions?|pr|office|team|jobs|careers|media|webmaster|"
    r"contact|hello|help|sales|admin|privacy|press|service|customerservice|feedback)[\w.]*@",
    re.I,
)
_CN_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_US_ID = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_CARD = re.compile(
    r"(?<![\d.-])(?:\d{4}[ -]){3}\d{1,7}(?![\d-])|(?<![\d.-])3[47]\d{2}[ -]\d{6}[ -]\d{5}(?!\d)"
    r"|(?<![\w.-])[3-6]\d{14,15}(?![\w.])"
)
_PHONE_HINT = re.compile(r"\d[\d\s().-]{5,}\d")
_TIMES = re.compile(r"^\d{4}[-./]\d|^\d{1,2}[-./]\d{1,2}[-./]\d{2,4}$|^\d+\.\d+$|^\d{1,4}\s*[-–]\s*\d{1,4}$")
_SAYS_PHONE = re.compile(
    r"(?:phone|tel|call|mobile|fax|contact|number|whatsapp|sms|电话|手机|号码|联系|致电|拨打)\W{0,20}\w{0,8}\W{0,12}$",
    re.I,
)
_TEST_CARDS = ("4111111111111111", "4242424242424242", "5555555555554444", "378282246310005", "4012888888881881",
               "5105105105105100", "6011111111111117", "371449635398431", "4000000000000002")  # fmt: skip


@checks.add("personal-data")
class PersonalData(TextCheck):
    """Numbers count only if their check digits are right (python-stdnum) or the country knows such a number
    (phonenumbers). Addresses of nobody (example.com, info@) and numbers for films and tests are let be."""

    id, title = "personal-data", N_("Personal data")
    help = N_("Addresses, phone, identity and card numbers of people: a model may tell them to anyone who asks.")
    verb, does = N_("Mask"), N_("Write [EMAIL], [PHONE], [ID] or [CARD] in their place.")
    roles = ("question", "answer", "system", "text", "rejected", "call", "result")
    sentence = N_("{column} holds personal data: {seen}")
    way_out = N_("Mask it, unless everyone may know it.")
    options = (
        Option("emails", N_("E-mail addresses"), N_("Addresses of persons, not those such as info@."), True),
        Option("phones", N_("Phone numbers"), N_("Numbers that exist in the countries below."), True),
        Option("identities", N_("Identity numbers"), N_("Chinese and US ones whose check digits are right."), True),
        Option("cards", N_("Card numbers"), N_("Credit cards whose check digit is right."), True),
        Option(
            "countries", N_("Countries of phone numbers"), N_("Two letters each; +numbers are found anyway."), "US, CN"
        ),
    )
    example = Example(
        (
            {"instruction": "a", "output": "Write to maria.gonzalez84@gmail.com."},
            {"instruction": "b", "output": "Call me at (415) 867-5309."},
            {"instruction": "c", "output": "我的手机号是13812345678。"},
            {"instruction": "d", "output": "身份证号11010519491231002X"},
            {"instruction": "e", "output": "SSN 536-22-8718"},
            {"instruction": "f", "output": "Card 4539 1488 0343 6467"},
            {"instruction": "g", "output": "+44 20 7946 0958"},
            {"instruction": "h", "output": "you@example.com, info@lantern.io"},
            {
                "instruction": "i",
                "output": "In 1633072800 s, pi is 3.14159265358979, version 2021-10-01, id 11010519491231002Y",
            },
            {"instruction": "j", "output": "555-0100, 1995 - 2005, 192.168.100.200, ISBN 978-3-16-148410-0"},
        ),
        (0, 1, 2, 3, 4, 5, 6),
    )

    def look(self, text: str, row: Subject) -> str | None:
        """The first one, partly hidden."""
        found = min(self._found(text), default=None)
        if found is None:
            return None
        words = text[found[0] : found[1]]
        return words[: max(2, len(words) // 3)] + "…"

    def mended(self, text: str, row: Subject) -> str:
        """The text with a mask in the place of each."""
        for start, stop, mask in sorted(self._found(text), reverse=True):
            text = text[:start] + mask + text[stop:]
        return text

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """(start, stop, mask) of each; none within another."""
        found: list[tuple[int, int, str]] = []
        if self.option("emails") and "@" in text:
            found += [(m.start(), m.end(), "[EMAIL]") for m in _EMAIL.finditer(text) if not _NOBODY.search(m[0])]
        if not _PHONE_HINT.search(text):
            return found
        if self.option("identities"):
            found += [(start, stop, "[ID]") for start, stop in _identities(text)]
        if self.option("cards"):
            found += [(m.start(), m.end(), "[CARD]") for m in _CARD.finditer(text) if _is_card(m[0])]
        if self.option("phones"):
            found += [(start, stop, "[PHONE]") for start, stop in _phones(text, self.option("countries"))]
        return [
            span for i, span in enumerate(found) if not any(o[0] < span[1] and span[0] < o[1] for o in found[:i])
        ]  # fmt: skip


def _identities(text: str) -> Iterator[tuple[int, int]]:
    from stdnum.cn import ric
    from stdnum.us import ssn

    yield from ((m.start(), m.end()) for m in _CN_ID.finditer(text) if ric.is_valid(m[0]))
    yield from ((m.start(), m.end()) for m in _US_ID.finditer(text) if ssn.is_valid(m[0]) and m[0] != "123-45-6789")


def _is_card(words: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", words)
    grouped = len(digits) != len(words)
    known = re.match(r"4\d{15}$|5[1-5]\d{14}$|2[2-7]\d{14}$|3[47]\d{13}$|6(?:011|5\d\d)\d{12}$|62\d{14,17}$", digits)
    return bool(known) and digits not in _TEST_CARDS and len(set(digits)) > 4 and luhn.is_valid(digits) and (
        grouped or digits[0] in "3456"
    )  # fmt: skip


def _phones(text: str, countries: str) -> Iterator[tuple[int, int]]:
    for country in (None, *words_of(countries.upper())):
        if country is None and "+" not in text:
            continue
        for match in _matcher()(text, country):
            words = match.raw_string
            number = match.number
            if _TIMES.search(words) or _is_fiction(number):
                continue
            digits = re.sub(r"\D", "", words)
            bare = len(digits) == len(words)
            mobile = country == "CN" and len(digits) == 11 and digits[0] == "1"
            said = bool(_SAYS_PHONE.search(text[max(0, match.start - 40) : match.start]))
            around = text[max(0, match.start - 1) : match.start] + text[match.end : match.end + 1]
            if re.match(r"\+\D", words) or (
                re.search(r"[\w/=#$€¥%-]", around) and not (mobile and not around.isascii())
            ):
                continue
            if country is None or said or mobile or (country == "US" and not bare and _looks_american(words)):
                yield match.start, match.end


def _looks_american(words: str) -> bool:
    return bool(re.fullmatch(r"(?:\+?1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}", words))


def _is_fiction(number: Any) -> bool:
    national = str(number.national_number)
    film = number.country_code == 1 and len(national) == 10 and "555" in (national[3:6], national[:3])
    return film or len(set(national)) <= 2 or national in "12345678901234567890" or national == "13800138000"


@functools.cache
def _matcher() -> Any:
    import phonenumbers

    return functools.partial(phonenumbers.PhoneNumberMatcher, leniency=phonenumbers.Leniency.VALID)
