"""The templates page: pick one, see live what it makes of a row, copy it and change the copy."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from desktop.controllers.project_models import put_into_recipe
from desktop.controllers.templates import Asked, Overview, Shown, TemplatesController
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.jinja_editor import JinjaEditor
from desktop.widgets.template_preview import TemplatePreview
from desktop.widgets.templates_pane import TemplatesPane, choice_title
from desktop.widgets.text import ElidedLabel
from services.i18n import tr
from services.templates.custom import CustomTemplate, free_name, remove_template, save_template
from services.templates.probing import Choice

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("templates")
class TemplatesPage(Page):
    """key: name of the template that is shown, '' for that of the recipe in the making."""

    kind = "templates"
    icon = "brackets-curly"
    one_tab = True
    fills_primary = True

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        self.controller = TemplatesController(window.project)
        self.overview = Overview()
        self.drafts: dict[str, str] = {}
        """Template -> its text as it is being edited, where that is not saved."""
        self._lacks: dict[str, list[str]] = {}
        self._saved: dict[str, str] = {}  # template -> its text on the disk, as far as it was read
        self._in_editor = ""  # the template whose text stands there
        self._number = 0  # of the rendering asked for last; older ones are not shown
        self._running = self._again = self._loaded = False
        self.pane, self.editor, self.preview = TemplatesPane(), JinjaEditor(), TemplatePreview()
        self.list = self.pane.list
        self.name = ElidedLabel("", "title")
        self.use = Button(lambda: tr("Use in the recipe"), "secondary", "sliders-horizontal")
        self.save = Button(lambda: tr("Save the template"), "primary", "check")
        self.copy = Button(lambda: tr("Copy and edit"), "secondary", "copy")
        self._build()
        self._connect()
        self.run(self.controller.warm)

    def title(self) -> str:
        return tr("Templates")

    def show_as_command(self) -> tuple[str, str]:
        folder = self.controller.folder or "PROJECT"
        return (f'tunesmith template show "{folder}" "{self.key or "model"}" --talk', "")

    def shown(self) -> None:
        self.look()

    def turn_to(self, key: str) -> None:
        if key and key != self.key:
            self._keep_draft()
            self.key = key
            self._show_list()
            self._read_source()

    def state(self) -> dict[str, Any]:
        self._keep_draft()
        return {"chosen": self.key, "drafts": dict(self.drafts)}

    def restore(self, state: dict[str, Any]) -> None:
        kept = state.get("drafts")
        if isinstance(kept, dict):
            self.drafts = {str(k): str(v) for k, v in kept.items()}
        self.turn_to(str(state.get("chosen", "")))

    def retranslate(self) -> None:
        self._show_list()
        self._say()

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low = words.lower()
        found = [c for c in self.overview.choices if low in f"{c.name} {c.title}".lower()]
        return [(choice_title(c), tr("Template"), lambda n=c.name: self.turn_to(n)) for c in found[:8]]

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        head = Box("h", margins=(20, 12, 16, 12))
        head.add(self.name, 1).add(row(12, self.copy, 8, self.use, 8, self.save))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(self.editor)
        split.addWidget(self.preview)
        split.setSizes([520, 480])
        body = Box("v", [head, HairLine()])
        body.add(split, 1)
        self.content.addWidget(Box("h", [self.pane]).add(body, 1), 1)

    def _connect(self) -> None:
        self.pane.search.textChanged.connect(lambda _: self._show_list())
        self.list.chosen.connect(self.turn_to)
        for button in (self.pane.copy, self.copy):
            button.clicked.connect(lambda: self.main.run_command("templates.copy"))
        self.use.clicked.connect(lambda: self.main.run_command("templates.use"))
        self.save.clicked.connect(lambda: self.main.run_command("templates.save"))
        self.editor.settled.connect(self._typed)
        self.editor.modificationChanged.connect(lambda _: self._say())
        self.preview.changed.connect(self.render_soon)
        self.preview.model_changed.connect(self._other_model)
        self.preview.line_asked.connect(self.editor.go_to_line)

    # --- what commands ask ----------------------------------------------------------------------------------------

    def choice(self) -> Choice | None:
        """The template that is shown."""
        return next((c for c in self.overview.choices if c.name == self.key), None)

    def may_write(self) -> bool:
        """Whether templates can be written into the project."""
        return self.controller.project is not None and not self.main.read_only

    def can_copy(self) -> bool:
        """Whether there is something to copy, and a place for it."""
        return self.may_write() and self.choice() is not None

    def can_save(self) -> bool:
        """Whether the copy was changed."""
        choice = self.choice()
        return self.may_write() and choice is not None and choice.kind == "project" and self.editor.changed_text()

    def can_remove(self) -> bool:
        """Whether the template is one of the project's."""
        choice = self.choice()
        return self.may_write() and choice is not None and choice.kind == "project"

    def copy_template(self) -> None:
        """Copy what is shown into the project and edit the copy."""
        choice, folder, text = self.choice(), self.controller.folder, self.editor.text()
        if choice is None or folder is None:
            return
        base = self.key.removesuffix(".jinja") if choice.kind != "model" else tr("my template")

        def made(found: CustomTemplate) -> None:
            self.drafts.pop(self.key, None)
            self.key = self._in_editor = found.name
            self._saved[found.name] = text
            self.editor.load(text)
            self.look()
            self.editor.setFocus()

        self.run(lambda: save_template(free_name(base, folder), text, folder), made)

    def save_template(self) -> None:
        """Write the copy; one that cannot be read is refused with its line, and what was there stays."""
        name, folder, text = self.key, self.controller.folder, self.editor.text()

        def done(_: CustomTemplate) -> None:
            self.banner.clear()
            self._saved[name] = text
            self.drafts.pop(name, None)
            if name == self.key:
                self.editor.load(self.editor.text(), original=text)
            self._show_list()
            self._say()
            self.main.toast(lambda: tr("Saved {name}", name=name))

        self.run(lambda: save_template(name, text, folder, replace=True), done)

    def remove(self) -> None:
        """Take the template out of the project; Undo brings it back."""
        choice, folder = self.choice(), self.controller.folder
        if choice is None or folder is None:
            return
        name = choice.name

        def back(text: str) -> None:
            self.key = name
            self.run(lambda: save_template(name, text, folder, replace=True), lambda _: self.look())

        def gone(text: str) -> None:
            self.drafts.pop(name, None)
            self._saved.pop(name, None)
            self.key = "model"
            self.look()
            self.main.toast(lambda: tr("Removed {name}", name=name), action=lambda: tr("Undo"), run=lambda: back(text))

        self.run(lambda: remove_template(name, folder), gone)

    def use_in_recipe(self) -> None:
        """Put the template into the recipe in the making."""
        name = self.key
        put_into_recipe(self, lambda: tr("The recipe uses the template {name} now.", name=name), template=name)

    def can_use(self) -> bool:
        """Whether there is a recipe to put it into."""
        return self.may_write() and self.choice() is not None

    # --- reading --------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read anew what there is."""
        self.run(self.controller.overview, self._read)

    def _read(self, overview: Overview) -> None:
        self.overview = overview
        self.preview.show_choices(overview.models, overview.datasets)
        names = [c.name for c in overview.choices]
        if self.key not in names:
            self.key = overview.template if overview.template in names else "model"
        first, self._loaded = not self._loaded, True
        self._show_list()
        if first:
            self._other_model()
        else:
            self._read_source()

    def _other_model(self) -> None:
        model = self.preview.chosen_model()
        if model is None:
            return
        found = self.overview.choices

        def done(lacks: dict[str, list[str]]) -> None:
            self._lacks = lacks
            self._show_list()

        self.run(lambda: self.controller.lacks(model, found), done)
        self._saved.pop("model", None)
        self._read_source()

    def _read_source(self) -> None:
        name, model = self.key, self.preview.chosen_model()
        if model is None or not self._loaded:
            return

        def done(text: str) -> None:
            if name == self.key:
                self.banner.clear()
                self._saved[name] = text
                if self._in_editor != name or not self.editor.changed_text():
                    self.editor.load(self.drafts.get(name, text), original=text)
                self._in_editor = name
                self._say()
                self.render_soon()

        def failed(error: Exception) -> None:
            if name == self.key:
                self._saved.pop(name, None)
                self.editor.load("")
                self._in_editor = ""
                self._say()
                self.render_soon()
                self.show_error(error)

        self.run(lambda: self.controller.source(name, model), done, failed)

    def _keep_draft(self) -> None:
        if self._in_editor != self.key:  # its text is not there yet: what is kept of it stays
            return
        choice = self.choice()
        if choice is not None and choice.kind == "project" and self.editor.changed_text():
            self.drafts[self.key] = self.editor.text()
        else:
            self.drafts.pop(self.key, None)

    def _typed(self) -> None:
        self._keep_draft()
        self._show_list()
        self._say()
        self.render_soon()

    # --- rendering ------------------------------------------------------------------------------------------------

    def render_soon(self) -> None:
        """Render what stands there now; at once, or when the rendering under way has ended."""
        if self._running:
            self._again = True
            return
        asked = self._asked()
        if asked is None:
            return
        self._number += 1
        number, models, self._running, self._again = self._number, self.overview.models, True, False

        def work() -> tuple[Shown, dict[str, list[str]]]:
            return self.controller.show(asked), self.controller.fits(asked, models)

        def done(made: tuple[Shown, dict[str, list[str]]]) -> None:
            self._running = False
            if number == self._number:
                self.editor.mark_line(made[0].line if asked.name == self.key else 0)
                self.preview.show_result(*made)
            if self._again:
                self.render_soon()

        def failed(error: Exception) -> None:
            self._running = False
            self.show_error(error)

        self.run(work, done, failed)

    def is_settled(self) -> bool:
        """Whether what is shown is of the text as it stands."""
        return self._loaded and not self._running and not self._again and not self.editor.is_waiting()

    def _asked(self) -> Asked | None:
        model = self.preview.chosen_model()
        if model is None or self.key not in self._saved:
            return None
        plain = Asked(
            self.key,
            model,
            talk=self.preview.chosen_talk(),
            row=self.preview.number.value(),
            generation_prompt=self.preview.prompt.isChecked(),
            thinking=self.preview.chosen_thinking(),
        )
        changed = self.editor.text() != self._saved[self.key]
        return replace(plain, text=self.editor.text()) if changed else plain

    # --- what is shown --------------------------------------------------------------------------------------------

    def _show_list(self) -> None:
        self.pane.show_choices(self.overview.choices, self._lacks, set(self.drafts), self.overview.template)
        self.list.choose(self.key)

    def _say(self) -> None:
        choice = self.choice()
        self.name.set_text(choice_title(choice) if choice is not None else "")
        mine = choice is not None and choice.kind == "project" and self.may_write()
        self.editor.setReadOnly(not mine)
        self.save.setVisible(mine)
        why = (lambda: tr("Nothing was changed.")) if mine else (lambda: tr("Open a project first."))
        self.save.allow(self.can_save(), why)
        self.copy.setVisible(not mine)
        self.copy.set_kind("primary")
        self.copy.allow(self.can_copy(), lambda: tr("Open a project first."))
        self.pane.copy.allow(self.can_copy(), lambda: tr("Open a project first."))
        self.use.allow(self.can_use(), lambda: tr("Open a project first."))
        self.changed.emit()
