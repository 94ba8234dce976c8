"""Whatever is done to chats, in whatever order the two services hear of it: what must always be so (R12 to R17, R20, R22,
R23, R29, R30), with calls that interrupt, transfers, crashes, and clocks that are put forward and back.

Sessions and the router's floor decide together here; what each says goes to the other in order, but arrives whenever
chance has it, with clocks of their own.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from itertools import count
from typing import Any

from chat_words import TENANT, naive_timers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, QueueSettings, Sender
from parley_contracts.topology import chat_stream, crm_inbox, partition_of, router_inbox, session_inbox
from parley_crm_logger.domain.projection import project
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR
from parley_router.says import says as floor_says
from parley_session import views
from parley_session.domain import events as e
from parley_session.domain.chat import Chat
from parley_session.handlers import CHAT, Session
from parley_session.says import says as chat_says

AGENTS, CHATS = ("anna", "ben"), ("c1", "c2", "c3")
QUICK = settings(
    max_examples=min(200, int(os.environ.get("PARLEY_TRIES", "200"))),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
STEPS = [
    *["arrive"] * 5,
    *["to_router", "to_session"] * 3,
    *["say", "answer", "pick", "park", "resume"] * 3,
    *["call", "call", "call_over", "call_over", "miss", "transfer", "transfer_to", "crash"],
    *[
        "note",
        "end",
        "leave",
        "rate",
        "lose",
        "watch",
        "late",
        "again",
        "complete",
        "extend",
        "classify",
        "log_out",
        "come",
    ],
]
step = st.tuples(
    st.sampled_from(STEPS), st.integers(0, 5), st.sampled_from([0, 1, 333, 7_000, 61_000, -900, 90_000, -90_000])
)
lives = st.integers(1, 80).flatmap(lambda n: st.lists(step, min_size=n, max_size=n))


class World:
    """Three chats of one tenant, their floor, and what is on its way between them."""

    def __init__(self, skew: int) -> None:
        self.at, self.skew, self.ids = 1_000_000, skew, count(1)
        self.floor = Floor(TENANT)
        self.floor_version = 0
        self.chats = {name: Chat(chat_stream(TENANT, name)) for name in CHATS}
        self.logs: dict[str, list[e.Happened]] = {name: [] for name in CHATS}
        self.to_router: deque[Message] = deque()
        self.to_session: deque[Message] = deque()
        self.crm: list[Any] = []
        self.sent: list[Message] = []
        for name, wanted in (("help", {"distribution": "push"}), ("sale", {"distribution": "pick"})):
            set_up = QueueSettings(name=name, agents=AGENTS, chats_per_agent=2, **wanted)
            self.on_floor(c.PutQueue(tenant=TENANT, queue=name, settings=set_up))
        for name in AGENTS:
            self.come(name)
        for number, name in enumerate(CHATS):
            text = "hello" if number else None
            queue = ("help", "sale")[number % 2]
            self.in_chat(
                name,
                c.StartChat(
                    tenant=TENANT, chat=name, sender=self.sender(), service="web", queue=queue, text=text, absence_s=60
                ),
            )

    def sender(self, agent: str | None = None) -> Sender:
        role: Any = "visitor" if agent is None else "agent"
        name = None if agent is None else agent.title()
        return Sender(gateway="g1", connection=1, id=f"id-{next(self.ids)}", role=role, user=agent, name=name)

    def come(self, agent: str) -> None:
        fields = {"agent": agent, "name": agent.title(), "connection": "g1.1"}
        self.on_floor(c.ConnectAgent(tenant=TENANT, **fields))
        self.on_floor(c.SetReady(tenant=TENANT, sender=self.sender(agent)))

    # --- the two deciders ---------------------------------------------------------------------------------------------

    def on_floor(self, message: Message) -> None:
        with suppress(Refused):
            FLOOR.turn(self.floor, message, self.at, self.happens_on_floor)

    def happens_on_floor(self, events: list[Any]) -> Floor:
        for event in events:
            self.floor.evolve(event)
            self.floor_version += 1
            for inbox, said in floor_says(TENANT, self.floor_version, event):
                if inbox.startswith("session"):
                    assert inbox == session_inbox(partition_of(chat_stream(TENANT, said.item)))  # type: ignore[attr-defined]
                    self.to_session.append(said)
        return self.floor

    def in_chat(self, name: str, message: Message) -> int:
        chat, log = self.chats[name], self.logs[name]
        before = len(log)

        def happen(events: list[Any]) -> Chat:
            for event in events:
                chat.evolve(event)
                log.append(event)
                stored = Session.journal.stored(chat.stream, chat.n, event)
                read = Session.journal.event(stored.topic, stored.state)
                assert read == event
                for inbox, said in chat_says(chat.stream, chat.n, read):
                    if inbox == router_inbox(partition_of(TENANT)):
                        self.to_router.append(said)
                    else:
                        assert inbox == crm_inbox(partition_of(chat.stream))
                        self.crm.append(said)
            return chat

        with suppress(Refused):
            CHAT.turn(chat, message, self.at + self.skew, happen)
        return len(log) - before

    def deliver(self, way: deque[Message]) -> None:
        if not way:
            return
        message = way.popleft()
        if way is self.to_router:
            self.on_floor(message)
        else:
            self.in_chat(message.item, message)  # type: ignore[attr-defined]

    def play(self, what: str, number: int) -> None:
        name, agent = CHATS[number % 3], AGENTS[number // 3]
        owner = self.chats[name].owner or agent
        visitor: dict[str, Any] = {"tenant": TENANT, "chat": name}
        mine: dict[str, Any] = {"tenant": TENANT, "item": name}
        match what:
            case "say":
                self.send(c.PostMessage(**visitor, sender=self.sender(), text=f"word {number}"))
            case "leave":
                self.send(c.EndChat(**visitor, sender=self.sender()))
            case "rate":
                self.send(c.RateChat(**visitor, sender=self.sender(), score=number % 5 + 1))
            case "lose":
                self.send(c.LoseVisitor(**visitor))
            case "watch":
                self.send(c.WatchChat(**visitor, gateway="g1", visitor=True))
            case "answer":
                self.send(c.PostMessage(**visitor, sender=self.sender(owner), text=f"answer {number}"))
            case "note":
                self.send(c.AddNote(**visitor, sender=self.sender(owner), text="hm"))
            case "end":
                self.send(c.EndChat(**visitor, sender=self.sender(owner)))
            case "late":
                self.on_floor(c.Wake(tenant=TENANT, stream=TENANT))
                self.in_chat(name, c.Wake(tenant=TENANT, stream=chat_stream(TENANT, name)))
            case "again" if self.sent:
                message = self.sent[-1 - number % len(self.sent)]
                if isinstance(message, c.PostMessage | c.AddNote | c.RateChat):
                    assert self.in_chat(message.chat, message) == 0 or self.was_refused(message)
            case "pick" | "park" | "resume" | "complete" | "extend":
                kinds: dict[str, Any] = {"pick": c.Pick, "park": c.Park, "resume": c.Resume}
                kinds |= {"complete": c.Complete, "extend": c.Extend}
                self.on_floor(kinds[what](**mine, sender=self.sender(agent if what == "pick" else owner)))
            case "classify":
                self.on_floor(c.Classify(**mine, sender=self.sender(owner), code="sale"))
            case "call":
                queue, pbx = ("help", "sale")[number % 2], self.sender("pbx").model_copy(update={"role": "source"})
                self.on_floor(c.AddItem(tenant=TENANT, item=f"k{next(self.ids)}", kind="call", queue=queue, sender=pbx))
            case "call_over" | "miss":
                pbx = self.sender("pbx").model_copy(update={"role": "source"})
                calls = [item.item for item in self.floor.items.values() if item.kind == "call"]
                for call in calls[number % 3 :][:1]:
                    self.on_floor(
                        (c.EndItem if what == "call_over" else c.MissCall)(tenant=TENANT, item=call, sender=pbx)
                    )
            case "transfer":
                self.on_floor(c.Transfer(**mine, sender=self.sender(owner), queue=("help", "sale")[number % 2]))
            case "transfer_to":
                self.on_floor(c.Transfer(**mine, sender=self.sender(owner), agent=agent, note="please"))
            case "crash":
                self.floor = Floor.thaw(TENANT, self.floor.freeze())
                self.chats = {one: rebuilt(self.logs[one], chat.stream) for one, chat in self.chats.items()}
            case "log_out":
                self.on_floor(c.LogOut(tenant=TENANT, sender=self.sender(agent)))
            case "come":
                self.come(agent)
            case "arrive":
                self.arrive()
            case "to_router":
                self.deliver(self.to_router)
            case "to_session":
                self.deliver(self.to_session)

    def send(self, message: Any) -> None:
        self.in_chat(message.chat, message)
        self.sent.append(message)

    def was_refused(self, message: Any) -> bool:
        """It had no effect the first time, so that this was the first."""
        marks = [event.command_key for event in self.logs[message.chat]]
        return marks.count(message.sender.key) == 1

    def settle(self) -> None:
        """Everything arrives, and then everybody goes."""
        self.arrive()
        for name in CHATS:
            self.in_chat(name, c.EndChat(tenant=TENANT, chat=name, sender=self.sender()))
        self.arrive()
        for agent in AGENTS:
            self.on_floor(c.LogOut(tenant=TENANT, sender=self.sender(agent)))
        self.arrive()

    def arrive(self) -> None:
        while self.to_router or self.to_session:
            self.deliver(self.to_router)
            self.deliver(self.to_session)


def check(chat: Chat, log: list[e.Happened], at: int) -> None:
    """Looked at from scratch, event by event."""
    shown = [event.seq for event in log if event.seq is not None]
    assert shown == list(range(1, len(shown) + 1)), "R30: numbers without gap"
    assert chat.seq == len(shown)
    over = joined = False
    for event in log:
        assert not (over and event.seq is not None), "nothing is shown after the end"
        assert not (over and isinstance(event, e.MessagePosted | e.Ended))
        over = over or isinstance(event, e.Ended)
        joined = joined or (isinstance(event, e.Assigned) and event.seq is not None)
        assert not isinstance(event, e.Rated) or (joined and (over or chat.is_over)), "rated is what is over"
    marks = [event.command_key for event in log if event.command_key is not None]
    assert len(marks) == len(set(marks)), "R30: no command has two effects"
    now = max([at, *(event.at for event in log)])
    assert (chat.wait.at(now), chat.handle.at(now), chat.wrap_up.at(now)) == naive_timers(log, now)
    unread = 0
    for event in log:
        if isinstance(event, e.Assigned | e.Resumed | e.Requeued | e.Transferred):
            unread = 0
        elif isinstance(event, e.MessagePosted):
            unread = event.unread
    assert chat.unread == unread
    assert unread == 0 or chat.activity in ("parked", "interrupted", None)


def rebuilt(log: list[e.Happened], stream: str) -> Chat:
    chat = Chat(stream)
    for event in log:
        chat.evolve(event)
    return chat


def whole(chat: Chat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in Chat.__slots__}


@QUICK
@given(lives, st.sampled_from([0, 40, -40, 2_500, 90_000, -90_000]))
def test_R17_R22_R29_R30_whatever_happens_a_chats_stream_is_in_order(life: list[Any], skew: int) -> None:
    """`skew`: how far the session's clock is ahead of the router's."""
    world = World(skew)
    for what, number, ms in life:
        world.at += ms
        world.play(what, number)
        for name, chat in world.chats.items():
            check(chat, world.logs[name], world.at)
    world.settle()
    for name, chat in world.chats.items():
        log = world.logs[name]
        check(chat, log, world.at)
        assert whole(rebuilt(log, chat.stream)) == whole(chat), "R29: rebuilt, it is the same"
        assert_settled(world, name)


def assert_settled(world: World, name: str) -> None:
    """R17, R25: the session's timers are the router's, closed has settled them, and the CRM has the same."""
    chat, log, item = world.chats[name], world.logs[name], world.floor.closed[name]
    assert name not in world.floor.items
    assert (chat.stage, chat.activity) == ("closed", None)
    assert (chat.handle, chat.wrap_up) == (item.handle, item.wrap_up)
    closed = [event for event in log if isinstance(event, e.Closed)]
    assert len(closed) == 1
    assert (closed[0].wait_ms, closed[0].handle_ms, closed[0].wrap_up_ms) == naive_timers(log, closed[0].at)
    assert closed[0].wait_ms + closed[0].handle_ms + closed[0].wrap_up_ms <= closed[0].at - closed[0].started_at
    rows = project(said for said in world.crm if said.chat == name)
    facts = rows.facts[(TENANT, name)]
    assert [facts[key] for key in ("stage", "outcome", "wait_ms", "handle_ms", "wrap_up_ms", "started_at")] == [
        "closed",
        closed[0].outcome,
        closed[0].wait_ms,
        closed[0].handle_ms,
        closed[0].wrap_up_ms,
        closed[0].started_at,
    ]
    ratings = [event.score for event in log if isinstance(event, e.Rated)]
    assert facts.get("score") == (ratings[-1] if ratings else None), "the last rating counts"
    seen = [entry for entry in views.entries(chat, 0) if entry.kind == "message"]
    assert [(line.seq, line.text) for line in rows.lines if line.seq is not None] == [
        (entry.seq, entry.fields["text"]) for entry in seen
    ]
