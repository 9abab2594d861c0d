"""Sample answers of a run: the same questions, answered before, during and after training."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.widgets.boxes import Box, HairLine, column, row
from desktop.widgets.buttons import Button
from desktop.widgets.chip import Chip
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr, trn
from services.jobs.events import Sample
from services.jobs.metrics import RunMetrics

_NEWEST = 5  # answers to a question that are shown beside the first; the others unfold


class _Answer(Box):
    """One answer under the step that gave it."""

    def __init__(self, sample: Sample) -> None:
        super().__init__("v")
        self.sample = sample
        head = row(Label(self._when, "small_strong", "text2"), 8)
        self._best = Chip(lambda: tr("best so far"), "tint", "flag")
        head.add(self._best).add("s")
        head.setFixedHeight(28)
        self._text = Paragraph(sample.text.strip() or "—", "body", "text2")
        self.add(head).add(self._text).add(10)
        self._newest = False

    def mark(self, *, newest: bool, best: bool) -> None:
        """Say whether it is the newest answer, and whether it is the best checkpoint's."""
        self._best.setVisible(best)
        if newest != self._newest:
            self._newest = newest
            self._text.set_colour("text" if newest else "text2")

    def is_best(self) -> bool:
        """Whether it is marked as the best checkpoint's."""
        return not self._best.isHidden()

    def _when(self) -> str:
        step = self.sample.step
        return tr("step {step}", step=f"{step:,}") if step else tr("before training")


class _Question(Box):
    """A question with its answers, oldest first; those in the middle are folded."""

    def __init__(self, prompt: str) -> None:
        super().__init__("v")
        self.answers: list[_Answer] = []
        self._open = False
        self.more = Button("", "link")
        self.more.clicked.connect(self._unfold)
        self.more.hide()
        self.add(column(Paragraph(prompt, "medium", "text"), 8, HairLine(), 4))
        self._place = Box("v")
        self.add(self._place).add(16)

    def add_answer(self, sample: Sample) -> None:
        """One more."""
        answer = _Answer(sample)
        self.answers.append(answer)
        self._place.add(answer)
        if len(self.answers) == 1:
            self._place.add(self.more)

    def mark(self, best_step: int | None) -> None:
        """Say which is the newest and which the best, and fold."""
        count = len(self.answers)
        folded = 0 if self._open else max(0, count - 1 - _NEWEST)
        for index, answer in enumerate(self.answers):
            answer.setVisible(not 0 < index <= folded)
            answer.mark(newest=index == count - 1, best=answer.sample.step == best_step)
        self.more.setVisible(folded > 0)
        self.more.set_text(lambda: trn("{n} more in between", "{n} more in between", folded))

    def _unfold(self) -> None:
        self._open = True
        for answer in self.answers:
            answer.show()
        self.more.hide()


class SamplesPanel(QScrollArea):
    """Grouped by question. New answers are added to what is there; nothing is built anew while a run goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._shown: list[Sample] = []
        self._best: int | None = None
        self._questions: dict[str, _Question] = {}
        self._begin()

    def show_samples(self, metrics: RunMetrics) -> None:
        """Show the answers there are now."""
        best = metrics.best()
        step = best.step if best is not None else None
        samples = metrics.samples
        known = len(self._shown)
        if len(samples) == known and step == self._best and (not known or samples[-1] is self._shown[-1]):
            return
        if samples[:known] != self._shown:  # a run that was resumed forgets what came after its checkpoint
            self._begin()
            known = 0
        for sample in samples[known:]:
            if sample.prompt not in self._questions:
                self._questions[sample.prompt] = _Question(sample.prompt)
                self._holder.box.insertWidget(self._holder.box.count() - 1, self._questions[sample.prompt])
            self._questions[sample.prompt].add_answer(sample)
        self._shown, self._best = list(samples), step
        self._empty.setVisible(not samples)
        for question in self._questions.values():
            question.mark(step)

    def answers(self) -> list[_Answer]:
        """All answers, question by question."""
        return [a for question in self._questions.values() for a in question.answers]

    def more_buttons(self) -> list[Button]:
        """Of each question, what unfolds its answers."""
        return [question.more for question in self._questions.values()]

    def _begin(self) -> None:
        self._shown, self._best, self._questions = [], None, {}
        self._empty = Paragraph(lambda: tr("Answers to your test questions appear here while it trains."))
        self._holder = Box("v", (self._empty, "s"), margins=(16, 0, 16, 16))
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()
        self.setWidget(self._holder)
