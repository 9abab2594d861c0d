"""Kinds of chat server, one file each; each registers its class with `@servers.add(id)`."""

from services.chat.server import ChatServer, servers
from services.registry import load_siblings

__all__ = ["ChatServer", "servers"]

load_siblings(__name__, __path__)
