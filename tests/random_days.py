"""Random days of a whole contact centre: router and session as they decide in production, telling each other what happened, each with a clock of
its own. What comes out are their logs."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from contextlib import closing
from itertools import count
from typing import Any

from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, open_store
from parley_contracts import commands as c
from parley_contracts import supervision as s
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, QueueSettings, Sender
from parley_contracts.topology import chat_stream
from parley_crm_logger.store import open_crm
from parley_router import says as router_says
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR, Router
from parley_session import says as session_says
from parley_session.domain.chat import Chat
from parley_session.handlers import CHAT, Session

TENANT = "acme"
AGENTS = ("anna", "ben", "cleo", "dora")
QUEUES: dict[str, dict[str, Any]] = {
    "calm": {"distribution": "push", "chats_per_agent": 2, "agents": ("anna", "ben", "cleo")},
    "busy": {"distribution": "push", "agents": ("anna", "ben"), "wrap_up": {"limit_s": 60, "calls": True}},
    "skilled": {"distribution": "push", "agents": AGENTS, "routing": {"agent": "skills"}},
    "chosen": {"distribution": "pick", "agents": ("cleo", "dora")},
}
BEGIN = 1_790_000_000_000
SECRETS = ("Zenobia Quastenflosse", "my cat knocked the teapot over")
"""What people are called and write here: it must stand in no index."""


class Day:
    """`skew_ms`: by how much the session's clock is before the router's. `happened`: every event, with its service and its stream, in the order in
    which it was stored."""

    def __init__(self, seed: int, skew_ms: int = 0) -> None:
        self._chance, self._skew = random.Random(seed), skew_ms
        self._ids, self._names = count(1), count(1)
        self.now = BEGIN
        self.floor = Floor(TENANT)
        self.chats: dict[str, Chat] = {}
        self.happened: list[tuple[str, str, Any]] = []
        self._told: deque[Message] = deque()
        for name, fields in QUEUES.items():
            settings = QueueSettings(name=name.title(), **fields)
            self._router(c.PutQueue(tenant=TENANT, sender=self._by("ada", "admin"), queue=name, settings=settings))
        for agent in AGENTS:
            self._connect(agent)
            self._router(c.SetReady(tenant=TENANT, sender=self._by(agent)))

    def go_on(self, steps: int) -> None:
        """So many things happen, some at once, some much later."""
        for _ in range(steps):
            self.now += self._chance.choice((0, 0, 0, 1, 3, 40, 900, 20_000, 70_000))
            self._step()
            while self._told and self._chance.random() < 0.8:
                self._hear()
        self.hear_all()

    def hear_all(self) -> None:
        """What was said and not heard yet."""
        while self._told:
            self._hear()

    # --- what happens -------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        agent, item = self._chance.choice(AGENTS), self._an_item()
        own = self._own(agent)
        match self._chance.choices(
            [
                "chat",
                "call",
                "email",
                "write",
                "answer",
                "end",
                "call over",
                "park",
                "resume",
                "pick",
                "ready",
                "not ready",
                "gone",
                "complete",
                "transfer",
                "wake",
                "set",
                "supervise",
            ],
            weights=[6, 3, 1, 6, 5, 4, 3, 2, 2, 4, 4, 2, 1, 5, 1, 4, 1, 2],
        )[0]:
            case "chat":
                self._start_chat()
            case "call" | "email" as kind:
                skills = {"french": self._chance.randint(1, 9)} if self._chance.random() < 0.3 else {}
                self._router(
                    c.AddItem(
                        tenant=TENANT,
                        sender=self._by("pbx", "source"),
                        item=f"i{next(self._names)}",
                        kind=kind,
                        queue=self._queue(),
                        skills=skills,
                    )
                )
            case "write" if self.chats:
                chat = self._chance.choice([*self.chats])
                sender = (
                    self._by(None, "visitor")
                    if self._chance.random() < 0.6
                    else self._by(self.chats[chat].owner or agent)
                )
                self._session(
                    chat, c.PostMessage(tenant=TENANT, sender=sender, chat=chat, text=SECRETS[1], touches=True)
                )
            case "answer" if item is not None:
                self._router(c.AnswerCall(tenant=TENANT, sender=self._by("pbx", "source"), item=item))
            case "end" if self.chats:
                chat = self._chance.choice([*self.chats])
                self._session(chat, c.EndChat(tenant=TENANT, sender=self._by(None, "visitor"), chat=chat))
            case "call over" if item is not None:
                self._router(c.EndItem(tenant=TENANT, sender=self._by("pbx", "source"), item=item))
            case "park" | "resume" | "complete" as what if own is not None:
                kind: Any = {"park": c.Park, "resume": c.Resume, "complete": c.Complete}[what]
                self._router(kind(tenant=TENANT, sender=self._by(agent), item=own))
            case "pick" if item is not None:
                self._router(c.Pick(tenant=TENANT, sender=self._by(agent), item=item))
            case "ready":
                self._connect(agent)
                self._router(c.SetReady(tenant=TENANT, sender=self._by(agent)))
            case "not ready":
                self._router(c.SetNotReady(tenant=TENANT, sender=self._by(agent), reason="break"))
            case "gone":
                self._router(c.DisconnectAgent(tenant=TENANT, agent=agent, connection=f"{agent}.1"))
            case "transfer" if own is not None:
                self._router(c.Transfer(tenant=TENANT, sender=self._by(agent), item=own, queue=self._queue()))
            case "set":
                self._set_queue()
            case "supervise":
                self._supervise(agent, item)
            case _:
                self._router(c.Wake(tenant=TENANT, stream=TENANT))

    def _supervise(self, agent: str, item: str | None) -> None:
        """R36: what a supervisor does, who is one of the agents here; and an agent who asks for help."""
        other, by = self._chance.choice(AGENTS), self._by(agent, "supervisor")
        state = self._chance.choice(("ready", "not_ready"))
        acts: list[Any] = [
            s.SetAgentState(tenant=TENANT, sender=by, agent=other, state=state, note=SECRETS[1]),
            s.LogOutAgent(tenant=TENANT, sender=by, agent=other),
            s.SetAgentQueues(tenant=TENANT, sender=by, agent=other, queues=(self._queue(),)),
            s.AskForHelp(tenant=TENANT, sender=self._by(agent), text=SECRETS[1], on=self._chance.random() < 0.7),
        ]
        if item is not None:
            acts += [
                s.AssignItem(tenant=TENANT, sender=by, item=item, agent=other, note=SECRETS[1]),
                s.TakeOver(tenant=TENANT, sender=by, item=item),
                s.MoveItem(tenant=TENANT, sender=by, item=item, queue=self._queue()),
                s.Supervise(tenant=TENANT, sender=by, item=item, act="watch"),
            ]
        self._router(self._chance.choice(acts))

    def _start_chat(self) -> None:
        name = f"c{next(self._names)}"
        skills = {"french": self._chance.randint(1, 9)} if self._chance.random() < 0.3 else {}
        start = c.StartChat(
            tenant=TENANT,
            sender=self._by(None, "visitor"),
            chat=name,
            service="web",
            queue=self._queue(),
            text=SECRETS[1],
            name=SECRETS[0],
            skills=skills,
        )
        self.chats[name] = Chat(chat_stream(TENANT, name))
        self._session(name, start)

    def _set_queue(self) -> None:
        name = self._queue()
        agents = tuple(agent for agent in AGENTS if self._chance.random() < 0.7)
        fields = {**QUEUES[name], "agents": agents, "chats_per_agent": self._chance.choice((1, 2, 3))}
        settings = QueueSettings(name=name.title(), **fields)
        self._router(c.PutQueue(tenant=TENANT, sender=self._by("ada", "admin"), queue=name, settings=settings))

    def _connect(self, agent: str) -> None:
        fields = {"agent": agent, "name": agent.title(), "connection": f"{agent}.1", "grace_s": 60}
        self._router(c.ConnectAgent(tenant=TENANT, sender=self._by(agent), **fields))

    def _queue(self) -> str:
        return self._chance.choice([*QUEUES])

    def _an_item(self) -> str | None:
        return self._chance.choice([*self.floor.items]) if self.floor.items else None

    def _own(self, agent: str) -> str | None:
        owned = [*self.floor.agents[agent].owned] if agent in self.floor.agents else []
        return self._chance.choice(owned) if owned else None

    def _by(self, user: str | None, role: Any = "agent") -> Sender:
        return Sender(
            gateway="g1", connection=1, id=f"id-{next(self._ids)}", role=role, user=user, name=user and user.title()
        )

    # --- who decides --------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        message: Any = self._told.popleft()
        if message.type.startswith("chat."):
            self._router(message)
        else:
            self._session(message.item, message)

    def _router(self, message: Message) -> None:
        def happen(events: list[Any]) -> Floor:
            for event in events:
                self.floor.evolve(event)
                self.happened.append(("router", TENANT, event))
                self._told += [
                    said for inbox, said in router_says.says(TENANT, 1, event) if inbox.startswith("session.")
                ]
            return self.floor

        self._turn(FLOOR, self.floor, message, self.now, happen)

    def _session(self, chat: str, message: Message) -> None:
        stream = chat_stream(TENANT, chat)
        state = self.chats[chat]

        def happen(events: list[Any]) -> Chat:
            for event in events:
                state.evolve(event)
                self.happened.append(("session", stream, event))
                self._told += [
                    said for inbox, said in session_says.says(stream, state.n, event) if inbox.startswith("router.")
                ]
            return state

        self._turn(CHAT, state, message, self.now + self._skew, happen)

    @staticmethod
    def _turn(decider: Any, state: Any, message: Message, at: int, happen: Callable[[list[Any]], Any]) -> None:
        try:
            decider.turn(state, message, at, happen)
        except Refused:
            return  # what people try is not always possible

    def of_router(self) -> list[Any]:
        """The events of the floor."""
        return [event for service, _, event in self.happened if service == "router"]

    # --- logs ---------------------------------------------------------------------------------------------------------

    def write(self, url: str, first: int = 0) -> int:
        """Into the logs at `url`, what was stored from number `first` on, each event with its place in its stream; how many there are."""
        numbers: dict[tuple[str, str], int] = {}
        with closing(open_store(url, "gateway")), closing(open_crm(url)):
            pass
        journals = {"router": Router.journal, "session": Session.journal}
        with closing(open_store(url, "router")) as router, closing(open_store(url, "session")) as session:
            written: dict[str, list[StoredEvent]] = {"router": [], "session": []}
            for number, (service, stream, event) in enumerate(self.happened):
                n = numbers[service, stream] = numbers.get((service, stream), 0) + 1
                if number >= first:
                    written[service].append(journals[service].stored(stream, n, event))
            router.commit(Commit(events=written["router"]))
            session.commit(Commit(events=written["session"]))
        return len(self.happened)
