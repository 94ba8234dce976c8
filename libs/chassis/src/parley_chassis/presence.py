"""Who is there, by hearsay: leases that gateways say again every few seconds. In memory only, never stored.

Whatever is held like this heals by itself after a crash: a lease that is not said again lapses.
"""

from __future__ import annotations

from collections.abc import Callable

LEASE_MS = 25_000
"""A gateway that has not said something again for so long is taken for gone."""


class Leases:
    """By what is held, the gateways that hold it, and when each said so last (milliseconds since 1970)."""

    def __init__(self) -> None:
        self._heard: dict[str, dict[str, int]] = {}

    def hear(self, held: str, gateway: str, at: int) -> bool:
        """A gateway says that it holds something; True when that is news."""
        gateways = self._heard.setdefault(held, {})
        news = gateway not in gateways
        gateways[gateway] = at
        return news

    def of(self, held: str) -> list[str]:
        """The gateways that hold something."""
        return list(self._heard.get(held, ()))

    def release(self, held: str, gateway: str) -> bool:
        """A gateway does not hold it any more; True when nobody does."""
        gateways = self._heard.get(held)
        if gateways is None:
            return True
        gateways.pop(gateway, None)
        if gateways:
            return False
        del self._heard[held]
        return True

    def forget(self, held: str) -> None:
        """Nobody needs to hold it any more."""
        self._heard.pop(held, None)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Forget what is not wanted here any more: another process hears of it from now on."""
        self._heard = {held: gateways for held, gateways in self._heard.items() if wanted(held)}

    def lapse(self, at: int) -> list[str]:
        """Release what has not been said again in time; what nobody holds any more."""
        lapsed: list[str] = []
        for held, gateways in list(self._heard.items()):
            late = [gateway for gateway, heard in gateways.items() if at - heard > LEASE_MS]
            lapsed += [held for gateway in late if self.release(held, gateway)]
        return lapsed

    def prolong(self, ms: int) -> None:
        """Nobody could be heard for so long: that does not count."""
        for gateways in self._heard.values():
            for gateway in gateways:
                gateways[gateway] += ms
