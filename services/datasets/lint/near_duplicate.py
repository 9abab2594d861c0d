"""Rows that are nearly the same."""

from collections.abc import Iterator

from services.datasets.conversation import Problem
from services.datasets.lint import (
    Example,
    Fix,
    Ids,
    Keys,
    Option,
    Read,
    SetCheck,
    Subject,
    checks,
    delete_row,
    groups_of,
    key_of,
    plain,
)
from services.datasets.lint._likeness import BANDS, Runs, bands_of, likeness, numbers_of, runs_of
from services.i18n import N_

_COMPARED = 4  # rows of a group that each other row is held against
_AT_ONCE = 2000  # rows read in one go
_LONG = ("Open the app and sign in with the account that you made when you bought the box, then press Devices and "
         "choose the box from the list.")  # fmt: skip


@checks.add("near-duplicate")
class NearDuplicate(SetCheck):
    """MinHash finds rows that could be alike, the share of common runs of words decides. Rows whose numbers differ are
    let be: "stock of item 19" is another question than "stock of item 20"."""

    id, title = "near-duplicate", N_("Nearly the same row")
    help = N_("Rows that differ in a word or two weigh as much as that many copies. Short rows are not compared.")
    verb = N_("Keep the first")
    width, linked = BANDS + 1, slice(0, BANDS)
    options = (
        Option("alike", N_("Alike from, in percent"), N_("How much of two rows must be the same."), 85, 60, 100),
    )
    example = Example(
        ({"instruction": "How do I add the box to the app?", "output": _LONG},
         {"instruction": "How do I add the box to the app", "output": _LONG + " Done."},
         {"instruction": "How do I add 2 boxes to the app?", "output": _LONG},
         {"instruction": "How do I remove it?", "output": _LONG.replace("sign in", "log out").replace("choose", "drop")
          .replace("press", "leave")}), (1,)
    )  # fmt: skip

    def keys(self, row: Subject) -> tuple[int, ...]:
        """Bands of the signature, and a key of the content that only equal rows share."""
        if row.talk is None:
            return (0,) * self.width
        return *bands_of(runs_of(row.content)), key_of(row.content)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Rows that are alike an earlier one, which is not itself such a row."""
        candidates: dict[int, set[int]] = {}
        for band in range(BANDS):
            for group in groups_of(ids, keys[:, band]):
                heads: list[int] = []
                for place in group.tolist():
                    others = [head for head in heads if keys[head, BANDS] != keys[place, BANDS]]
                    if others:
                        candidates.setdefault(place, set()).update(others)
                    if len(heads) < _COMPARED and len(others) == len(heads):  # equal rows: `duplicate` names them
                        heads.append(place)
        found: set[int] = set()
        for place, other, share in self._alike(ids, candidates, read):
            if place not in found and other not in found:
                found.add(place)
                yield int(ids[place]), Problem(
                    self.id, N_("The row is like row {other}: {share} % of it is the same."), N_("Keep one of them."),
                    {"share": share}, blocks=False, sure="likely" if share >= 95 else "maybe", other=int(ids[other]),
                )  # fmt: skip

    def _alike(self, ids: Ids, candidates: dict[int, set[int]], read: Read) -> Iterator[tuple[int, int, int]]:
        """Pairs (row, earlier row, percent) that are alike enough, in the order of the rows."""
        wanted = sorted(candidates)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            places = sorted({*part, *(other for place in part for other in candidates[place])})
            texts = {row.id: row for row in read([int(ids[place]) for place in places])}
            known: dict[int, tuple[Runs, list[str], str]] = {}
            for place in places:
                row = texts.get(int(ids[place]))
                text = row.content if row else ""
                known[place] = (runs_of(text), numbers_of(text), plain(text))
            for place in part:
                for other in sorted(candidates[place]):
                    if known[place][1] != known[other][1]:
                        continue
                    share = likeness(known[place][0], known[other][0])
                    if share * 100 >= self.option("alike"):
                        yield place, other, min(99, int(share * 100)) if known[place][2] != known[other][2] else 99
                        break

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
