"""The CRM built anew from the session's, the router's and its own log, beside the live one; compared with it, and put in its
place on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol

from parley_chassis.journal import Journal
from parley_chassis.outbox import Says
from parley_chassis.store import Store
from parley_contracts.shapes import Said
from parley_contracts.topology import partition_of
from parley_crm_logger.domain.events import Recorded
from parley_crm_logger.store import JOURNAL, SOURCE, Crm, Difference
from parley_router.handlers import Router
from parley_router.says import says as router_says
from parley_session.handlers import Session
from parley_session.says import says as session_says

AT_ONCE = 5_000
CRM_INBOXES = "crm-logger.chats."


class Rebuilt(NamedTuple):
    """What came of it."""

    generation: int
    events: int
    rows: dict[str, int]
    differences: list[Difference]
    swapped: bool


Page = Sequence[Said | Recorded]


class _Feed(Protocol):
    """A log, as the crm-logger would have taken it."""

    end: int
    events: int

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[Page, dict[str, int]]]:
        """What comes next, in pages with the positions reached: of each source exactly as far as `goal` has it."""


class _Source:
    """One service's log as what the crm-logger would have been told of it."""

    def __init__(self, store: Store, service: str, journal: Journal, says: Says) -> None:
        self._store, self._service, self._journal, self._says = store, service, journal, says
        self._position = 0
        self._beyond: set[int] = set()
        self.end = store.end()
        self.events = 0

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[Page, dict[str, int]]]:
        """What comes next.

        The live one takes each source at its own pace. What it has not taken yet is left out here and looked at again
        the next time; `_beyond` remembers what behind it was taken already.
        """
        position, left_out = self._position, None
        while True:
            log = self._store.log(position, AT_ONCE)
            page: list[Said] = []
            positions: dict[str, int] = {}
            for stored in log:
                position = stored.id
                if position in self._beyond:
                    continue
                stream = str(stored.originator_id)
                source = f"{self._service}.{partition_of(stream)}"
                event = self._journal.event(stored.topic, stored.state)
                told = [
                    (inbox, message)
                    for inbox, message in self._says(stream, stored.originator_version, event)
                    if inbox.startswith(CRM_INBOXES)
                ]
                if any(position > goal.get(_taken(source, inbox), 0) for inbox, _ in told):
                    left_out = position if left_out is None else left_out
                    continue
                for inbox, message in told:
                    page.append(message)
                    positions[_taken(source, inbox)] = position
                if left_out is not None:
                    self._beyond.add(position)
            self._position = position if left_out is None else left_out - 1
            self.events += len(page)
            if page:
                yield page, positions
            if len(log) < AT_ONCE:
                self._beyond = {taken for taken in self._beyond if taken > self._position}
                return


class _Own:
    """The contacts' log, which the crm-logger writes itself. It is read in a thread of its own: whoever asks may stand in a
    transaction, of which a thread has one."""

    def __init__(self, crm: Crm, beside: ThreadPoolExecutor) -> None:
        self._crm, self._beside = crm, beside
        self._position = 0
        self.end = crm.db.end()
        self.events = 0

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[Page, dict[str, int]]]:
        """What comes next: it is taken in the transaction that writes it, so that nothing is ever left out."""
        end = goal.get(SOURCE, 0)
        while self._position < end:
            page = self._beside.submit(self._crm.db.log, self._position, AT_ONCE).result()
            log = [stored for stored in page if stored.id <= end]
            if not log:
                return
            self._position = log[-1].id
            self.events += len(log)
            yield (
                [
                    Recorded(stored.originator_id, stored.originator_version, JOURNAL.event(stored.topic, stored.state))
                    for stored in log
                ],
                {SOURCE: self._position},
            )


def _taken(source: str, inbox: str) -> str:
    """The name under which the crm-logger keeps how far it has taken a source in an inbox."""
    return f"{source}>{inbox.removeprefix(CRM_INBOXES)}"


def rebuild_crm(
    session: Store, router: Store, crm: Crm, swap: bool, progress: Callable[[int, int], None] = lambda done, of: None
) -> Rebuilt:
    """Build, compare, and swap if `swap` and nothing differs. `progress(done, of)` is told numbers of events.

    The live tables are written all the while; the fresh ones never run ahead of them, so that both can be compared at
    the same point.
    """
    with ThreadPoolExecutor(1) as beside:
        return _rebuild(session, router, crm, beside, swap, progress)


def _rebuild(
    session: Store,
    router: Store,
    crm: Crm,
    beside: ThreadPoolExecutor,
    swap: bool,
    progress: Callable[[int, int], None],
) -> Rebuilt:
    generation = crm.create_generation()
    # The contacts' log comes last: a closed interaction's link is corrected after everything that was said of it.
    sources: list[_Feed] = [
        _Source(session, Session.name, Session.journal, session_says),
        _Source(router, Router.name, Router.journal, router_says),
        _Own(crm, beside),
    ]
    end = sum(source.end for source in sources)
    done = 0

    def bring_to(goal: dict[str, int]) -> None:
        nonlocal done
        with ThreadPoolExecutor(1) as writer:  # one page is written while the next is read
            writing: Future[None] | None = None
            for source in sources:
                for page, positions in source.up_to(goal):
                    if writing is not None:
                        writing.result()
                    writing = writer.submit(crm.apply, page, positions, generation)
                    done += len(page)
                    progress(done, max(end, done))
            if writing is not None:
                writing.result()

    def catch_up(goal: dict[str, int]) -> Iterator[Page]:
        for source in sources:
            for page, _ in source.up_to(goal):
                yield page

    bring_to(crm.positions())
    differences = crm.compare(generation, bring_to)
    rows = crm.counts(generation)
    swapped = swap and not differences
    if swapped:
        crm.make_live(generation, catch_up)
    return Rebuilt(generation, sum(source.events for source in sources), rows, differences, swapped)
