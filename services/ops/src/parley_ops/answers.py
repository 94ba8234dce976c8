"""The answers to operators' questions, one function each: from the index, the logs and what the services keep beside them. Nothing is
written."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Protocol

from parley_chassis.journal import UnknownEvent
from parley_chassis.letters import Letter
from parley_chassis.lines import LineRow
from parley_chassis.store import LeaseBook, LetterBook
from parley_contracts import operators as o
from parley_contracts.instant import from_rfc3339, rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import PARTITIONS, crm_inbox, router_inbox, session_inbox

from . import chats, whys
from .causes import in_order
from .hiding import told
from .index.floors import Floors
from .index.searching import Cursor, Place, Wanted, cursor_at, ends, find, news
from .index.statements import LOGS
from .index.table import Index
from .logs import Happening, happening, type_names
from .replay import floor_shown
from .reports import answering as reports
from .reports.keeping import Reported
from .why import told as step_told

MOST_ITEMS = 2_000
MOST_OF_AN_ITEM = 500
MOST_FOUND = 20
REASON_CHARACTERS = 300


class Keeps(Protocol):
    """What a service keeps beside its log, open for reading: its letters, how far it has consumed others, who works on its
    partitions."""

    letters: LetterBook
    leases: LeaseBook

    def lines(self, partition: int) -> tuple[int | None, list[LineRow]]:
        """What a partition has said to whom, and how far that is known to be taken; only of those that write a log."""


class Answers:
    """Answers from an installation. Blocking; raises Refused, StoreDown."""

    def __init__(
        self,
        index: Index,
        floors: Floors,
        reported: Reported,
        keeps: dict[str, Keeps],
        consumed: Callable[[], dict[str, dict[str, int]]],
    ) -> None:
        self._index, self._floors, self._keeps, self._consumed = index, floors, keeps, consumed
        self._reports = reports.ReportAnswers(index, floors, reported)

    def answer(self, question: Command, now: int) -> dict[str, Any]:
        """A question's answer, as the fields of its ack."""
        if (of_figures := reports.ANSWERS.get(type(question))) is not None:
            return of_figures(self._reports, question, now)
        answer = _ANSWERS.get(type(question))
        if answer is None:
            raise TypeError(f"nothing is known about {question.type}")
        try:
            return answer(self, question, now)
        except UnknownEvent as error:
            raise Refused(
                "unavailable", f"A newer version has written this ({error}): its own tools can read it."
            ) from error

    # --- events -------------------------------------------------------------------------------------------------------

    def _events(self, asked: o.AskEvents, now: int) -> dict[str, Any]:
        try:
            after = Place.read(asked.after) if asked.after else None
        except ValueError:
            raise Refused("bad_request", "after: that is no cursor of this list.") from None
        page = find(self._index, _wanted(asked), after, asked.limit, newest_first=asked.newest_first)
        events = [
            told(event, revealed=asked.revealed) | {"cursor": str(place)}
            for event, place in self._placed(page.places, asked.newest_first)
        ]
        return {"events": events} if page.next is None else {"events": events, "next": str(page.next)}

    def _new_events(self, asked: o.AskNewEvents, now: int) -> dict[str, Any]:
        if not asked.after:
            return {"events": [], "next": str(ends(self._index))}
        try:
            is_place = "-" in asked.after
            after = cursor_at(self._index, Place.read(asked.after)) if is_place else Cursor.read(asked.after)
        except ValueError:
            raise Refused("bad_request", "after: that is no cursor of this stream.") from None
        found, reached = news(self._index, _wanted(asked), after, asked.limit)
        events = [
            told(event, revealed=asked.revealed) | {"cursor": cursor}
            for event, cursor in zip(
                (event for event, _ in self._placed(found)), _cursors(after, found, reached), strict=True
            )
        ]
        return {"events": events, "next": str(reached)}

    def _placed(self, places: list[Place], newest_first: bool = False) -> list[tuple[Happening, Place]]:
        """The events at these places, cause before effect, each with a place behind which nothing is missed that comes after it."""
        if newest_first:
            return self._placed(places[::-1])[::-1]
        events = self._read(places)
        found = []
        behind, farthest = Place(places[0].key, -1, 0) if places else None, -1
        for count, number in enumerate(in_order(events, lambda number: places[number].at)):
            farthest = max(farthest, number)
            if farthest == count:  # all up to here, and no other
                behind = places[count]
            found.append((events[number], behind or places[count]))
        return found

    def _read(self, places: list[Place]) -> list[Happening]:
        wanted = [(LOGS[place.log], place.position) for place in places]
        stored = self._index.events(wanted)
        return [happening(log, stored[log, position]) for log, position in wanted]

    # --- finding ------------------------------------------------------------------------------------------------------

    def _found(self, asked: o.AskFound, now: int) -> dict[str, Any]:
        text = asked.text.strip()
        found: list[dict[str, Any]] = []
        for contact in asked.contacts:
            items = self._items(Wanted(asked.tenant, contact=contact))
            found.append({"kind": "contact", "id": contact, "items": items})
        first = self._first(Wanted(asked.tenant, item=text))
        if first is not None:
            found.append({"kind": self._kind(asked.tenant, text), "id": text, "item": text, "at": rfc3339(first.at)})
        for kind in ("agent", "queue", "contact"):
            last = self._first(Wanted(asked.tenant, **{kind: text}), newest_first=True)  # type: ignore[arg-type]
            if last is not None and not any(each["kind"] == kind for each in found):
                found.append({"kind": kind, "id": text, "at": rfc3339(last.at)})
        trace = trace_of(text)
        if trace is not None and (traced := self._first(Wanted(asked.tenant, trace=trace))) is not None:
            found.append(
                {
                    "kind": "trace",
                    "id": trace,
                    "at": rfc3339(traced.at),
                    "items": self._items(Wanted(asked.tenant, trace=trace)),
                }
            )
        if (at := _moment(text)) is not None:
            found.append({"kind": "time", "id": rfc3339(at), "at": rfc3339(at)})
        return {"found": found[:MOST_FOUND]}

    def _first(self, wanted: Wanted, *, newest_first: bool = False) -> Happening | None:
        return next(iter(self._read(find(self._index, wanted, None, 1, newest_first=newest_first).places)), None)

    def _items(self, wanted: Wanted) -> list[dict[str, Any]]:
        """The items that these events are about, the newest first."""
        page = find(self._index, wanted, None, MOST_OF_AN_ITEM, newest_first=True)
        newest: dict[str, int] = {}
        for event in self._read(page.places):
            if event.item is not None:
                newest.setdefault(event.item, event.at)
        return [
            {"item": item, "kind": self._kind(wanted.tenant, item), "at": rfc3339(at)}
            for item, at in list(newest.items())[:MOST_FOUND]
        ]

    def _kind(self, tenant: str, item: str) -> str:
        queued = self._first(Wanted(tenant, item=item, types=("ItemQueued",)))
        return str(queued.fields["kind"]) if queued is not None else "chat"

    # --- moments ------------------------------------------------------------------------------------------------------

    def _chat(self, asked: o.AskChatAt, now: int) -> dict[str, Any]:
        folded = chats.fold(self._index, asked.tenant, asked.item, at=asked.at, n=asked.n)
        if folded is None:
            raise Refused("not_found", "There is no such chat at that moment.")
        at = asked.at if asked.at is not None else folded.chat.last_at if folded.n < folded.last_n else now
        return chats.shown(folded, at, revealed=asked.revealed)

    def _floor(self, asked: o.AskFloorAt, now: int) -> dict[str, Any]:
        last = self._floors.last(asked.tenant)
        if asked.version is None and asked.at is not None:
            at = self._floors.at_moment(asked.tenant, asked.at)
        else:
            at = self._floors.at_version(asked.tenant, last if asked.version is None else min(asked.version, last))
        shown = _bounded(floor_shown(at.floor))
        moment = asked.at if asked.at is not None else at.floor.last_at if at.version < last else now
        self._floors.give_back(asked.tenant, at)
        return {**shown, "at": rfc3339(moment), "version": at.version, "last_version": last}

    def _why(self, asked: o.AskWhy, now: int) -> dict[str, Any]:
        page = find(self._index, Wanted(asked.tenant, item=asked.item), None, MOST_OF_AN_ITEM)
        events = [event for event in self._read(page.places) if event.service == "router"]
        if not events:
            raise Refused("not_found", "There is no such item: nothing of it was ever in a queue.")
        told_ = whys.waited(
            self._floors, asked.tenant, asked.item, [whys.Move.of(event.n, event.type) for event in events]
        )
        first = events[0].fields
        answer: dict[str, Any] = {
            "item": asked.item,
            "kind": first.get("kind"),
            "queue": first.get("queue"),
            "assigned": [_assigned(event) for event in events if event.type == "ItemAssigned"],
            "waited": [interval.shown() for interval in told_.intervals],
            "steps": [step_told(event) for event in events],
        }
        return {**answer, "more": True} if told_.more or page.next is not None else answer

    # --- letters and lines --------------------------------------------------------------------------------------------

    def _letters(self, asked: o.AskLetters, now: int) -> dict[str, Any]:
        services = list(self._keeps)
        service, _, number = asked.after.partition(":")
        if asked.after and (service not in services or not number.isdigit()):
            raise Refused("bad_request", "after: that is no cursor of this list.")
        found: list[dict[str, Any]] = []
        begin = services.index(service) if asked.after else 0
        for name in services[begin:]:
            after = int(number) if asked.after and name == service else 0
            while page := self._keeps[name].letters.page(after, 200, discarded=asked.discarded):
                for letter in page:
                    after = letter.number
                    if letter.tenant != asked.tenant:
                        continue
                    found.append(letter_shown(name, letter, now, revealed=asked.revealed))
                    if len(found) == asked.limit:
                        return {"letters": found, "next": f"{name}:{after}"}
        return {"letters": found}

    def _streams(self, asked: o.AskStreams, now: int) -> dict[str, Any]:
        places = self._index.places()
        ends_ = {service: self._index.end(service) for service in LOGS}
        logs = [
            {
                "log": service,
                "end": ends_[service],
                "indexed": places[service][0] if service in places else 0,
                "timeline": places[service][1].timeline or None if service in places else None,
            }
            for service in LOGS
        ]
        partitions = []
        for service, keeps in self._keeps.items():
            owners = keeps.leases.owners(now)
            partitions += [
                {"service": service, "partition": partition, "owner": owners.get(partition)}
                for partition in range(PARTITIONS)
            ]
        return {
            "at": rfc3339(now),
            "logs": logs,
            "consumers": self.lines(),
            "partitions": partitions,
            "versions": {"parley": version("parley-ops")},
        }

    def lines(self) -> list[dict[str, Any]]:
        """How far what was said has been taken: by consumer and source the position of what was said to it last, and of what it has
        stored. Said from the services' own books, so that it is known also while a consumer is away."""
        consumed = self._consumed()
        told_ = []
        for service in ("session", "router"):
            for partition in range(PARTITIONS):
                for line in self._keeps[service].lines(partition)[1]:
                    consumer = _consumer_of(line.inbox)
                    if consumer is None:
                        continue
                    source = f"{service}.{partition}"
                    position = max(line.taken, consumed[consumer[0]].get(f"{source}>{consumer[1]}", 0))
                    end = max(line.said, position)
                    names = {"consumer": f"{consumer[0]}.{consumer[1]}", "source": source}
                    told_.append({**names, "position": position, "end": end, "lag": end - position})
        return told_


