"""What a run will take, beside the recipe: memory against the card, time, steps, rows cut, disk; then Start."""

from functools import partial

from PySide6.QtCore import Signal

from desktop.controllers.train import Outlook
from desktop.theme import size
from desktop.times import about
from desktop.widgets.boxes import Box, Card, HairLine, Item, clear_box, row
from desktop.widgets.buttons import Button
from desktop.widgets.facts import FactRow
from desktop.widgets.progress import Bar
from desktop.widgets.text import IconLabel, Label, Paragraph, Text, translated
from services.i18n import N_, tr
from services.recipes import FieldProblem, Recipe
from services.recipes.forecast import Forecast, Variant

_PARTS = (
    ("weights_gib", "m1", lambda: tr("Weights")),
    ("adapter_gib", "m2", lambda: tr("Adapter")),
    ("optimiser_gib", "m3", lambda: tr("Optimiser and gradients")),
    ("activations_gib", "m4", lambda: tr("Activations")),
    ("system_gib", "m5", lambda: tr("System and driver")),
)


_LEFT_OUT = N_("{n} rows teach nothing and are left out; the findings of the data set say why.")


class Legend(Box):
    """A part of the memory: its colour, its name, its size."""

    def __init__(self, colour: str, name: object) -> None:
        super().__init__("h")
        swatch = Box("h", fill=colour, corner=2, line="" if colour else "edge")
        swatch.setFixedSize(12, 12)
        self.value = Label("", "body")
        for item in (swatch, 10, Label(name, "body"), "s", self.value):  # type: ignore[arg-type]
            self.add(item)
        self.setFixedHeight(25)


