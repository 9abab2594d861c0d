"""What a cutoff_len does to a data set, in numbers: at once what is known, exactly a moment later; the longest rows."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal

from desktop.widgets.boxes import Box, HairLine, clear_box, row
from desktop.widgets.buttons import Button
from desktop.widgets.facts import FactRow
from desktop.widgets.text import Label, Paragraph
from services.datasets.lengths import LengthTable
from services.i18n import tr, trn
from services.templates.cutoffs import CutReport, TableFacts, summary

SHOWN_PERCENTS = (50, 90, 95, 99, 100)


class CutoffPanel(Box):
    """Facts below each other."""

    cutoff_asked = Signal(int)
    row_asked = Signal(int)
    rows_asked = Signal()
    """The rows that lose something are to be shown."""

    def __init__(self) -> None:
        super().__init__("v", margins=(20, 16, 20, 20), fill="page")
        self.sentence = Paragraph("", "strong", "text")
        self.rows_cut = FactRow(lambda: tr("Rows that lose something"), "", right=True)
        self.tokens_cut = FactRow(lambda: tr("Tokens cut"), "", right=True)
        self.trained_cut = FactRow(lambda: tr("Trained tokens cut"), "", right=True)
        self.endless = FactRow(lambda: tr("Answers that lose their end"), "", right=True)
        self.nothing = FactRow(lambda: tr("Rows that train nothing"), "", right=True)
        self._lost = Button(lambda: tr("Show the rows that lose something"), "link", "table")
        self._lost.clicked.connect(self.rows_asked)
        self._shares, self._percents, self._longest = Box("v"), Box("v"), Box("v")
        self.add(self.sentence).add(8)
        for fact in (self.rows_cut, self.tokens_cut, self.trained_cut, self.endless, self.nothing):
            self.add(fact)
        self.add(8).add(row(self._lost, "s")).add(24)
        for words, part in (
            (lambda: tr("Shortest cutoff that keeps"), self._shares),
            (lambda: tr("Tokens a row"), self._percents),
            (lambda: tr("Longest rows"), self._longest),
        ):
            self.add(Label(words, "small_strong", "text2")).add(4).add(part).add(20)
        self.add("s")

    def show_facts(self, facts: TableFacts, number_of: Callable[[int], int]) -> None:
        """Show what does not depend on the cutoff. number_of: row id -> its number, 0 if it is gone."""
        for part in (self._shares, self._percents, self._longest):
            clear_box(part)
        for share, cutoff in facts.shortest.items():
            link = Button(f"{cutoff:,}", "link")
            link.setAccessibleName(tr("Set the cutoff to {n}", n=f"{cutoff:,}"))
            link.clicked.connect(partial(self.cutoff_asked.emit, cutoff))
            words = (lambda: tr("all rows")) if share == 1.0 else partial(_share_words, share)
            self._shares.add(_line(Label(words), link))
        for percent, tokens in facts.percentiles.items():
            words = partial(_percent_words, percent)
            self._percents.add(_line(Label(words), Label(f"{tokens:,}", "strong")))
        for row_id, tokens in facts.longest:
            number = number_of(row_id)
            if number:
                link = Button(partial(_row_words, number), "link")
                link.clicked.connect(partial(self.row_asked.emit, row_id))
                self._longest.add(_line(link, Label(f"{tokens:,}", "strong")))

    def show_cutoff(self, table: LengthTable, cutoff_len: int) -> None:
        """Show what is known at once; what needs encoding follows in `show_exact`."""
        said = summary(table, cutoff_len)
        self._lost.setVisible(said.long_rows > 0)
        self.rows_cut.set(_of(said.long_rows, said.rows))
        about = said.long_rows > 0
        self.tokens_cut.set(("≈ " if about else "") + _of(said.tokens_over, said.tokens))
        for fact in (self.trained_cut, self.endless, self.nothing):
            fact.set("…" if about else "0")
        whole = said.rows - said.long_rows
        self.sentence.set_text(
            lambda: trn("{n} of {all} rows stays whole", "{n} of {all} rows stay whole", whole, all=f"{said.rows:,}")
        )

    def show_exact(self, table: LengthTable, report: CutReport) -> None:
        """Show exactly what training would get."""
        tokens, trained = int(table.total.sum()), int(table.trained.sum())
        self.tokens_cut.set(_of(tokens - report.tokens, tokens))
        self.trained_cut.set(_of(trained - report.trained, trained))
        self.endless.set(f"{len(report.endless):,}")
        refused = int((table.total == 0).sum())
        self.nothing.set(f"{len(report.emptied) + refused:,}")
        parts = [
            (len(report.cut["history"]), lambda n: trn("{n} loses earlier exchanges", "{n} lose earlier exchanges", n)),
            (
                len(report.cut["prompt"]),
                lambda n: trn("{n} loses part of a question", "{n} lose part of a question", n),
            ),
            (len(report.endless), lambda n: trn("{n} loses its end", "{n} lose their end", n)),
            (len(report.emptied) + refused, lambda n: trn("{n} trains nothing", "{n} train nothing", n)),
        ]
        rows = int((table.total > 0).sum()) + refused

        def words() -> str:
            said = [say(n) for n, say in parts if n]
            if not said:
                return tr("Every row stays whole.")
            return tr("Of {rows}: {parts}.", rows=trn("{n} row", "{n} rows", rows), parts=", ".join(said))

        self.sentence.set_text(words)


def _line(left: Label | Button, right: Label | Button) -> Box:
    made = row(left, "s", right)
    made.setFixedHeight(28)
    return Box("v", [made, HairLine()])


def _of(part: int, whole: int) -> str:
    percent = 100 * part / whole if whole else 0.0
    return f"{part:,}" if not part else f"{part:,} · {percent:.1f} %"


def _share_words(share: float) -> str:
    return tr("{percent} % of the rows", percent=f"{share * 100:g}")


def _percent_words(percent: int) -> str:
    if percent == 100:
        return tr("the longest")
    return tr("half of them up to") if percent == 50 else tr("{percent} % up to", percent=percent)


def _row_words(number: int) -> str:
    return tr("Row {number}", number=f"{number:,}")
