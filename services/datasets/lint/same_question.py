"""The same question with different answers, and the same answer called good here and bad there."""

from collections.abc import Iterator

from services.datasets.conversation import Problem
from services.datasets.lint import Example, Ids, Keys, Read, SetCheck, Subject, checks, groups_of, key_of, plain
from services.i18n import N_


@checks.add("same-question")
class SameQuestion(SetCheck):
    """By a key of the question with everything before it, in any case and spacing. Preference rows are let be: their
    questions may come back with other pairs."""

    id, title = "same-question", N_("Same question, other answer")
    help = N_("The model is taught two answers to one question and will waver between them.")
    width, linked = 2, slice(0, 1)
    example = Example(
        ({"instruction": "Is it open on Sunday?", "output": "Yes."}, {"instruction": "is it open  on Sunday?",
          "output": "No, it is closed."}, {"instruction": "Is it open on Monday?", "output": "No."},
         {"instruction": "Is it open on", "input": "Monday?", "output": "No."}), (1,)
    )  # fmt: skip

    def keys(self, row: Subject) -> tuple[int, ...]:
        """(question, answer); of a KTO row (question and answer, label)."""
        talk = row.talk
        if talk is None or talk.chosen is not None or talk.text is not None or not row.question:
            return 0, 0
        if talk.label is not None:
            return key_of(plain(row.question), plain(row.answer)), 2 + talk.label
        return key_of(plain(row.question)), key_of(plain(row.answer))

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Rows whose answer differs from that of the first row with their question."""
        labels = self.mapping.format == "kto"
        sentence = N_("Row {other} asks the same and is answered otherwise.")
        if labels:
            sentence = N_("Row {other} has the same answer with the other label.")
        for group in groups_of(ids, keys[:, 0]):
            first = group[0]
            for place in group[1:]:
                if keys[place, 1] != keys[first, 1]:
                    yield int(ids[place]), Problem(
                        self.id, sentence, N_("Decide for one, and delete or change the other."), blocks=False,
                        sure="sure" if labels else "likely", other=int(ids[first]),
                    )  # fmt: skip
