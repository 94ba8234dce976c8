"""R22, R30: whoever shows a chat is shown each entry once and in order, whatever is lost between session and gateway.

The real rooms and sockets stand between a session and clients of the test's own. Showings get lost, as with a connection to
the broker; the session forgets who watches, as a partition does that moves; the link refuses, as when too much waits; answers
come twice, because they are asked for twice; connections open a chat, are given it, and resume it at any moment between.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from gateway_words import unlimited
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from
from parley_chassis.tasks import Tasks
from parley_contracts.commands import HoldChats, WatchChat
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply, Sender
from parley_contracts.showings import ChatShown, Entry
from parley_contracts.wire import pack, unpack
from parley_gateway.domain.identity import Identity
from parley_gateway.shown.rooms import Rooms
from parley_gateway.sockets.agent import AgentSocket
from parley_gateway.sockets.asgi import Channel
from parley_gateway.sockets.visitor import VisitorSocket
from parley_gateway.tenants.limits import Limits

TENANT, CHAT = "acme", "chat"
PAGE = 3


class Session:
    """The session's side of one chat: its log, and whether it knows that the gateway watches."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.seq = 0
        self.watched = False
        self.out: deque[ChatShown] = deque()

    def says(self, kind: str, visible: bool) -> None:
        self.seq += visible
        entry = Entry(
            n=len(self.log) + 1,
            seq=self.seq if visible else None,
            last_seq=self.seq,
            at=1_000,
            kind=kind,
            fields={},
            tenant=TENANT,
        )
        self.log.append(entry)
        if self.watched:
            self._show((entry,))

    def takes(self, message: WatchChat | HoldChats) -> None:
        if isinstance(message, HoldChats):
            (held,) = message.chats
            news, self.watched = not self.watched, True
            if news or held.n != len(self.log):
                self._show(self._beyond(held.n))
            return
        self.watched = True
        sender = message.sender
        reply = Reply.to(sender, {}) if sender is not None else None
        self._show(self._wanted(message), sender.connection if sender is not None else None, reply)

    def _wanted(self, watch: WatchChat) -> tuple[Entry, ...]:
        if watch.since == "now":
            return ()
        if watch.since == "assigned":
            return self._beyond(max([0, *(e.n - 1 for e in self.log if e.kind == "joined")]))
        return tuple(
            e
            for e in self._beyond(watch.beyond or 0)
            if e.last_seq > watch.after or (e.seq is None and e.last_seq == watch.after)
        )

    def _beyond(self, n: int) -> tuple[Entry, ...]:
        return tuple(self.log[n:])

    def _show(self, entries: tuple[Entry, ...], only: int | None = None, reply: Reply | None = None) -> None:
        page = entries[:PAGE]
        more = len(page) < len(entries)
        self.out.append(
            ChatShown(
                tenant=TENANT,
                chat=CHAT,
                entries=page,
                n=page[-1].n if more else len(self.log),
                seq=page[-1].last_seq if more else self.seq,
                more=more,
                stage="conversation",
                queue="sales",
                only=only,
                reply=reply,
            )
        )


class Link:
    """The gateway's link, towards the one session."""

    gateway = "g"

    def __init__(self) -> None:
        self.out: deque[Any] = deque()
        self.full = False
        self._numbers = count(1)

    def join(self, sender: object) -> int:
        return next(self._numbers)

    def leave(self, number: int) -> None:
        pass

    def require_session(self, tenant: str, chat: str) -> None:
        """It answers."""

    def sender(
        self,
        number: int,
        id: str,
        role: Any,
        user: str | None = None,
        name: str | None = None,
        within: str | None = None,
        content: int | None = None,
    ) -> Sender:
        return Sender(gateway="g", connection=number, id=id, role=role, user=user, name=name)

    def to_session(self, tenant: str, chat: str, message: Any) -> None:
        if self.full:
            raise Refused("unavailable", "The system is catching up.")
        self.out.append(message)

    def post(self, inbox: str, encoded: bytes) -> None:
        if not self.full:
            self.out.extend(unpack(pack([encoded])))

    def tell(self, inbox: str, message: Any) -> None:
        pass


class AnyAccess:
    def tenant_of(self, chat: str, secret: str) -> str:
        return TENANT


class NoTenants:
    tenants: dict[str, Any] = {}  # noqa: RUF012


class NoPositions:
    def note(self, tenant: str, queue: str) -> None:
        pass


