"""Models that can be asked, for a combo box: those of the project, Ollama's, those of other servers."""

from desktop.widgets.text import Text
from services.chat.endpoints import endpoints
from services.chat.servers.local_run import offered
from services.errors import TunesmithError
from services.i18n import tr
from services.projects.project import Project


def who_answers(project: Project) -> list[tuple[str, Text]]:
    """(what `--model` takes, words) of every model that answers now. Asks servers: off the window's thread."""
    found: list[tuple[str, Text]] = []
    for known in endpoints():
        try:
            server = known.open()
            try:
                names = server.models()
            finally:
                server.close()
        except TunesmithError:
            continue  # it does not answer now
        found += [(f"{known.id}#{name}", f"{name} · {known.name}") for name in names]
    runs = [name for name in offered(project) if name != "base" and "/" not in name]
    return found + [(name, f"{name} · {tr('This computer')}") for name in reversed(runs)]
