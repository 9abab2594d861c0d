"""Connect a server: any OpenAI-compatible address, tried out before it is kept."""

from typing import TYPE_CHECKING, NamedTuple

from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.error_panel import Banner
from desktop.widgets.inputs import LineEdit
from desktop.widgets.text import Label, Paragraph, Text
from services.chat.addresses import base_url
from services.chat.endpoints import Endpoint, add_endpoint, endpoint
from services.chat.keys import NoKeyStoreError
from services.chat.servers.openai_compatible import OpenAICompatible
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_WIDTH = 640


class _Found(NamedTuple):
    """A connection that answers. warning: its key could not be kept."""

    endpoint: Endpoint
    models: list[str]
    warning: NoKeyStoreError | None = None


@pages.add("connect")
class ConnectDialog(Dialog):
    """Name, address and, where the server wants one, a key, which goes into the system's own key store."""

    kind = "connect"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(
            window,
            lambda: tr("Connect a server"),
            lambda: tr("LM Studio, llama.cpp, vLLM, or any address that speaks as OpenAI does."),
            width=_WIDTH,
        )
        self.main = window
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.address = self._field(lambda: tr("Address"), "http://127.0.0.1:1234/v1")
        self.name = self._field(lambda: tr("Name"), "LM Studio")
        self.secret = self._field(lambda: tr("Key, if it wants one"), "")
        self.secret.setEchoMode(LineEdit.EchoMode.Password)
        self.body.addWidget(
            Paragraph(lambda: tr("The key is kept in this system's key store, never in a file."), "small", "text2")
        )
        self.footer.addStretch(1)
        away = Button(lambda: tr("Cancel"))
        away.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Connect"), "primary", "link")
        self.go.clicked.connect(self.connect_now)
        self.footer.addWidget(away)
        self.footer.addWidget(self.go)
        for field in (self.address, self.name, self.secret):
            field.returnPressed.connect(self.connect_now)

    def _field(self, name: Text, example: str) -> LineEdit:
        field = LineEdit(placeholder=example, name=name)
        self.body.addWidget(Label(name, "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(field)
        self.body.addSpacing(14)
        return field

    def connect_now(self) -> None:
        """Ask the server for its models; keep it if it answers, say what is wrong if not."""
        address = self.address.text().strip()
        if not address or not self.go.isEnabled():
            return
        name, secret = self.name.text().strip() or address, self.secret.text()
        self.banner.clear()
        self.go.setEnabled(False)

        def work() -> _Found:
            server = OpenAICompatible(base_url(address), secret)
            try:
                models = server.models()  # tried out first: a wrong address must not displace a right one
            finally:
                server.close()
            try:
                return _Found(add_endpoint(name, address, key=secret), models)
            except NoKeyStoreError as error:
                return _Found(endpoint(name), models, error)

        run_in_thread(self, work, self._connected, self._failed)

    def _connected(self, found: _Found) -> None:
        self.accept()
        name = found.endpoint.name
        self.main.toast(lambda: tr("Connected to {name}", name=name), icon="link")
        if found.models and self.main.project is not None:
            self.main.open_page("chat", f"ask:{found.endpoint.id}:{found.models[0]}")
        if found.warning is not None:
            self.main.show_error(found.warning)

    def _failed(self, error: Exception) -> None:
        self.go.setEnabled(True)
        plain, action = self.main.explain(error)
        self.banner.show_error(plain, action)