class Owned:
    """As much of a desk as chats need."""

    class _Item:
        item, kind, contact, queue, owner = CHAT, "chat", None, "sales", None

    def __init__(self) -> None:
        self.has_it = False
        self.floor = self
        self.items: dict[str, object] = {CHAT: self._Item}

    def owned(self, agent: str = "") -> list[Any]:
        return [self._Item] if self.has_it else []

    def served_by(self, agent: str) -> dict[str, object]:
        return {"sales": self}


class Client:
    """What a connection has been shown: the number of the last entry, and whether each followed the one before."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.asked = 0
        self.opened = False
        """Whether all that was before is known to it."""
        self.wrong: list[str] = []
        self.answered = True

    def shown(self, n: int, whole: bool) -> None:
        if self.last is not None and n != self.last + 1 and (self.opened or not whole):
            self.wrong.append(f"{n} after {self.last}")
        self.last = n if self.last is None else max(n, self.last)


class AgentClient(AgentSocket):
    def __init__(self, link: Link, rooms: Rooms) -> None:
        who = Identity(tenant=TENANT, user="anna", name="Anna", role="agent", expires_at=2**40)
        super().__init__(None, link, Tasks(), rooms, None, who)  # type: ignore[arg-type]
        self.client, self.owned = Client(), Owned()
        self.desk = self.owned  # type: ignore[assignment]
        self.seen_seq = 0

    def send_text(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "chat":
            self.client.shown(frame["n"], frame["kind"] in ("joined", "assigned"))
            self.seen_seq = max(self.seen_seq, frame["seq"])
        elif frame["type"] == "ack":
            self.client.answered = self.client.opened = True
            self.seen_seq = max(self.seen_seq, frame["seq"])
            opened = [event["n"] for event in frame["events"]]
            self.client.last = opened[-1] if frame.get("more") else max(self.client.last or 0, *opened, 0)
        elif frame["type"] == "error":
            self.client.answered = True

    def _later(self, texts: Iterator[str]) -> None:
        for text in texts:
            self.send_text(text)

    def opens(self) -> None:
        self.client.asked += 1
        self.client.answered = False
        self._received(
            json.dumps({"type": "open", "id": f"o{self.client.asked}", "item": CHAT, "after": self.seen_seq})
        )

    def is_given_it(self, owns: bool) -> None:
        self.owned.has_it = owns
        if owns and not self.client.opened:
            self.client.last = None  # it is shown from where it was given, again
        self.floor_changed(json.dumps({"type": "floor"}))


class VisitorClient(VisitorSocket):
    def __init__(self, link: Link, rooms: Rooms, after: int) -> None:
        channel = Channel({"type": "websocket", "headers": []}, None, None)  # type: ignore[arg-type]
        none: Any = None
        limits = Limits(unlimited())
        super().__init__(channel, link, Tasks(), rooms, NoPositions(), NoTenants(), AnyAccess(), none, limits)  # type: ignore[arg-type]
        self.client = Client()
        self.client.last = after

    def send_text(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "event":
            self.client.shown(frame["seq"], False)
        elif frame["type"] in ("ack", "error"):
            self.client.answered = frame["type"] == "ack"

    def _later(self, texts: Iterator[str]) -> None:
        for text in texts:
            self.send_text(text)

    def resumes(self) -> None:
        self.client.asked += 1
        frame = {"type": "resume", "id": f"r{self.client.asked}", "chat": CHAT, "secret": "x"}
        self._received(json.dumps({**frame, "after": self.client.last}))


class Showing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.session, self.link = Session(), Link()
        self.session.says("requested", False)
        self.rooms = Rooms(self.link)  # type: ignore[arg-type]
        self.agents: list[AgentClient] = []
        self.visitors: list[VisitorClient] = []

    # --- what happens in the chat, and on the way ---

    @rule(kind=sampled_from(["message", "message", "note", "joined"]))
    def something_is_said(self, kind: str) -> None:
        self.session.says(kind, kind != "note")

    @rule(most=integers(1, 4))
    def the_session_takes(self, most: int) -> None:
        for _ in range(min(most, len(self.link.out))):
            self.session.takes(self.link.out.popleft())

    @rule(most=integers(1, 4))
    def the_gateway_takes(self, most: int) -> None:
        for _ in range(min(most, len(self.session.out))):
            self._take(self.session.out.popleft())

    def _take(self, shown: ChatShown) -> None:
        if shown.only is None and shown.reply is not None:
            raise AssertionError("the model answers only by showings")
        self.rooms.shown(shown)

    @rule(most=integers(1, 6))
    def showings_are_lost(self, most: int) -> None:
        for _ in range(min(most, len(self.session.out))):
            self.session.out.popleft()

    @rule()
    def a_showing_comes_late(self) -> None:
        """Two processes of the session, of which one has lost the partition, send by connections of their own."""
        self.session.out.rotate(-1)

    @rule()
    def the_broker_is_there_again(self) -> None:
        self.session.out.clear()
        self._hold_and_ask_again()

    @rule()
    def the_session_forgets_who_watches(self) -> None:
        self.session.watched = False

    @rule(full=booleans())
    def the_link_is(self, full: bool) -> None:
        self.link.full = full

    @rule()
    def answers_are_late(self) -> None:
        for socket in (*self.agents, *self.visitors):
            socket.ask_again(0)

    def _hold_and_ask_again(self) -> None:
        for inbox, encoded in self.rooms.hold():
            self.link.post(inbox, encoded)
        self.answers_are_late()

    # --- who shows it ---

    @precondition(lambda self: len(self.agents) < 2)
    @rule()
    def an_agent_connects(self) -> None:
        self.agents.append(AgentClient(self.link, self.rooms))

    @precondition(lambda self: self.agents)
    @rule(which=integers(0, 1))
    def an_agent_opens_it(self, which: int) -> None:
        agent = self.agents[which % len(self.agents)]
        if agent.client.answered:
            agent.opens()

    @precondition(lambda self: self.agents)
    @rule(which=integers(0, 1), owns=booleans())
    def an_agent_has_it(self, which: int, owns: bool) -> None:
        agent = self.agents[which % len(self.agents)]
        if owns != agent.owned.has_it:
            agent.is_given_it(owns)

    @precondition(lambda self: len(self.visitors) < 2)
    @rule(has=integers(0, 9))
    def a_visitor_resumes(self, has: int) -> None:
        visitor = VisitorClient(self.link, self.rooms, min(has, self.session.seq))
        self.visitors.append(visitor)
        visitor.resumes()

    @precondition(lambda self: self.visitors)
    @rule(which=integers(0, 1))
    def a_visitor_resumes_again(self, which: int) -> None:
        visitor = self.visitors[which % len(self.visitors)]
        if not visitor.chat:
            visitor.resumes()

    # --- what must hold ---

    @invariant()
    def nobody_is_shown_an_entry_without_the_one_before(self) -> None:
        for socket in (*self.agents, *self.visitors):
            assert socket.client.wrong == []

    def teardown(self) -> None:
        """Once nothing is lost any more, everybody who shows the chat has all of it."""
        self.link.full = False
        for _ in range(4):
            self._hold_and_ask_again()
            while self.link.out or self.session.out:
                self.the_session_takes(len(self.link.out))
                self.the_gateway_takes(len(self.session.out))
        self.session.says("message", True)
        while self.link.out or self.session.out:
            self.the_session_takes(len(self.link.out))
            self.the_gateway_takes(len(self.session.out))
        self.nobody_is_shown_an_entry_without_the_one_before()
        for agent in self.agents:
            assert not agent.asked
            if agent.owned.has_it or agent._opened:
                assert agent.client.last == len(self.session.log)
        for visitor in self.visitors:
            if visitor.chat:
                assert visitor.client.last == self.session.seq


class OneVisitor:
    """A visitor who has the chat's first entry."""

    def __init__(self) -> None:
        self.session, self.link = Session(), Link()
        self.rooms = Rooms(self.link)  # type: ignore[arg-type]
        self.session.says("message", True)
        self.visitor = VisitorClient(self.link, self.rooms, 0)
        self.visitor.resumes()
        self.settle()

    def settle(self) -> None:
        while self.link.out or self.session.out:
            while self.link.out:
                self.session.takes(self.link.out.popleft())
            while self.session.out:
                self.rooms.shown(self.session.out.popleft())

    @property
    def has(self) -> int | None:
        assert self.visitor.client.wrong == []
        return self.visitor.client.last


def test_R30_what_was_lost_is_asked_for_as_soon_as_that_is_seen() -> None:
    case = OneVisitor()
    case.session.says("message", True)
    case.session.out.clear()
    case.session.says("message", True)
    case.settle()
    assert case.has == 3, "the lease would have brought it seconds later"


def test_R30_an_answer_that_was_overtaken_leaves_something_lacking_and_that_is_asked_for() -> None:
    case = OneVisitor()
    case.visitor.lacks(CHAT, 1)
    assert case.link.out
    case.session.takes(case.link.out.popleft())
    case.session.says("message", True)
    case.session.out.rotate(1)
    case.settle()
    case.session.says("message", True)
    case.settle()
    assert case.has == 3


Showing.TestCase.settings = settings(
    max_examples=min(300, int(os.environ.get("PARLEY_TRIES", "300"))), stateful_step_count=60, deadline=None
)
test_R22_R30_each_entry_once_and_in_order = Showing.TestCase
