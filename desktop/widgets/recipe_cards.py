"""The cards at the top of the training page: what is chosen, in words."""

from PySide6.QtWidgets import QSizePolicy

from desktop.widgets.boxes import Card, column
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Text, say
from services.i18n import language, tr, trn
from services.recipes import Recipe


class SummaryCard(Card):
    """A card that says what is chosen, and is clicked to choose another."""

    def __init__(self, icon: str, name: Text) -> None:
        self.value = ElidedLabel("", "heading")
        self.note = ElidedLabel("", "body", "text2")
        words = column(Label(name, "body", "text2"), 2, self.value, 4, self.note)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        super().__init__("h")
        self.box.addWidget(column(IconLabel(icon, "accent", 20), "s"))
        self.box.addSpacing(12)
        self.box.addWidget(words, 1)
        self.box.addWidget(column(IconLabel("caret-right"), "s"))
        self._name = name
        self.setMinimumHeight(92)

    def say(self, value: Text, note: Text) -> None:
        """Show what is chosen."""
        self.value.set_text(value)
        self.note.set_text(note)
        self.setAccessibleName(f"{say(self._name)}: {say(value)}. {say(note)}")


def data_note(recipe: Recipe, cut: int = 0) -> str:
    """What is checked on, or, where rows are cut, how many."""
    if cut:
        return trn(
            "{n} row is cut at {limit} tokens",
            "{n} rows are cut at {limit} tokens",
            cut,
            limit=f"{recipe.cutoff_len:,}",
        )
    if recipe.eval_dataset:
        return tr("checked on {name}", name=recipe.eval_dataset)
    if recipe.val_size:
        share = f"{recipe.val_size:.0%}" if recipe.val_size < 1 else f"{recipe.val_size:,.0f}"
        return tr("checked on {share} of the rows", share=share)
    return tr("all of it is learnt, none kept to check with")


def method_value(recipe: Recipe) -> str:
    """The method and what is most said of it."""
    if recipe.method in ("lora", "qlora"):
        return tr(
            "{method}, rank {rank}", method="QLoRA" if recipe.method == "qlora" else "LoRA", rank=recipe.lora_rank
        )
    return tr("All weights") if recipe.method == "full" else tr("A few layers")


def method_note(percent: float | None) -> str:
    """How much of the model learns."""
    if percent is None:
        return ""
    if percent >= 99.95:
        return tr("every weight learns")
    return tr("trains {percent} % of the weights, keeps the rest", percent=f"{percent:.1f}")


def time_value(recipe: Recipe, steps: int) -> str:
    """Rounds and steps."""
    if recipe.max_steps > 0:
        return trn("{n} step", "{n} steps", recipe.max_steps)
    rounds = recipe.num_train_epochs
    text = trn("{n} round", "{n} rounds", int(rounds)) if rounds == int(rounds) else tr("{n} rounds", n=f"{rounds:g}")
    return text + (" · " + trn("{n} step", "{n} steps", steps) if steps else "")


def time_note(recipe: Recipe) -> str:
    """What that means for an example."""
    if recipe.max_steps > 0:
        return tr("stops there, however many rounds that is")
    rounds = recipe.num_train_epochs
    if rounds != int(rounds):
        return tr("every example is seen {n} times on average", n=f"{rounds:g}")
    return trn("every example is seen once", "every example is seen {n} times", int(rounds))


def weights_text(parameters: int) -> str:
    """How many weights a model has: '135 million weights', '1.5 billion weights'."""
    if language() == "zh":  # counted in ten thousands
        return f"{parameters / 1e8:.3g} 亿参数" if parameters >= 1e8 else f"{parameters / 1e4:,.0f} 万参数"
    if parameters >= 1e9:
        return tr("{n} billion weights", n=f"{parameters / 1e9:.3g}")
    return tr("{n} million weights", n=f"{parameters / 1e6:,.0f}")
