"""Proxies: needed to download, and in the way of programs on this PC."""

import os
import urllib.request

from services.hardware.checks._check import Machine, Outcome, checks, ok, warn
from services.i18n import N_

_LOCAL = ("127.0.0.1", "localhost", "127.0.0.0/8", "*", "<local>")


@checks.add("network")
class NetworkCheck:
    """A proxy, if there is one, leaves connections within this PC alone."""

    title = N_("Network")
    order = 100

    def run(self, machine: Machine) -> Outcome:
        """Look at the system's proxy settings; nothing is sent."""
        proxies = urllib.request.getproxies()
        address = proxies.get("https") or proxies.get("http") or proxies.get("all") or ""
        mirror = os.environ.get("HF_ENDPOINT", "")
        if not address:
            if mirror:
                return ok(N_("No proxy; models come from {mirror}."), mirror=mirror)
            return ok(N_("No proxy is set."))
        spared = [part.strip() for part in proxies.get("no", "").split(",")]
        if not any(part in _LOCAL for part in spared):
            return warn(
                N_("The proxy {address} is also set for programs on this PC."),
                N_("Tunesmith goes around it; for other programs add 127.0.0.1 and localhost to its exceptions."),
                address=_without_password(address),
            )
        return ok(N_("Downloads go through the proxy {address}."), address=_without_password(address))


def _without_password(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rsplit('@', 1)[-1]}"
