"""Keys of servers, in the system's own key store (Windows Credential Manager, Keychain, Secret Service).

Never in a file of ours. Where there is no such store, a key lives as long as the program does.
"""

from services.errors import TunesmithError
from services.i18n import N_

_SERVICE = "Tunesmith"
_session: dict[str, str] = {}


class NoKeyStoreError(TunesmithError):
    """This system has no safe place for keys. The key is kept in memory until the program ends."""

    def __init__(self) -> None:
        super().__init__(
            N_("This system has no safe place for keys, so the key is forgotten when Tunesmith closes."),
            way_out=N_("Set up a keyring (on Linux, GNOME Keyring or KWallet), or enter the key each time."),
        )


def save_key(endpoint_id: str, key: str) -> None:
    """Keep a key. NoKeyStoreError where it can only be kept until the program ends (it is, then)."""
    import keyring.errors  # finds its back ends when it is imported

    _session[endpoint_id] = key
    try:
        keyring.set_password(_SERVICE, endpoint_id, key)
    except keyring.errors.KeyringError as error:
        raise NoKeyStoreError from error


def load_key(endpoint_id: str) -> str:
    """The key of an endpoint, '' if there is none."""
    if endpoint_id in _session:
        return _session[endpoint_id]
    import keyring.errors

    try:
        return keyring.get_password(_SERVICE, endpoint_id) or ""
    except keyring.errors.KeyringError:
        return ""


def forget_key(endpoint_id: str) -> None:
    """Remove a key; harmless when there is none."""
    import keyring.errors

    _session.pop(endpoint_id, None)
    try:
        keyring.delete_password(_SERVICE, endpoint_id)
    except keyring.errors.KeyringError:
        return