@lru_cache(256)
def _consumer_of(inbox: str) -> tuple[str, str] | None:
    """The service and the partition that an inbox is of; None for one whose reader keeps no count."""
    for service, inbox_of in (("session", session_inbox), ("router", router_inbox), ("crm-logger", crm_inbox)):
        for partition in range(PARTITIONS):
            if inbox_of(partition) == inbox:
                return service, str(partition)
    return None


def _bounded(shown: dict[str, Any]) -> dict[str, Any]:
    """A floor with as many items as one answer has."""
    left_out = len(shown["items"]) - MOST_ITEMS
    for queue in shown["queues"].values():
        queue["waiting"], queue["length"] = queue["waiting"][:MOST_ITEMS], len(queue["waiting"])
    shown["items"] = [
        {name: value for name, value in item.items() if name not in ("name", "subject")}
        for item in shown["items"][:MOST_ITEMS]
    ]
    return {**shown, "left_out": left_out} if left_out > 0 else shown


def _assigned(event: Happening) -> dict[str, Any]:
    why = event.fields.get("why") or {}
    told_ = {"at": rfc3339(event.at), "agent": event.fields["agent"], "how": event.fields["how"], **why}
    return {**told_, "sentence": step_told(event)["sentence"]}


def _cursors(after: Cursor, places: list[Place], reached: Cursor) -> list[str]:
    """The cursor beyond each of these events, and all before it: beyond the last of them, what was looked at besides."""
    told_ = []
    at = Cursor(after)
    for number, place in enumerate(places, 1):
        service = LOGS[place.log]
        at[service] = max(at.get(service, 0), place.position)
        told_.append(str(at if number < len(places) else reached))
    return told_


