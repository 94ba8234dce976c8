"""The cookies of logins: with `Secure` and a name that no other host can set, but on this machine, where there is no TLS."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

LOGIN = "parley_login"
DEVICE = "parley_device"


def is_loopback(host: str) -> bool:
    """Whether a `Host` header names this machine."""
    name = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Cookies:
    """`without_tls`: they go over unencrypted connections as well, not only on this machine."""

    def __init__(self, without_tls: bool) -> None:
        self._without_tls = without_tls

    def are_secure(self, scheme: str, host: str) -> bool:
        """Whether a browser may send them over TLS only. A proxy that ends TLS need not say so: what does not speak to this machine by
        its own name is taken to be encrypted."""
        return scheme in ("https", "wss") or not (self._without_tls or is_loopback(host))

    def name(self, scheme: str, host: str) -> str:
        """What the login's cookie is called: `__Host-` lets browsers take it from this host and over TLS alone."""
        return f"__Host-{LOGIN}" if self.are_secure(scheme, host) else LOGIN

    def login(self, cookies: Mapping[str, str], scheme: str, host: str) -> str:
        """The login's token, "" where there is none."""
        return cookies.get(self.name(scheme, host), "")
