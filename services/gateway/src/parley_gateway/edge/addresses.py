"""Whose address a connection is from, also behind proxies."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

log = logging.getLogger("parley.gateway")


class Proxies:
    """The proxies that are trusted, from `PARLEY_TRUSTED_PROXIES`. Raises ValueError."""

    def __init__(self, trusted: str) -> None:
        try:
            self._trusted = [ipaddress.ip_network(each.strip()) for each in trusted.split(",") if each.strip()]
        except ValueError as error:
            raise ValueError(f"PARLEY_TRUSTED_PROXIES: {error}: write addresses or networks, comma-separated") from None
        self._warned = False

    def trusts(self, address: Address | None) -> bool:
        """Whether this is one of the proxies."""
        return address is not None and any(address in network for network in self._trusted)

    def look(self, scope: Any) -> None:
        """Put the client's own address, and the scheme that it speaks, in the place of the last proxy's.

        Read from the right: what a proxy of ours has added. What stands to the left of the first address that is no proxy of
        ours anybody may have written.
        """
        peer = address_of((scope.get("client") or ("", 0))[0])
        named, scheme = _forwarded(scope["headers"])
        if not self.trusts(peer):
            if named and not self._warned:
                self._warned = True
                hint = "name it in PARLEY_TRUSTED_PROXIES where it is a proxy of yours"
                log.warning(
                    "somebody forwards for others, and is not believed", extra={"peer": str(peer), "hint": hint}
                )
            scope["client"] = (counted(peer), 0)
            return
        client = peer
        for each in reversed(named):
            hop = address_of(each)
            if hop is None:
                break
            client = hop
            if not self.trusts(hop):
                break
        scope["client"] = (counted(client), 0)
        if scheme in ("http", "https"):
            secure = scheme == "https"
            scope["scheme"] = ("wss" if secure else "ws") if scope["type"] == "websocket" else scheme


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> tuple[list[str], str]:
    named: list[str] = []
    scheme = ""
    for name, value in headers:
        if name == b"x-forwarded-for":
            named += value.decode("latin-1").split(",")
        elif name == b"x-forwarded-proto":
            scheme = value.decode("latin-1").rpartition(",")[2].strip().lower()
    return named, scheme


def address_of(text: str) -> Address | None:
    """The address in a text such as `192.0.2.1`, `192.0.2.1:5000`, `[2001:db8::1]:5000`; None where there is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def counted(address: Address | None) -> str:
    """The name under which an address is counted: whoever has one IPv6 address has all of its /64."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address) if address is not None else ""
