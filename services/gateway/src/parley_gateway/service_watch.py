"""Whether each service answers this gateway: it is asked every few seconds, as clients' commands are (R33).

What is asked waits in an inbox until somebody takes it. Where nobody does, it is asked less and less often, so that an inbox
holds a few of these however long its service is away; the first that is answered says that it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from time import monotonic
from typing import NoReturn

from parley_chassis.bus import Bus
from parley_contracts.commands import AreYouThere
from parley_contracts.shapes import Reply
from parley_contracts.showings import InboxThere
from parley_contracts.topology import (
    CRM_QUESTIONS,
    OPS_QUESTIONS,
    PARTITIONS,
    ROUTER_QUESTIONS,
    letters_inbox,
    router_inbox,
    session_inbox,
)
from parley_contracts.wire import encode

from .metrics import UNANSWERED_SECONDS
from .service_link import ServiceLink

TICK_S = 0.5
EVERY_S = 3.0
SILENT_S = 10.0
"""From then on nobody is left waiting for this answer: EVERY_S + SILENT_S after a service has died at the latest."""
NOT_HEARD_S = 5.0
"""Who says every second that somebody is there, and has not said so for as long, is away."""
SELDOM_S = 60.0
MOST_UNANSWERED = 50
BESIDE = (OPS_QUESTIONS, *(letters_inbox(service) for service in ("session", "router", "crm-logger")))
"""What an installation may be without while chats and calls go on: a gateway without them is ready, sends nothing there, and refuses at once
what would be asked there."""


class AskedLine:
    """An inbox that is asked, and what has been asked there without an answer."""

    def __init__(self, inbox: str, part: str) -> None:
        self.inbox, self.part, self.service = inbox, part, inbox.partition(".")[0]
        self.unanswered: dict[str, float] = {}
        self.has_answered = False
        self._next_at = 0.0
        UNANSWERED_SECONDS.labels(self.service, part.removeprefix("partition ")).set_function(self.silent_s)

    @property
    def silent(self) -> bool:
        """Whether it is known not to answer."""
        return self.silent_s() >= SILENT_S

    def silent_s(self) -> float:
        """How long an answer has been waited for."""
        return monotonic() - next(iter(self.unanswered.values())) if self.unanswered else 0.0

    def is_due(self, now: float) -> bool:
        """Whether it is time to ask."""
        return now >= self._next_at and (len(self.unanswered) < MOST_UNANSWERED or not self._next_at)

    def asked(self, id: str, now: float) -> None:
        """It has been asked; the longer it says nothing, the later again."""
        self.unanswered[id] = now
        self._next_at = now + min(SELDOM_S, EVERY_S * 2 ** max(0, len(self.unanswered) - 4))

    def answered(self, id: str) -> None:
        """It has answered this, and all before it."""
        self.has_answered = True
        for each in list(self.unanswered):
            del self.unanswered[each]
            if each == id:
                break
        self._next_at = min(self._next_at, monotonic() + EVERY_S)

    def ask_now(self) -> None:
        """It may have come back just now."""
        self._next_at = 0.0

    def forget(self) -> None:
        """What has been asked will not be answered any more: the answers were lost, or nobody listened."""
        self.unanswered.clear()
        self._next_at = 0.0


class ServiceWatch:
    """Asks router and session by partition, and who answers questions about the router's log and the CRM."""

    def __init__(self, link: ServiceLink, bus: Bus) -> None:
        self._link, self._bus = link, bus
        self._numbers = count(1)
        self._connection = link.join(self)
        every = [(router_inbox(number), number) for number in range(PARTITIONS)]
        every += [(session_inbox(number), number) for number in range(PARTITIONS)]
        by_partition = [AskedLine(inbox, f"partition {number}") for inbox, number in every]
        questions = [AskedLine(inbox, "questions") for inbox in (ROUTER_QUESTIONS, CRM_QUESTIONS)]
        self.lines = {line.inbox: line for line in (*by_partition, *questions)}
        self._heard: dict[str, float] = {}
        """Of the inboxes that an installation may be without, when each was heard of."""
        self.mail = False
        """Whether the CRM can send letters."""
        link.answers = self.answers

    async def run(self) -> NoReturn:
        """Ask, for as long as it is not cancelled."""
        last = monotonic()
        while True:
            now = monotonic()
            if now - last > EVERY_S:
                self.returned()  # this process stood still: what has been answered meanwhile, it has not heard yet
            last = now
            for line in self.lines.values():
                if line.is_due(now):
                    self._ask(line, now)
            await asyncio.sleep(TICK_S)

    def _ask(self, line: AskedLine, now: float) -> None:
        id = f"{line.inbox} {next(self._numbers)}"
        line.asked(id, now)
        if self._bus.healthy():  # else nothing waits for the broker: it is asked anew when that is back
            sender = self._link.sender(self._connection, id, "system", "system")
            self._link.post(line.inbox, encode(AreYouThere(sender=sender)))

    def replied(self, reply: Reply) -> None:
        """Somebody is there. Also a refusal is an answer."""
        line = self.lines.get(reply.id.partition(" ")[0])
        if line is not None and reply.id in line.unanswered:
            line.answered(reply.id)
        if line is not None and line.inbox == CRM_QUESTIONS and reply.ack is not None:
            self.mail = bool(reply.ack.get("mail"))

    def returned(self) -> None:
        """The broker is there again; what was on its way to this gateway is lost."""
        for line in self.lines.values():
            line.forget()

    def taken(self, service: str, partition: int) -> None:
        """A process works on this partition from now on: what was asked of the one before it may have been lost with it."""
        for line in self.lines.values():
            if line.service == service and line.part in (f"partition {partition}", "questions"):
                line.ask_now()

    def answers(self, inbox: str) -> bool:
        """Whether there is hope for an answer from there: False where it is known that none comes."""
        if inbox in BESIDE:
            return monotonic() - self._heard.get(inbox, -NOT_HEARD_S) < NOT_HEARD_S
        line = self.lines.get(inbox)
        return line is None or not line.silent

    def heard(self, there: InboxThere) -> None:
        """Somebody answers there."""
        if there.inbox in BESIDE:
            self._heard[there.inbox] = monotonic()

    def troubles(self) -> list[str]:
        """Which services do not answer this gateway, since when; empty when all do."""
        return [*self._told()]

    def notices(self) -> list[str]:
        """The same of those without whom chats and calls go on."""
        return [f"{inbox}: nobody is there" for inbox in BESIDE if not self.answers(inbox)]

    def _told(self) -> Iterator[str]:
        if not self._bus.healthy():
            return  # that nobody answers follows from it
        for line in self.lines.values():
            if line.silent:
                yield f"{line.service}: no answer for {line.part} since {line.silent_s():.0f} s"
            elif not line.has_answered:
                yield f"{line.service}: no answer for {line.part} yet"
