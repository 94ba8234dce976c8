"""Which gateways show which streams: leases in memory, said again by the gateways every few seconds. Never stored."""

from __future__ import annotations

LEASE_MS = 25_000
"""A gateway that has not said for so long what it shows is taken for gone."""


class Watchers:
    """By stream, the gateways that show it, and when each was last heard of."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, int]] = {}

    def add(self, stream: str, gateway: str, at: int) -> bool:
        """Note that a gateway shows a stream; True when that is news."""
        gateways = self._seen.setdefault(stream, {})
        news = gateway not in gateways
        gateways[gateway] = at
        return news

    def of(self, stream: str) -> list[str]:
        """The gateways that show a stream."""
        return list(self._seen.get(stream, ()))

    def remove(self, stream: str, gateway: str) -> None:
        gateways = self._seen.get(stream)
        if gateways is not None:
            gateways.pop(gateway, None)
            if not gateways:
                del self._seen[stream]

    def expire(self, at: int) -> None:
        """Forget who has not been heard of for too long."""
        for stream in list(self._seen):
            for gateway, seen in list(self._seen[stream].items()):
                if at - seen > LEASE_MS:
                    self.remove(stream, gateway)

    def shift(self, ms: int) -> None:
        """Nobody could be heard for so long: it does not count."""
        for gateways in self._seen.values():
            for gateway in gateways:
                gateways[gateway] += ms
