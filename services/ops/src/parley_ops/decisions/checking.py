"""One floor's log judged event by event, in order: the product's own functions say what had to happen.

A floor's clock is not in its log, so times are judged by what is: within the turn of a command all has the command's time; what
comes by itself later comes at its due time or later, never before what stands before it, and never after what was asked next.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
from parley_router.domain import administration, moves, queue_settings, supervision
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.origins import origin_of
from parley_router.domain.routing import next_step
from parley_router.domain.state import ChatServiceOf, waiting_item

What = Literal["other", "missing", "unasked", "time", "number", "unfoldable"]
WORDS: dict[What, str] = {
    "other": "something else stands there than follows",
    "missing": "what the floor had to do by itself is not there",
    "unasked": "nobody asked for it, and it does not follow from what stands before",
    "time": "its time is before what stands before it",
    "number": "the numbers of the stream have a gap",
    "unfoldable": "it is about something that the floor does not know",
}


class Place(NamedTuple):
    """Where an event stands: its position in the log, its number in the tenant's stream."""

    position: int
    n: int


@dataclass(frozen=True)
class Difference:
    """Where the log does not say what follows from what stands before: what stands there, and what was expected."""

    what: What
    tenant: str
    place: Place
    stands: e.Happened | None
    expected: e.Happened | None = None

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "what": self.what,
            "tenant": self.tenant,
            "position": self.place.position,
            "n": self.place.n,
            "stands": fields_of(self.stands),
            "expected": fields_of(self.expected),
        }


def fields_of(event: e.Happened | None) -> dict[str, Any] | None:
    """An event's type and fields, as JSON has them."""
    return None if event is None else {"type": type(event).__name__, **msgspec.to_builtins(event)}


