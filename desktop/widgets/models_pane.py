"""The left of the models page: a field to find one, the list, and three ways to get another; and what stands there
while there is none."""

from PySide6.QtCore import Signal

from desktop.theme import size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.inputs import SearchField
from desktop.widgets.side_list import SideList
from services.i18n import tr


class ModelsPane(Box):
    """Search, list, links."""

    sample_asked = Signal()
    hub_asked = Signal()
    folder_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v", line="hair", sides="r", margins=(0, 0, 1, 0))
        self.search = SearchField(lambda: tr("Find a model"), hint="")
        self.list = SideList(lambda: tr("Models"))
        self.sample = Button(lambda: tr("Fetch the sample model (90 MB)"), "link", "download-simple")
        self.hub = Button(lambda: tr("Download by name…"), "link", "cloud-arrow-down")
        self.folder = Button(lambda: tr("Add a folder from this PC…"), "link", "folder-open")
        foot = Box("v", [self.sample, self.hub, self.folder], gap=12, margins=(20, 16, 20, 16), line="hair", sides="t")
        self.add(Box("v", [self.search], margins=(20, 12, 20, 4))).add(self.list, 1).add(foot)
        self.setFixedWidth(size("list_pane"))
        self.sample.clicked.connect(self.sample_asked)
        self.hub.clicked.connect(self.hub_asked)
        self.folder.clicked.connect(self.folder_asked)

    def typed(self) -> str:
        """What the list is narrowed to."""
        return self.search.text().strip()


class NoModels(EmptyState):
    """What an empty models page says."""

    def __init__(self) -> None:
        self.sample = Button(lambda: tr("Fetch the sample model (90 MB)"), "primary", "download-simple")
        self.hub = Button(lambda: tr("Download by name…"), icon="cloud-arrow-down")
        self.folder = Button(lambda: tr("Add a folder…"), icon="folder-open")
        super().__init__(
            "cube",
            lambda: tr("No model on this PC yet"),
            lambda: tr(
                "A model is what you fine-tune. The sample is small and learns in minutes, even without a graphics "
                "card: a good first one."
            ),
            [self.sample, self.hub, self.folder],
            framed=False,
        )
