"""Sample answers of a run: the same questions, answered before, during and after training."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.widgets.boxes import Box, HairLine, column, row
from desktop.widgets.chip import Chip
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr
from services.jobs.events import Sample
from services.jobs.metrics import RunMetrics


class SamplesPanel(QScrollArea):
    """Grouped by question, oldest answer first."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._shown: tuple[int, int | None] = (-1, None)
        self._metrics = RunMetrics()
        self._note = ""
        self._fill()

    def show_samples(self, metrics: RunMetrics) -> None:
        """Draw the answers there are now; nothing is rebuilt when none came."""
        best = metrics.best()
        state = (len(metrics.samples), best.step if best is not None else None)
        self._metrics = metrics
        if state != self._shown:
            self._shown = state
            self._fill()

    def retranslate(self) -> None:
        self._fill()

    def _fill(self) -> None:
        holder = Box("v", margins=(16, 0, 16, 16))
        samples = self._metrics.samples
        if not samples:
            holder.add(Paragraph(lambda: tr("Answers to your test questions appear here while it trains.")))
        best = self._metrics.best()
        for prompt in dict.fromkeys(s.prompt for s in samples):
            holder.add(Paragraph(prompt, "medium", "text")).add(8).add(HairLine()).add(4)
            answers = [s for s in samples if s.prompt == prompt]
            for sample in answers:
                newest = sample is answers[-1]
                holder.add(_answer(sample, newest=newest, best=best is not None and sample.step == best.step))
            holder.add(16)
        holder.add("s")
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()
        self.setWidget(holder)


def _answer(sample: Sample, *, newest: bool, best: bool) -> Box:
    def when() -> str:
        return tr("step {step}", step=f"{sample.step:,}") if sample.step else tr("before training")

    head = row(Label(when, "small_strong", "text2"), 8)
    if best:
        head.add(Chip(lambda: tr("best so far"), "tint", "flag"))
    head.add("s")
    head.setFixedHeight(28)
    text = Paragraph(sample.text.strip() or "—", "body", "text" if newest else "text2")
    return column(head, text, 10)
