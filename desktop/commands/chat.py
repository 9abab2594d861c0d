"""Commands around chats that belong to no page."""

from desktop.commands import Command, add
from services.i18n import tr

add(
    Command(
        "chat.connect",
        lambda: tr("Connect a server…"),
        lambda w: w.open_page("connect"),
        "link",
        menu="chat",
        order=300,
    )
)
