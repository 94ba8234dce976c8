"""The CRM built anew from the session's, the router's and its own log, beside the live one; compared with it, and put in its
place on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from parley_chassis.journal import Journal
from parley_chassis.outbox import Says
from parley_chassis.store import Store
from parley_contracts.shapes import Said
from parley_contracts.topology import partition_of
from parley_crm_logger.domain.events import DifferencesAccepted, Recorded
from parley_crm_logger.store import JOURNAL, SOURCE, Crm, Difference, Projections, accept
from parley_router.handlers import Router
from parley_router.says import says as router_says
from parley_session.handlers import Session
from parley_session.says import says as session_says

AT_ONCE = 5_000
CRM_INBOXES = "crm-logger.chats."
EXAMPLES = 10


class Rebuilt(NamedTuple):
    """What came of it. `behind`: so many events were in the logs when it began, and the live one had not taken them when both
    were compared; `because`: why differences were accepted, None where there were none or they were not."""

    generation: int
    events: int
    rows: dict[str, int]
    different: int
    examples: list[Difference]
    behind: int
    projections: Projections
    because: str | None
    swapped: bool


class Kept(Protocol):
    """Where the rows that differ are kept."""

    name: str

    def add(self, difference: Difference) -> None:
        """One more."""

    def close(self) -> None:
        """There are no more: what was added is there to stay."""


class Swap(NamedTuple):
    """Who wants the fresh one in the live one's place, when; and why even if rows differ (None: only if none does, unless
    the projection has changed)."""

    who: str
    at: int
    because: str | None = None


Page = Sequence[Said | Recorded]


class _Feed(Protocol):
    """A log, as the crm-logger would have taken it."""

    end: int
    events: int
    behind: int
    """How many events up to `end` had not been taken, the last time that all of them were looked at."""

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[Page, dict[str, int]]]:
        """What comes next, in pages with the positions reached: of each source exactly as far as `goal` has it."""


class _Source:
    """One service's log as what the crm-logger would have been told of it."""

    def __init__(self, store: Store, service: str, journal: Journal, says: Says) -> None:
        self._store, self._service, self._journal, self._says = store, service, journal, says
        self._position = 0
        self._beyond: set[int] = set()
        self.end = store.end()
        self.events = self.behind = 0

    def up_to(self, goal: dict[str, int]) -> Iterator[tuple[Page, dict[str, int]]]:
        """What comes next.

        The live one takes each source at its own pace. What it has not taken yet is left out here and looked at again
        the next time; `_beyond` remembers what behind it was taken already.
        """
        position, left_out = self._position, None
        self.behind = 0
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
                    self.behind += position <= self.end
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
        self.events = self.behind = 0

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
    session: Store,
    router: Store,
    crm: Crm,
    swap: Swap | None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    kept: Kept | None = None,
) -> Rebuilt:
    """Build, compare, and swap if that is wanted and nothing speaks against it. `progress(done, of)` is told numbers of
    events, `kept` each row that differs.

    The live tables are written all the while; the fresh ones never run ahead of them, so that both can be compared at
    the same point.
    """
    with ThreadPoolExecutor(1) as beside:
        return _Rebuild(crm, _feeds(session, router, crm, beside), progress).run(swap, kept)


def _feeds(session: Store, router: Store, crm: Crm, beside: ThreadPoolExecutor) -> list[_Feed]:
    # The contacts' log comes last: a closed interaction's link is corrected after everything that was said of it.
    return [
        _Source(session, Session.name, Session.journal, session_says),
        _Source(router, Router.name, Router.journal, router_says),
        _Own(crm, beside),
    ]


def build_crm(
    session: Store,
    router: Store,
    crm: Crm,
    goal: dict[str, int],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Fill live tables that are empty from the logs, each source as far as `goal` has it; from how many events. Nobody
    else writes them meanwhile."""
    done = 0
    with ThreadPoolExecutor(1) as beside:
        feeds = _feeds(session, router, crm, beside)
        end = sum(feed.end for feed in feeds)
        for feed in feeds:
            for page, positions in feed.up_to(goal):
                crm.apply(page, positions)
                done += len(page)
                progress(done, max(end, done))
    known = crm.positions()  # what was taken and said nothing moves no source
    crm.apply([], {source: position for source, position in goal.items() if position > known.get(source, 0)})
    return done


class _Rebuild:
    """One run of it."""

    def __init__(self, crm: Crm, sources: list[_Feed], progress: Callable[[int, int], None]) -> None:
        self._crm, self._sources, self._progress = crm, sources, progress
        self._end = sum(source.end for source in sources)
        self._done = 0
        self._projections = crm.projections()
        self._generation = crm.create_generation()

    def run(self, swap: Swap | None, kept: Kept | None) -> Rebuilt:
        self._bring_to(self._crm.positions())
        different, examples = 0, list[Difference]()
        for difference in self._crm.compare(self._generation, self._bring_to):
            different += 1
            examples += [difference] if different <= EXAMPLES else []
            if kept is not None:
                kept.add(difference)
        if kept is not None:
            kept.close()
        behind = sum(source.behind for source in self._sources)
        rows = self._crm.counts(self._generation)
        because = self._reason(swap) if swap is not None and different else None
        swapped = swap is not None and (not different or because is not None)
        if swap is not None and swapped:
            self._swap(swap, different, because, kept)
        events = sum(source.events for source in self._sources)
        return Rebuilt(self._generation, events, rows, different, examples, behind, self._projections, because, swapped)

    def _reason(self, swap: Swap) -> str | None:
        live, here = self._projections
        if swap.because is not None or live == here:
            return swap.because
        return f"the projection is {here}, the live tables were built by {live or 'an unknown one'}"

    def _swap(self, swap: Swap, different: int, because: str | None, kept: Kept | None) -> None:
        def also(cursor: Any, generation: int) -> None:
            if because is not None:
                event = DifferencesAccepted(
                    at=swap.at,
                    who=swap.who,
                    because=because,
                    different=different,
                    kept="" if kept is None else kept.name,
                    projection=self._projections.here,
                    before=self._projections.live,
                )
                accept(self._crm, cursor, generation, event)

        self._crm.make_live(self._generation, self._catch_up, also)

    def _bring_to(self, goal: dict[str, int]) -> None:
        with ThreadPoolExecutor(1) as writer:  # one page is written while the next is read
            writing: Future[None] | None = None
            for source in self._sources:
                for page, positions in source.up_to(goal):
                    if writing is not None:
                        writing.result()
                    writing = writer.submit(self._crm.apply, page, positions, self._generation)
                    self._done += len(page)
                    self._progress(self._done, max(self._end, self._done))
            if writing is not None:
                writing.result()

    def _catch_up(self, goal: dict[str, int]) -> Iterator[Page]:
        for source in self._sources:
            for page, _ in source.up_to(goal):
                yield page
