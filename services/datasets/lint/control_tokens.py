"""Marks of chat templates that stand in the text itself."""

import re

from services.datasets.lint import Example, Subject, TextCheck, checks, excerpt
from services.i18n import N_

_TOKEN = re.compile(
    r"<\|/?[a-zA-Z_][\w-]{0,40}\|>|</?s>(?=\s*(?:$|\[/?INST))|^\s*<s>(?=[\s\[])|\[/?INST\]|<</?SYS>>"
    r"|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[gMASK\]|<｜[^｜<>\n]{1,40}｜>"
)
_HEAD = re.compile(r"^#{2,3} ?(?:Human|Assistant|Instruction|Response|User|System)\s*:", re.M)


@checks.add("control-tokens")
class ControlTokens(TextCheck):
    """Control tokens of the usual templates, and the headings of prompts that were pasted with the text."""

    id, title = "control-tokens", N_("Control tokens in the text")
    help = N_("Marks such as <|im_end|> belong to the template. In the text they are trained as ordinary characters.")
    verb, does = N_("Remove"), N_("Remove them.")
    sentence = N_("{column} holds a mark of a chat template: {seen}")
    way_out = N_("Remove it, unless the row is about such marks.")
    example = Example(
        ({"instruction": "Hi", "output": "Hello!<|im_end|>"}, {"instruction": "[INST] Hi [/INST]", "output": "Hello!"},
         {"instruction": "Hi", "output": "Yes.\n### Assistant: More."}, {"instruction": "Hi", "output": "Hello.</s>"},
         {"instruction": "Hi", "output": "Strike it: <s>old</s> new."}, {"instruction": "a | b", "output":
          "x <| y |> z"}, {"instruction": "Hi", "output": "### Answer\nUse f(x) |> g."}), (0, 1, 2, 3)
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """The first mark."""
        found = _TOKEN.search(text) if "<" in text or "[" in text else None
        found = found or (_HEAD.search(text) if "##" in text else None)
        return excerpt(text, found.start(), found.end()) if found else None

    def mended(self, text: str, row: Subject) -> str:
        """The text without them; blanks that they leave at both ends go too."""
        new = _HEAD.sub("", _TOKEN.sub("", text))
        return new.strip() if new != text else text