class FloorCheck:
    """One tenant's floor, folded as far as its events were taken. `decisions`: how many it had made by itself; `older`: how many
    of them by rules of an earlier version, and judged by those."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.floor = Floor(tenant)
        self.decisions = self.older = 0
        self.halted = False
        self._place = Place(0, 0)
        self._now: int | None = None
        """The time of the turn that is being read; None where that is known only by its next event."""
        self._pending: deque[e.Happened] = deque()
        """What is left of the decision that is being read."""
        self._held: list[tuple[Place, e.Happened]] = []
        """Events of a decision whose telling event is still to come."""
        self._known: set[Any] = set()
        """What was found missing before: it is told once."""
        self._before: e.Happened | None = None
        self._found: list[Difference] = []

    def take(self, place: Place, event: e.Happened) -> list[Difference]:
        """Judge the next event, and fold it; what differs."""
        self._found = []
        if place.n != self._place.n + 1:
            self._differs("number", place, event)
        self._place = place
        try:
            self._judge(place, event)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):  # the fold knows only what can happen
            self._differs("unfoldable", place, event)
            self.halted = True
        self._before = event
        return self._found

    def end(self) -> list[Difference]:
        """The log ends here: what should have happened until then."""
        self._found = []
        if not self.halted:
            self._expect_no_more(self._place, None)
            self._nobody_asked()
            self._settled(self._place, None, self.floor.last_at)
        return self._found

    # --- one event ----------------------------------------------------------------------------------------------------

    def _judge(self, place: Place, event: e.Happened) -> None:
        if self._pending and self._is_pending(place, event):
            return
        origin = origin_of(event)
        if origin == "within":
            return self._judge_within(place, event)
        if origin == "by_itself":
            self._nobody_asked()
            return self._judge_by_itself(place, event)
        return self._judge_asked(place, event, heard=origin == "heard")

    def _is_pending(self, place: Place, event: e.Happened) -> bool:
        expected = self._pending.popleft()
        if same(event, as_then(event, expected)):
            self.floor.evolve(event)
            return True
        self._pending.appendleft(expected)
        self._expect_no_more(place, event)
        return False

    def _judge_by_itself(self, place: Place, event: e.Happened) -> None:
        self.decisions += 1
        steps = next_step(self.floor, self._now) if self._now is not None else []
        if not steps:
            self._now = None if isinstance(event, e.ItemClosed) else max(event.at, self.floor.last_at)
            steps = next_step(self.floor, event.at)
        if not steps:
            self._differs("unasked", place, event)
        elif same(event, then := as_then(event, steps[0])):
            self.older += then is not steps[0]
            self._pending.extend(steps[1:])
        else:
            self._differs("other", place, event, then)
        self.floor.evolve(event)

    def _judge_within(self, place: Place, event: e.Happened) -> None:
        """The beginning of a decision: one that the floor made by itself, or a part of one that somebody asked for."""
        if not self._held:
            steps = next_step(self.floor, event.at if self._now is None else self._now)
            if not steps and self._now is not None:
                steps = next_step(self.floor, event.at)
            if steps and same(event, steps[0]):
                self.decisions += 1
                self._now = max(event.at, self.floor.last_at)
                self._pending.extend(steps[1:])
                self.floor.evolve(event)
                return
            if steps:
                self._missing(place, event, steps[0])
        self._held.append((place, event))

    def _judge_asked(self, place: Place, event: e.Happened, heard: bool) -> None:
        at = self.floor.last_at if heard else event.at
        if not heard and event.at < self.floor.last_at:
            self._differs("time", place, event)
        renamed = isinstance(self._before, e.AgentDisconnected) and isinstance(event, e.AgentConnected)
        if not self._held and not renamed:
            self._settled(place, event, at)
        before, after = self._asked(event)
        stand = [*self._held, (place, event)]
        self._held = []
        if len(before) != len(stand) or any(
            not same_but_for_marks(one, as_then(one, other)) for (_, one), other in zip(stand, before, strict=True)
        ):
            where, first, other = _first_other(stand, before)
            self._differs("other", where, first, other)
        self._pending.extend(after)
        for _, one in stand:
            self.floor.evolve(one)
        self._now = None if heard else self.floor.last_at

    def _asked(self, event: e.Happened) -> tuple[list[e.Happened], list[e.Happened]]:
        """The whole decision that answers a command of which this event tells: up to the event, and what comes behind it."""
        floor, at = self.floor, event.at
        match event:
            case e.ItemAssigned():
                agent, item = floor.agents[event.agent], floor.items[event.item]
                whole = [*moves.make_room(floor, agent, item, at), *moves.assigned(floor, agent, item, at, "picked")]
                own = next(n for n, one in enumerate(whole, 1) if isinstance(one, e.ItemAssigned))
                return whole[:own], whole[own:]
            case e.ItemQueued() if event.conversation is not None:
                whole = moves.assigned(floor, floor.agents[event.last_agent or ""], waiting_item(event), at, "picked")
                marks = {"command_key": event.command_key, "digest": event.digest}
                return [event], [
                    msgspec.structs.replace(one, **marks) if isinstance(one, e.ItemAssigned) else one for one in whole
                ]
            case e.ItemResumed():
                agent, item = floor.agents[event.agent], floor.items[event.item]
                return [*moves.make_room(floor, agent, item, at), event], []
            case e.AgentLoggedOut():
                return [*moves.leave_events(floor, floor.agents[event.agent], at, "agent"), event], []
            case e.ItemTransferred() if event.to_agent is not None:
                taker, item = floor.agents[event.to_agent], floor.items[event.item]
                return [event], moves.handed_over(floor, taker, item, at)
            case e.ItemRequeued():
                return [event], moves.missed(floor, floor.items[event.item], at)[1:]
            case e.Intervened():
                return [event], supervision.consequences(floor, event)
            case e.QueueSet():
                settings = queue_settings.read(event.settings)
                return [event], administration.reordered_by_queue(floor, event.queue, settings, at)
            case e.ServiceSet():
                given = ChatServiceOf(priority=event.priority, skills=event.skills)
                return [event], administration.reordered_by_service(floor, event.service, given, at)
        return [event], []

    # --- what differs -------------------------------------------------------------------------------------------------

    def _settled(self, place: Place, event: e.Happened | None, at: int) -> None:
        """Before anybody is heard, everything that is due has happened."""
        if steps := next_step(self.floor, at):
            self._missing(place, event, steps[0])

    def _missing(self, place: Place, event: e.Happened | None, expected: e.Happened) -> None:
        key = (type(expected), getattr(expected, "item", None), getattr(expected, "agent", None))
        if key not in self._known:
            self._known.add(key)
            self._differs("missing", place, event, expected)

    def _expect_no_more(self, place: Place, event: e.Happened | None) -> None:
        if self._pending:
            self._differs("other" if event is not None else "missing", place, event, self._pending[0])
            self._pending.clear()

    def _nobody_asked(self) -> None:
        for place, event in self._held:
            self._differs("unasked", place, event)
            self.floor.evolve(event)
        self._held = []

    def _differs(self, what: What, place: Place, stands: e.Happened | None, expected: e.Happened | None = None) -> None:
        self._found.append(Difference(what, self.tenant, place, stands, expected))


def same(stands: e.Happened, expected: e.Happened) -> bool:
    """Whether it is the same, whatever trace it belongs to."""
    if stands.trace is not None:
        stands = msgspec.structs.replace(stands, trace=None)
    return stands == expected


def same_but_for_marks(stands: e.Happened, expected: e.Happened) -> bool:
    """Whether it is the same, whoever asked for it."""
    if stands is expected:
        return True
    return msgspec.structs.replace(stands, trace=None, command_key=None, digest=0) == msgspec.structs.replace(
        expected, trace=None, command_key=None, digest=0
    )


def as_then(stands: e.Happened, expected: e.Happened) -> e.Happened:
    """What is expected, by the rules of the version that wrote it. The first logs did not count ringing as waiting (R17): an
    assignment of a call in them says so by its missing `waits`."""
    if isinstance(stands, e.ItemAssigned) and isinstance(expected, e.ItemAssigned) and expected.waits > stands.waits:
        return msgspec.structs.replace(expected, waits=False)
    return expected


def _first_other(
    stand: list[tuple[Place, e.Happened]], before: list[e.Happened]
) -> tuple[Place, e.Happened, e.Happened | None]:
    """The first event of a decision that is not as expected, and what was expected there."""
    for number, (place, event) in enumerate(stand):
        expected = before[number] if number < len(before) else None
        if expected is None or not same_but_for_marks(event, as_then(event, expected)):
            return place, event, expected
    return stand[-1][0], stand[-1][1], before[len(stand)]
