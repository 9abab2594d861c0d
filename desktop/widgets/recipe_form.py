"""The form of a recipe, generated from its parameters: searchable, grouped, each with its sentence and its default."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit

from desktop.theme.qss import popup_sheet
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import SearchField
from desktop.widgets.parameter_row import ParameterRow
from desktop.widgets.text import Label
from services.i18n import language, tr, trn
from services.recipes import FIELDS, GROUPS, FieldProblem, Parameter, Recipe, RecipeError
from services.recipes.check import contradictions

_HIDDEN_GROUPS = ("predict", "export", "exam")  # pages of their own ask for these
_CHOSEN_ELSEWHERE = ("model_name_or_path", "dataset", "eval_dataset", "output_dir", "do_train")
_BATCH = 6  # rows made at a time, so that opening a group never holds the window up


class RecipeForm(Box):
    """Shows a Recipe and says every change of it. Rows are made when first seen."""

    changed = Signal(object)
    """The new Recipe."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__("v")
        self.recipe = recipe
        self._offers: dict[str, list[str]] = {}
        self._open: set[str] = set()
        self._rows: dict[str, ParameterRow] = {}
        self._problems: dict[str, FieldProblem] = {}
        self._wrong: dict[str, FieldProblem] = {}
        self._wanted: list[str] = []
        self.search = SearchField(lambda: tr("Search parameters"))
        self.search.setFixedWidth(264)
        self.search.textChanged.connect(lambda _: self._lay_out())
        self._count = Label("", "body", "text2")
        head = row(Label(lambda: tr("All parameters"), "heading"), 12, self._count, "s", self.search)
        self.add(head).add(12)
        self._groups: dict[str, tuple[Button, Box]] = {}
        self._lines: dict[str, Box] = {}
        for group in GROUPS:
            if group not in _HIDDEN_GROUPS:
                self._add_group(group)
        self._note = Label(lambda: tr("Esc clears the search and shows all groups."), "small", "text2")
        self.add(12).add(self._note)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._make_some)
        self._lay_out()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show another recipe, without a signal."""
        self.recipe = recipe
        for name, line in self._rows.items():
            line.show_value(getattr(recipe, name))
        self._wrong.clear()
        self._problems = {p.field: p for p in contradictions(recipe)}
        self._lay_out()

    def offer(self, name: str, choices: list[str]) -> None:
        """Propose texts for a parameter while it is being typed; any other may be typed as well."""
        self._offers[name] = choices
        self._complete(name)

    def _complete(self, name: str) -> None:
        field = self._rows[name].field if name in self._rows and name in self._offers else None
        if isinstance(field, QLineEdit):
            completer = QCompleter(self._offers[name], field)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setMaxVisibleItems(12)
            if (popup := completer.popup()) is not None:
                popup.setStyleSheet(popup_sheet())
            field.setCompleter(completer)
            completer.activated.connect(lambda _: self._rows[name].commit())

    def wrong(self) -> list[FieldProblem]:
        """Fields whose text cannot be taken, in the form's order; what is being typed is taken first."""
        for line in list(self._rows.values()):
            if line.field.hasFocus():
                line.commit()
        return self.wrong_now()

    def wrong_now(self) -> list[FieldProblem]:
        """Fields whose text could not be taken, in the form's order."""
        return [self._wrong[name] for name in FIELDS if name in self._wrong]

    def show_problems(self, problems: list[FieldProblem]) -> None:
        """Sentences beside their fields; a group that holds one opens."""
        self._problems = {p.field: p for p in problems}
        for problem in problems:
            if problem.field in FIELDS:
                self._open.add(FIELDS[problem.field].group)
        if problems:
            self.search.clear()
        self._lay_out()

    def row(self, name: str) -> ParameterRow:
        """The row of a parameter, made if need be (tests and the palette ask for one)."""
        self._open.add(FIELDS[name].group)
        self._lay_out()
        while self._wanted:
            self._make_some()
        return self._rows[name]

    def toggle(self, group: str) -> None:
        """Open or close a group."""
        self._open ^= {group}
        self._lay_out()

    def retranslate(self) -> None:
        self._lay_out()

    def _add_group(self, group: str) -> None:
        title = Button(lambda: GROUPS[group][1 if language() == "zh" else 0], "ghost", "caret-right", height=32)
        title.clicked.connect(lambda: self.toggle(group))
        body = Box("v")
        self._groups[group] = (title, body)
        line = Box("h", (title, "s"), line="hair", sides="b")
        self._lines[group] = line
        self.add(line)
        self.add(body)

    def _matches(self, parameter: Parameter) -> bool:
        words = self.search.text().strip().lower()
        if parameter.group in _HIDDEN_GROUPS:
            return False
        if not words:
            return parameter.group in self._open
        text = f"{parameter.name} {parameter.title(language())} {parameter.help(language())}".lower()
        return all(word in text for word in words.split())

    def _lay_out(self) -> None:
        words = self.search.text().strip()
        applies = [p for p in FIELDS.values() if p.applies_to(self.recipe.stage, self.recipe.method)]
        shown = [p.name for p in applies if self._matches(p)]
        self._wanted = [n for n in shown if n not in self._rows]
        for name, line in self._rows.items():
            line.setVisible(name in shown)
            line.mark(words.split()[0] if words else "")
            line.show_problem(self._wrong.get(name) or self._problems.get(name))
        names_of = {p.group for p in applies}
        hits = {FIELDS[n].group for n in shown}
        for group, (title, body) in self._groups.items():
            is_open = group in hits
            title.set_icon("caret-down" if is_open else "caret-right")
            self._lines[group].setVisible(group in names_of and (not words or is_open))
            body.setVisible(is_open)
        total = len([p for p in applies if p.group not in _HIDDEN_GROUPS])
        changed = len([n for n in self.recipe.changed() if n not in _CHOSEN_ELSEWHERE])
        if words:
            text = tr("{hits} of {total} match", hits=len(shown), total=total)
        else:
            text = trn("{n} parameter", "{n} parameters", total)
        self._count.set_text(text + (" · " + trn("{n} changed", "{n} changed", changed) if changed else ""))
        self._note.setVisible(bool(words))
        if self._wanted:
            self._timer.start()

    def _make_some(self) -> None:
        batch, self._wanted = self._wanted[:_BATCH], self._wanted[_BATCH:]
        for name in batch:
            self._make(name)
        if not self._wanted:
            self._timer.stop()

    def _make(self, name: str) -> None:
        parameter = FIELDS[name]
        line = ParameterRow(parameter, getattr(self.recipe, name))
        line.edited.connect(self._edited)
        line.mark(self.search.text().strip())
        line.show_problem(self._problems.get(name))
        self._rows[name] = line
        self._complete(name)
        body = self._groups[parameter.group][1]
        order = [n for n, p in FIELDS.items() if p.group == parameter.group and n in self._rows]
        body.box.insertWidget(order.index(name), line)
        line.show()

    def _edited(self, name: str, value: Any) -> None:
        try:
            recipe = self.recipe.with_values(**{name: value})
        except RecipeError as error:
            for problem in error.problems:
                if problem.field in self._rows:
                    self._wrong[problem.field] = problem
                    self._rows[problem.field].refuse(problem)
            self.changed.emit(self.recipe)
            return
        self._wrong.pop(name, None)
        self.recipe = recipe
        self._problems = {p.field: p for p in contradictions(recipe)}
        for other, line in self._rows.items():
            if other not in self._wrong:
                line.show_value(getattr(recipe, other))
        self._lay_out()
        self.changed.emit(recipe)
