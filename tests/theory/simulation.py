"""A contact centre on simulated time: the router's real floor, Poisson arrivals, exponential handling and patience.

Only the floor decides who gets what. The simulation brings arrivals, ends what has been handled for long enough, and lets
visitors give up; what it measures is read from the floor's own timers (R17).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Literal

from parley_contracts import chat_events as ce
from parley_contracts import commands as c
from parley_contracts.shapes import Message, QueueSettings, Sender, WrapUpSettings
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR

TENANT = "acme"
START = 1_000_000_000
"""When the simulated time begins, in milliseconds."""


@dataclass(frozen=True)
class Arrivals:
    """One kind of item: how many a second, how long one is handled on average, and how long a visitor waits (seconds)."""

    per_s: float
    handling_s: float
    kind: Literal["chat", "call"] = "chat"
    patience_s: float | None = None


@dataclass(frozen=True)
class Centre:
    """What is simulated: the agents of one queue and what arrives there; whether calls interrupt; who counts as answered
    in time."""

    agents: int
    arrivals: tuple[Arrivals, ...]
    limit_s: float
    calls_interrupt: bool = False


@dataclass(frozen=True)
class Life:
    """What became of one item: which of the arrivals it was, its times in seconds, whether the visitor gave up."""

    stream: int
    wait_s: float
    handle_s: float
    whole_s: float
    abandoned: bool


Event = tuple[float, int, str, str]


class Simulation:
    """A centre's life, from its first arrival to the end of its last."""

    def __init__(self, centre: Centre, seed: int) -> None:
        self._centre, self._random = centre, Random(seed)
        self._floor = Floor(TENANT)
        self._numbers, self._ids = count(), count()
        self._heap: list[Event] = []
        self._now = 0.0
        self._streams: dict[str, int] = {}
        self._left: dict[str, float] = {}
        """How much handling each open item still needs, in seconds."""
        self._begun: dict[str, tuple[float, int]] = {}
        """Since when an item is being handled, and the number of the event that will end it."""
        self._lives: list[Life | None] = []
        self._open_the_doors()

    def _open_the_doors(self) -> None:
        agents = tuple(f"agent-{number:04}" for number in range(self._centre.agents))
        settings = QueueSettings(
            name="Help",
            agents=agents,
            wrap_up=WrapUpSettings(on=False),
            interrupts=("call",) if self._centre.calls_interrupt else (),
        )
        self._tell(c.PutQueue(tenant=TENANT, sender=self._sender("admin", "ada"), queue="help", settings=settings))
        for name in agents:
            here = {"agent": name, "name": name, "connection": f"{name}.1"}
            self._tell(c.ConnectAgent(tenant=TENANT, **here))
            self._tell(c.SetReady(tenant=TENANT, sender=self._sender("agent", name)))

    def run(self, arrivals: int, progress: Callable[[int], None] = lambda done: None) -> list[Life]:
        """The lives of the first `arrivals` items, in the order of arrival; more arrive until the last of them is over."""
        self._lives = [None] * arrivals
        arrived, open_ones = 0, arrivals
        for stream in range(len(self._centre.arrivals)):
            self._next_arrival(stream)
        while open_ones:
            self._now, number, what, name = heapq.heappop(self._heap)
            if what == "arrive":
                self._arrive(int(name), f"i{arrived}")
                arrived += 1
                if arrived % 5_000 == 0:
                    progress(arrived)
            elif what == "end" and self._begun.get(name, (0, -1))[1] == number:
                open_ones -= self._end(name)
            elif what == "give up" and name in self._floor.items and self._floor.items[name].owner is None:
                open_ones -= self._give_up(name)
        return [life for life in self._lives if life is not None]

    # --- what happens -------------------------------------------------------------------------------------------------

    def _next_arrival(self, stream: int) -> None:
        self._later(self._random.expovariate(self._centre.arrivals[stream].per_s), "arrive", str(stream))

    def _arrive(self, stream: int, name: str) -> None:
        arriving = self._centre.arrivals[stream]
        self._next_arrival(stream)
        self._streams[name] = stream
        self._left[name] = self._random.expovariate(1 / arriving.handling_s)
        if arriving.patience_s is not None:
            self._later(self._random.expovariate(1 / arriving.patience_s), "give up", name)
        if arriving.kind == "chat":
            said = {"tenant": TENANT, "chat": name, "n": 1, "at": self._at, "service": "web", "queue": "help"}
            self._tell(ce.ChatRequested(**said))
        else:
            added = {"item": name, "kind": "call", "queue": "help"}
            self._tell(c.AddItem(tenant=TENANT, sender=self._sender("source", "pbx"), **added))

    def _end(self, name: str) -> bool:
        del self._begun[name]
        if self._centre.arrivals[self._streams[name]].kind == "chat":
            self._tell(ce.ChatEnded(tenant=TENANT, chat=name, n=2, at=self._at, ended_by="agent"))
        else:
            self._tell(c.EndItem(tenant=TENANT, sender=self._sender("source", "pbx"), item=name))
        return self._note_life(name, abandoned=False)

    def _give_up(self, name: str) -> bool:
        self._tell(ce.ChatEnded(tenant=TENANT, chat=name, n=2, at=self._at, ended_by="visitor"))
        return self._note_life(name, abandoned=True)

    def _note_life(self, name: str, abandoned: bool) -> bool:
        """Whether it was one of those that are looked at."""
        item, stream, number = self._floor.closed[name], self._streams.pop(name), int(name[1:])
        del self._left[name]
        if number >= len(self._lives):
            return False
        times = item.wait.ms, item.handle.ms, item.changed_at - item.waiting_since
        wait_s, handle_s, whole_s = (ms / 1000 for ms in times)
        self._lives[number] = Life(stream, wait_s, handle_s, whole_s, abandoned)
        return True

    # --- the floor ----------------------------------------------------------------------------------------------------

    def _tell(self, message: Message) -> None:
        """The floor decides, and does by itself whatever follows."""
        FLOOR.turn(self._floor, message, self._at, self._happen)

    def _happen(self, events: list[e.Happened]) -> Floor:
        answered: list[str] = []
        for event in events:
            self._floor.evolve(event)
            match event:
                case e.ItemAssigned():
                    self._begin(event.item)
                    if event.kind == "call":
                        answered.append(event.item)
                case e.ItemResumed():
                    self._begin(event.item)
                case e.ItemParked():
                    since, _ = self._begun.pop(event.item)
                    self._left[event.item] -= self._now - since
        for name in answered:
            answer: Any = c.AnswerCall(tenant=TENANT, sender=self._sender("source", "pbx"), item=name)
            self._happen(FLOOR.decide(self._floor, answer, self._at))
        return self._floor

    def _begin(self, name: str) -> None:
        self._begun[name] = (self._now, self._later(self._left[name], "end", name))

    # --- time ---------------------------------------------------------------------------------------------------------

    @property
    def _at(self) -> int:
        return START + round(self._now * 1000)

    def _later(self, seconds: float, what: str, name: str) -> int:
        number = next(self._numbers)
        heapq.heappush(self._heap, (self._now + seconds, number, what, name))
        return number

    def _sender(self, role: Any, user: str) -> Sender:
        return Sender(gateway="g1", connection=1, id=f"id-{next(self._ids)}", role=role, user=user)
