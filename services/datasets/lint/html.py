"""Leftovers of web pages."""

import html
import re

from services.datasets.lint import Example, Subject, TextCheck, checks, excerpt
from services.i18n import N_

_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|em|strong|a|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|font|img|blockquote|sup|sub|"
    r"center|hr|section|article|figure)(?:\s[^<>\n]{0,300})?/?>",
    re.I,
)
_ENTITY = re.compile(
    r"&(?:nbsp|amp|lt|gt|quot|apos|mdash|ndash|hellip|rsquo|lsquo|ldquo|rdquo|#\d{2,5}|#x[0-9a-f]{2,5});"
)
_ABOUT = re.compile(
    r"html|css\b|xml|markup|markdown|\bjsx?\b|javascript|react|\bvue\b|```|<!doctype|web ?(?:page|site)|web ?scrap|"
    r"\btags?\b|element|网页|标签|前端|爬虫|\bcode\b|代码|\bsvg\b|php|angular",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr|blockquote)>", re.I)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>", re.I)


@checks.add("html")
class Html(TextCheck):
    """Tags and entities of HTML in a row that is not about HTML or code, neither in its question nor in its answer."""

    id, title = "html", N_("Leftover HTML")
    help = N_("Tags and entities of a web page that came with the text. Rows about HTML or code are let be.")
    verb, does = N_("Clean"), N_("Take the tags out and write entities as characters.")
    sentence = N_("{column} holds HTML: {seen}")
    way_out = N_("Take it out, unless the row is about it.")
    example = Example(
        (
            {"instruction": "a", "output": "<p>Hold the button.</p><br>Then wait."},
            {"instruction": "b", "output": "Fish &amp; chips&nbsp;and tea."},
            {"instruction": "Write HTML", "output": "<ul><li>a</li>"},
            {"instruction": "c", "output": "if a < b and b > c"},
            {"instruction": "d", "output": "A <name> of yours"},
            {"instruction": "e", "output": "R&D; AT&T"},
            {"instruction": "f", "output": "| a<br>b | c |"},
        ),
        (0, 1),
    )

    def look(self, text: str, row: Subject) -> str | None:
        """The first tag or entity."""
        if "<" not in text and "&" not in text:
            return None
        found = _TAG.search(text) or _ENTITY.search(text)
        if not found or re.search(r"^\s*\|.*\|", text, re.M):
            return None
        if any(_ABOUT.search(piece.text[:20_000]) for piece in row.pieces if piece.role != "tools"):
            return None
        return excerpt(text, found.start(), found.end())

    def mended(self, text: str, row: Subject) -> str:
        """Line breaks for what ends a block, a dash for an item, nothing for the other tags; entities as characters."""
        new = _ITEM.sub("- ", _BREAK.sub("\n", text))
        new = _TAG.sub("", new)
        new = _ENTITY.sub(lambda entity: html.unescape(entity[0]), new).replace("\xa0", " ")
        return re.sub(r"\n{3,}", "\n\n", new).strip()