def _wanted(asked: o.EventsWanted) -> Wanted:
    types: tuple[str, ...] = ()
    if asked.kinds is not None:
        types = type_names(asked.kinds) or (asked.kinds,)
    trace = None if asked.trace is None else trace_of(asked.trace) or asked.trace
    return Wanted(
        tenant=asked.tenant,
        item=asked.item,
        agent=asked.agent,
        queue=asked.queue,
        contact=asked.contact,
        trace=trace,
        types=types,
        since=asked.since,
        until=asked.until,
    )


def trace_of(text: str) -> str | None:
    """The id that all hops of a W3C trace have in common, of a trace or of that alone; None where it is neither."""
    found = re.fullmatch(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?", text.strip().lower())
    return found[1] if found else None


def _moment(text: str) -> int | None:
    try:
        return from_rfc3339(text)
    except ValueError:
        return None


def letter_shown(service: str, letter: Letter, now: int, *, revealed: bool = False) -> dict[str, Any]:
    """A letter as operators see it: the message itself only where it is revealed, for it holds what people wrote."""
    told_: dict[str, Any] = {
        "letter": f"{service}:{letter.number}",
        "kind": letter.kind,
        "state": letter.state,
        "stream": letter.stream,
        "item": letter.stream.partition("/")[2] or None,
        "type": letter.type,
        "trace": letter.trace,
        "inbox": letter.inbox,
        "source": letter.source or None,
        "position": letter.position or None,
        "holds": letter.holds,
        "reason": (letter.reason.splitlines() or [""])[0][:REASON_CHARACTERS],
        "tries": letter.tries,
        "first_at": rfc3339(letter.first_at),
        "last_at": rfc3339(letter.last_at),
        "age_s": max(0, now - letter.first_at) // 1000,
        "by": letter.decided_by,
        "because": letter.because,
    }
    if revealed:
        told_["body"] = letter.body.decode(errors="replace")
    return {name: value for name, value in told_.items() if value is not None}


_ANSWERS: dict[type[Command], Callable[[Answers, Any, int], dict[str, Any]]] = {
    o.AskEvents: Answers._events,
    o.AskNewEvents: Answers._new_events,
    o.AskFound: Answers._found,
    o.AskChatAt: Answers._chat,
    o.AskFloorAt: Answers._floor,
    o.AskWhy: Answers._why,
    o.AskLetters: Answers._letters,
    o.AskStreams: Answers._streams,
}