class ForecastPanel(Box):
    """Stands in the inspector's place on the training page."""

    started = Signal()
    queued = Signal()
    variant_chosen = Signal(dict)
    presets_asked = Signal(object)
    open_asked = Signal()
    save_asked = Signal()
    command_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v", margins=(24, 16, 24, 16))
        self._big = Label("", "big_number")
        self._of = Label("", "body", "text2")
        self._mark = IconLabel("check-circle", "ok")
        self._fits = Label("", "strong", "ok")
        self._bar = Bar(height=16)
        self._card = Label("", "small", "text2")
        self._legends = {name: Legend(colour, title) for name, colour, title in _PARTS}
        self._spare = Legend("", lambda: tr("Spare"))
        self._memory = Box("v")
        for item in (row(self._big, 8, self._of, "s", self._mark, 6, self._fits), 4, self._bar, 4):
            self._memory.add(item)
        self._memory.add(row(Label("0", "small", "text2"), "s", self._card)).add(8)
        for legend in (*self._legends.values(), self._spare):
            self._memory.add(legend)
        self._waiting = Paragraph(lambda: tr("Choose a model, and what it takes is shown here."))
        self._time = FactRow(lambda: tr("Time"), "", icon="timer", right=True, line=False)
        self._steps = FactRow(lambda: tr("Steps"), "", icon="rows", right=True, line=False)
        self._cut = FactRow(lambda: tr("Rows cut"), "", icon="scissors", right=True, line=False)
        self._disk = FactRow(lambda: tr("Disk"), "", icon="hard-drives", right=True, line=False)
        self._notes = Paragraph("", "small", "warn")
        self._variants = Box("v", gap=8)
        self.start = Button(lambda: tr("Start training"), "primary", "play", height=size("button_start"))
        self.queue = Button(lambda: tr("Add to queue"), icon="list-plus")
        self._memory.hide()
        self._cut.hide()
        self._build()

    def _build(self) -> None:
        self.add(Label(lambda: tr("Forecast"), "small_strong", "text2")).add(12)
        self.add(self._memory).add(self._waiting).add(12).add(HairLine()).add(8)
        for fact in (self._time, self._steps, self._cut, self._disk):
            self.add(fact)
        self.add(8).add(self._notes).add(self._variants).add("s")
        for button, signal in ((self.start, self.started), (self.queue, self.queued)):
            button.setSizePolicy(Box().sizePolicy())
            button.clicked.connect(signal)
            self.add(button).add(8)
        presets = Button(lambda: tr("Presets"), "link", "bookmark-simple")
        presets.clicked.connect(lambda: self.presets_asked.emit(presets))
        links: list[Item] = [presets, "s"]
        for text, signal in ((lambda: tr("Open YAML"), self.open_asked), (lambda: tr("Save YAML"), self.save_asked)):
            link = Button(text, "link")
            link.clicked.connect(signal)
            links += [link, 16]
        command = Button(lambda: tr("Show as command"), "link", "terminal-window")
        command.clicked.connect(self.command_asked)
        self.add(8).add(row(*links[:-1])).add(12).add(row(command, "s"))

    def show_outlook(self, outlook: Outlook, recipe: Recipe, wrong: FieldProblem | None = None) -> None:
        """Show what is known of a recipe. wrong: a field whose text cannot be taken."""
        found = outlook.forecast
        self._memory.setVisible(found is not None)
        self._waiting.setVisible(found is None)
        if found is not None:
            self._show_memory(found)
        self._show_facts(found, outlook, recipe)
        self._show_variants(outlook.variants)
        why = _why_not(outlook, recipe, wrong)
        for button in (self.start, self.queue):
            button.allow(why is None, why or "")
        problem = outlook.problem
        if problem is not None:
            self._waiting.set_text(lambda: f"{problem.localized()[0]} {problem.localized()[1]}".strip())
        else:
            self._waiting.set_text(lambda: tr("Choose a model, and what it takes is shown here."))

    def _show_memory(self, found: Forecast) -> None:
        memory, card = found.memory, found.card
        total = card.total_gib if card is not None else found.needed_gib
        self._big.set_text(f"{found.needed_gib:.1f}")
        self._of.set_text(lambda: tr("of {size} GiB", size=f"{total:.1f}"))
        amounts = {name: getattr(memory, name) for name, _, _ in _PARTS}
        amounts["optimiser_gib"] += memory.gradients_gib
        amounts["activations_gib"] += memory.logits_gib
        segments = [(amounts[name], colour) for name, colour, _ in _PARTS]
        self._bar.set(segments, max(total, found.needed_gib), total if found.needed_gib > total else None)
        for name, legend in self._legends.items():
            legend.value.set_text(f"{amounts[name]:.1f} GiB" if amounts[name] >= 0.05 else f"{amounts[name]:.2f} GiB")
        self._spare.setVisible(found.fits)
        self._spare.value.set_text(f"{max(0.0, found.spare_gib):.1f} GiB")
        self._card.set_text(f"{card.short_name} · {card.nominal_gb} GB" if card is not None else "")
        icon, role, word = ("check-circle", "ok", lambda: tr("Fits"))
        if not found.fits:
            icon, role, word = ("warning-circle", "err", lambda: tr("Does not fit"))
        elif found.tight:
            icon, role, word = ("warning", "warn", lambda: tr("Just fits"))
        self._mark.set_icon(icon, role)
        self._fits.set_colour(role)
        self._fits.set_text(word)

    def _show_facts(self, found: Forecast | None, outlook: Outlook, recipe: Recipe) -> None:
        if found is None:
            for fact in (self._time, self._steps):
                fact.set("–")
            self._cut.hide()
        else:
            minutes = found.minutes
            self._time.set(lambda: about(60 * minutes) if minutes is not None else tr("measured in the first steps"))
            self._steps.set(f"{found.steps:,}")
            self._show_cut(found, outlook, recipe)
        needs = f"{found.disk_gib:.1f}" if found is not None else "0"
        self._disk.set(lambda: tr("{needs} of {free} GiB", needs=needs, free=f"{outlook.free_gib:,.0f}"))
        notes = list(found.notes) if found is not None else []
        if outlook.lengths is not None and 0 < outlook.lengths.refused < outlook.rows:
            notes.append((_LEFT_OUT, {"n": f"{outlook.lengths.refused:,}"}))
        self._notes.setVisible(bool(notes))
        self._notes.set_text(lambda: "\n".join(tr(text, **values) for text, values in notes))

    def _show_cut(self, found: Forecast, outlook: Outlook, recipe: Recipe) -> None:
        lengths = outlook.lengths
        self._cut.setVisible(recipe.stage != "pt")
        self._cut.name.set_text(lambda: tr("Rows cut at {n}", n=f"{recipe.cutoff_len:,}"))
        if lengths is None:
            self._cut.set(lambda: tr("counting…"))
            return
        cut, rows = f"{found.rows_cut:,}", f"{len(lengths.lengths):,}"
        if lengths.sampled and found.rows_cut:
            self._cut.set(lambda: tr("about {cut} of {rows}", cut=cut, rows=rows))
        else:
            self._cut.set(lambda: tr("{cut} of {rows}", cut=cut, rows=rows))

    def _show_variants(self, variants: list[Variant]) -> None:
        clear_box(self._variants)
        self._variants.setVisible(bool(variants))
        for variant in variants:
            fits = variant.forecast.fits
            size_text = f"{variant.forecast.needed_gib:.1f} GiB"
            card = Card(
                "h",
                (
                    IconLabel("check-circle" if fits else "warning", "ok" if fits else "warn"),
                    8,
                    Label(translated(variant.title), "medium"),
                    "s",
                    Label(size_text, "body", "text2"),
                ),
                padding=10,
                name=variant.title,
            )
            card.clicked.connect(partial(self.variant_chosen.emit, variant.changes))
            self._variants.add(card)


def _why_not(outlook: Outlook, recipe: Recipe, wrong: FieldProblem | None) -> Text | None:
    """What keeps the run from starting, None if nothing does."""
    if not recipe.model_name_or_path:
        return lambda: tr("Choose a model first.")
    if outlook.problem is not None:
        problem = outlook.problem
        return lambda: problem.localized()[0]
    if not recipe.dataset:
        return lambda: tr("Choose a data set first.")
    if not outlook.rows:
        return lambda: tr("The data set has no rows yet.")
    if outlook.lengths is not None and not len(outlook.lengths.lengths):
        return lambda: tr("None of the rows can be trained in stage {stage}.", stage=recipe.stage)
    if wrong is not None:
        return lambda: " ".join(p for p in wrong.localized() if p)
    return None
