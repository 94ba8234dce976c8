"""The router's log read once, in order, all tenants side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from parley_chassis.journal import Newer
from parley_chassis.store import Logged
from parley_router.handlers import Router

from .checking import Difference, FloorCheck, Place

AT_ONCE = 2_000
EXAMPLES = 100
"""So many differences are kept to be shown; all are counted."""


class ReadOnlyLog(Protocol):
    """A service's log."""

    def log(self, after: int, limit: int) -> Any:
        """Events of all streams beyond a log position, in order."""


@dataclass
class Verified:
    """What came of it. `halted`: by tenant, why its floor could not be judged to its end."""

    events: int = 0
    floors: int = 0
    decisions: int = 0
    older: int = 0
    different: int = 0
    examples: list[Difference] = field(default_factory=list)
    halted: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "events": self.events,
            "floors": self.floors,
            "decisions": self.decisions,
            "older": self.older,
            "different": self.different,
            "halted": self.halted,
            "differences": [difference.shown() for difference in self.examples],
        }


def verify(
    store: ReadOnlyLog,
    tenant: str | None = None,
    since: int | None = None,
    until: int | None = None,
    progress: Callable[[int], None] = lambda events: None,
) -> Verified:
    """Every decision of every floor, or of one tenant's. Each floor is folded from its first event on; told is what differs from
    `since` on, and reading ends before the first event of a floor at `until` (milliseconds since 1970)."""
    verified, floors, ended = Verified(), dict[str, FloorCheck](), set[str]()

    def tell(found: list[Difference], at: int) -> None:
        if since is None or at >= since:
            verified.different += len(found)
            verified.examples += found[: EXAMPLES - len(verified.examples)]

    after = 0
    while True:
        page = store.log(after, AT_ONCE)
        for stored in page:
            after = stored.id
            name = str(stored.originator_id)
            if tenant not in (None, name) or name in ended or name in verified.halted:
                continue
            check = floors.get(name) or floors.setdefault(name, FloorCheck(name))
            _take(check, stored, until, verified, ended, tell)
        progress(verified.events)
        if len(page) < AT_ONCE:
            break
    for name, check in floors.items():
        if name not in ended and name not in verified.halted:
            tell(check.end(), check.floor.last_at)
        verified.decisions += check.decisions
        verified.older += check.older
    verified.floors = len(floors)
    return verified


def _take(
    check: FloorCheck,
    stored: Logged,
    until: int | None,
    verified: Verified,
    ended: set[str],
    tell: Callable[[list[Difference], int], None],
) -> None:
    event = Router.journal.read(stored.topic, stored.state)
    if isinstance(event, Newer):
        verified.halted[check.tenant] = f"{event.topic} at position {stored.id} is of a newer version"
    elif until is not None and event.at >= until:
        ended.add(check.tenant)
    else:
        verified.events += 1
        tell(check.take(Place(stored.id, stored.originator_version), event), event.at)
        if check.halted:
            verified.halted[check.tenant] = f"the event at position {stored.id} cannot be folded"
