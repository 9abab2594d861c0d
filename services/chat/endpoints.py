"""Servers that the person added: `endpoints.toml` in the data folder, plain text without keys.

[[endpoint]]
id = "lm-studio"
name = "LM Studio"
kind = "openai"
url = "http://127.0.0.1:1234/v1"
"""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from services import files
from services.chat import keys
from services.chat.addresses import base_url
from services.chat.server import ChatServer
from services.errors import TunesmithError
from services.i18n import N_
from services.paths import data_dir
from services.settings import load_settings


class EndpointError(TunesmithError):
    """An endpoint that is not there, or a list of them that cannot be read."""


@dataclass(frozen=True)
class Endpoint:
    """A server by name. id: stable, of letters, digits and '-'. kind: id of a chat server kind. url: '' its default."""

    id: str
    name: str
    kind: str
    url: str = ""

    def open(self) -> ChatServer:
        """The server behind it, with its key."""
        from services.chat.servers import servers

        kind = servers.get(self.kind)
        return kind(self.url, keys.load_key(self.id) if kind.keyed else "")  # type: ignore[call-arg]


OLLAMA = Endpoint("ollama", "Ollama", "ollama")
"""Always there: the Ollama of this machine, or the one of the settings."""


def endpoints() -> list[Endpoint]:
    """Ollama first, then those that the person added, in the order of the file. EndpointError if it is broken."""
    return [dataclasses.replace(OLLAMA, url=load_settings().ollama_host), *_read()]


def endpoint(endpoint_id: str) -> Endpoint:
    """One by id or name. EndpointError if there is none."""
    for known in endpoints():
        if endpoint_id in (known.id, known.name):
            return known
    raise EndpointError(
        N_("There is no connection {name}."),
        way_out=N_("Add it under Connections, or give its address."),
        name=endpoint_id,
    )


def add_endpoint(name: str, url: str, *, kind: str = "openai", key: str = "") -> Endpoint:
    """Add a server, or change the one of the same name. url may be as pasted. ChatError if it is no address.

    keys.NoKeyStoreError comes last, when the endpoint is saved and its key could not be.
    """
    made = Endpoint(_id(name), name.strip(), kind, base_url(url) if kind == "openai" else url.strip())
    if made.id == OLLAMA.id:
        raise EndpointError(
            N_("Ollama is already among the connections."), way_out=N_("Its address is one of the settings.")
        )
    kept = [e for e in _read() if e.id != made.id]
    _write([*kept, made])
    if key:
        keys.save_key(made.id, key)
    return made


def remove_endpoint(endpoint_id: str) -> None:
    """Forget a server and its key. EndpointError if there is none of that id."""
    known = _read()
    if endpoint_id not in {e.id for e in known}:
        raise EndpointError(N_("There is no connection {name}."), name=endpoint_id)
    _write([e for e in known if e.id != endpoint_id])
    keys.forget_key(endpoint_id)


def endpoints_path() -> Path:
    """The file."""
    return data_dir() / "endpoints.toml"


def _id(name: str) -> str:
    made = re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-")
    if not made:
        raise EndpointError(N_("The connection needs a name."))
    return made


def _read() -> list[Endpoint]:
    path = endpoints_path()
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        return [
            Endpoint(str(e["id"]), str(e.get("name", e["id"])), str(e.get("kind", "openai")), str(e.get("url", "")))
            for e in document.get("endpoint", [])
        ]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, TOMLKitError, KeyError, TypeError, AttributeError) as error:
        raise EndpointError(
            N_("{file} cannot be read: {reason}"),
            way_out=N_("Mend that line in a text editor, or delete the file to begin anew."),
            file=str(path),
            reason=str(error),
        ) from error


def _write(known: list[Endpoint]) -> None:
    document = tomlkit.document()
    tables = tomlkit.aot()
    for one in known:
        table = tomlkit.table()
        for name, value in dataclasses.asdict(one).items():
            table[name] = value
        tables.append(table)
    document["endpoint"] = tables
    files.write_text(endpoints_path(), tomlkit.dumps(document))
