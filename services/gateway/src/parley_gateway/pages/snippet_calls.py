"""R27: whether a pasted snippet has called home: from which pages the widgets of each chat service have asked lately.

In this process's memory only: it is for whoever has just pasted a snippet and wants to see that it works.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parley_chassis.clock import Clock, system_clock
from parley_contracts.instant import Instant
from parley_contracts.shapes import Shape

from ..bounded import Bounded

MOST_PAGES = 10
"""So many origins of a chat service are remembered, of those it allows and of those it refuses each."""
MOST_SERVICES = 1_000
LONGEST_ORIGIN = 300


class CallHome(Shape):
    """A page's widget asked what there is behind its token. `origin`: the page's, null for this installation's own pages and for
    apps, which send none; `allowed`: whether the chat service allows it; `at`: the last time, `times`: how often."""

    origin: str | None
    allowed: bool
    at: Instant
    times: int


@dataclass
class SnippetCalls:
    """By tenant and chat service; the longest unheard are forgotten first."""

    clock: Clock = system_clock
    since: int = 0
    """Since when this process listens, in milliseconds since 1970."""
    _heard: Bounded[tuple[str, str], dict[bool, Bounded[str | None, CallHome]]] = field(
        default_factory=lambda: Bounded(MOST_SERVICES)
    )

    def __post_init__(self) -> None:
        self.since = self.since or self.clock()

    def heard(self, tenant: str, service: str, origin: str | None, allowed: bool) -> None:
        """A page of `origin` has asked."""
        origin = origin[:LONGEST_ORIGIN] if origin is not None else None
        pages = self._heard.get((tenant, service))
        if pages is None:
            pages = self._heard.set((tenant, service), {True: Bounded(MOST_PAGES), False: Bounded(MOST_PAGES)})
        before = pages[not allowed].get(origin) or pages[allowed].get(origin)
        pages[not allowed].forget(origin)
        times = 1 + (before.times if before is not None else 0)
        pages[allowed].set(origin, CallHome(origin=origin, allowed=allowed, at=self.clock(), times=times))

    def of(self, tenant: str) -> dict[str, list[CallHome]]:
        """A tenant's chat services with who asked, the latest first."""
        return {
            service: sorted((call for each in pages.values() for _, call in each.items()), key=lambda call: -call.at)
            for (whose, service), pages in sorted(self._heard.items(), key=lambda kept: kept[0])
            if whose == tenant
        }
