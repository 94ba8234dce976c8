"""The CRM built anew from the session's log, beside the live one; compared with it, and put in its place on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from parley_chassis.store import Store
from parley_contracts.shapes import Said
from parley_contracts.topology import crm_inbox, partition_of
from parley_crm_logger.store import Crm, Difference
from parley_session.handlers import Session
from parley_session.says import says

AT_ONCE = 5_000


class Rebuilt(NamedTuple):
    """What came of it."""

    generation: int
    events: int
    rows: dict[str, int]
    differences: list[Difference]
    swapped: bool


class _Source:
    """The session's log as what the crm-logger would have been told."""

    def __init__(self, session: Store) -> None:
        self._session = session
        self._position = 0
        self.events = 0

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[list[Said], dict[str, int]]]:
        """What comes next, in pages with the positions reached, as far as `goal` (by source) has it."""
        while True:
            log = self._session.log(self._position, AT_ONCE)
            page: list[Said] = []
            positions: dict[str, int] = {}
            for stored in log:
                stream = str(stored.originator_id)
                partition = partition_of(stream)
                source = f"{Session.name}.{partition}"
                if stored.id > goal.get(f"{source}>{partition}", 0):
                    break  # the live one is not there yet: nor shall the fresh one be
                self._position = stored.id
                event = Session.journal.event(stored.topic, stored.state)
                for inbox, message in says(stream, stored.originator_version, event):
                    if inbox == crm_inbox(partition):
                        page.append(message.model_copy(update={"source": source, "position": stored.id}))
                        positions[f"{source}>{partition}"] = stored.id
            self.events += len(page)
            if page:
                yield page, positions
            if not log or self._position < log[-1].id or len(log) < AT_ONCE:
                return


def rebuild_crm(
    session: Store, crm: Crm, swap: bool, progress: Callable[[int, int], None] = lambda done, of: None
) -> Rebuilt:
    """Build, compare, and swap if `swap` and nothing differs. `progress(done, of)` is told log positions.

    The live tables are written all the while; the fresh ones never run ahead of them, so that both can be compared at
    the same point.
    """
    generation = crm.create_generation()
    source, end = _Source(session), session.end()

    def bring_to(goal: dict[str, int]) -> None:
        for page, positions in source.up_to(goal):
            crm.apply(page, positions, generation)
            progress(max(positions.values()), max(end, max(positions.values())))

    def catch_up(taken: dict[str, int], goal: dict[str, int]) -> Iterator[Sequence[Said]]:
        for page, _ in source.up_to(goal):
            yield page

    bring_to(crm.positions())
    differences = crm.compare(generation, bring_to)
    rows = crm.counts(generation)
    swapped = swap and not differences
    if swapped:
        crm.make_live(generation, catch_up)
    return Rebuilt(generation, source.events, rows, differences, swapped)
