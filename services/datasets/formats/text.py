"""text: one column of raw text, for pre-training."""

from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._names import columns_for
from services.datasets.formats._parts import stop, text_cell
from services.datasets.formats._recognise import is_text
from services.datasets.mapping import Mapping
from services.i18n import N_


class Text:
    """Texts to go on writing from."""

    id, title = "text", N_("Raw text")
    roles = ("text",)

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by a column called text, or by there being one column only."""
        column = columns_for(("text",), sample.columns).get("text", "")
        score, reason = 0.6, N_("{column} is taken as raw text, by its name.")
        if not column and len(sample.columns) == 1:
            column, score, reason = sample.columns[0], 0.3, N_("There is one column, {column}: taken as raw text.")
        if not column or not is_text(sample, column):
            return None
        return Guess(score, reason, Mapping(format=self.id, columns={"text": column}), {"column": column})

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """The text as it is. LLaMA-Factory's role prompt is understood too."""
        role = "text" if "text" in mapping.columns else "prompt"
        text = text_cell(values, mapping, role, notes)
        if text is None or not text.strip():
            raise stop("empty-text", N_("The text is empty."), N_("Delete the row."), mapping.column(role))
        return Conversation(text=text)


formats.add(Text.id)(Text())
