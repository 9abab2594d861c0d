"""The left of the templates page: a field to find one, and the list: the model's own, one's own, the named ones."""

from PySide6.QtCore import Signal

from desktop.models.side_list import SideItem
from desktop.theme import size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import SearchField
from desktop.widgets.side_list import SideList
from services.i18n import tr
from services.templates.probing import Choice

_HEADINGS = ("model", "own", "named")


class TemplatesPane(Box):
    """Search, list, and the link that copies."""

    copy_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v", line="hair", sides="r", margins=(0, 0, 1, 0))
        self.search = SearchField(lambda: tr("Find a template"), hint="")
        self.list = SideList(lambda: tr("Templates"))
        self.copy = Button(lambda: tr("Copy and edit"), "link", "copy")
        foot = Box("v", [self.copy], margins=(20, 16, 20, 16), line="hair", sides="t")
        self.add(Box("v", [self.search], margins=(20, 12, 20, 4))).add(self.list, 1).add(foot)
        self.setFixedWidth(size("list_pane"))
        self.copy.clicked.connect(self.copy_asked)

    def show_choices(self, choices: list[Choice], lacks: dict[str, list[str]], edited: set[str], used: str) -> None:
        """List those that fit what is searched for. lacks: see Overview. edited: with changes not saved. used: that of
        the recipe in the making."""
        words = self.search.text().strip().lower()
        items: list[SideItem] = []
        titles = {"model": tr("From the model"), "own": tr("Yours"), "named": tr("Named")}
        for heading in _HEADINGS:
            kinds = ("project", "user") if heading == "own" else (heading,)
            found = [c for c in choices if c.kind in kinds and words in f"{c.name} {choice_title(c)}".lower()]
            if found:
                items.append(SideItem(f"heading {heading}", titles[heading], note=str(len(found)), heading=True))
                items += [_item(c, lacks.get(c.name, []), c.name in edited, c.name == used) for c in found]
        self.list.show_items(items)


def choice_title(choice: Choice) -> str:
    """What a template is called."""
    if choice.kind == "model":
        return tr("The model's own")
    return choice.title or choice.name.removesuffix(".jinja")


def _item(choice: Choice, lacks: list[str], edited: bool, used: bool) -> SideItem:
    if choice.kind == "model":
        line = tr("what it came with")
    elif choice.kind == "named":
        line = choice.name
    else:
        line = tr("in this project") if choice.kind == "project" else tr("for all projects")
    note = tr("in the recipe") if used else ""
    icon, role = "brackets-curly", "text2"
    if edited:
        icon, role, note = "pencil-simple", "accent", tr("not saved")
    elif lacks:
        icon, role = "warning", "text3"
        line = tr("lacks {tokens}", tokens=", ".join(lacks))
    return SideItem(choice.name, choice_title(choice), line, note, icon, role)
