"""How honest the estimated wait is (R8): a simulated day, what each visitor was told on coming, and how long they waited.

The floor is the router's, what is told is what a gateway works out from what it is shown. Beside it, what was told before: the
pace of the last twenty assignments, whoever was there.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from statistics import median
from typing import Any

from parley_contracts import chat_events as ce
from parley_contracts import commands as c
from parley_contracts.shapes import Message, QueueSettings, Sender, WrapUpSettings
from parley_gateway.shown.floor_view import FloorView
from parley_router import views
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR

TENANT = "acme"
HOUR = 3_600_000
AGENTS = 12
LOAD = (4, 60, 110, 170, 210, 190, 140, 150, 200, 210, 160, 80, 40, 10)
"""Chats an hour, hour by hour from seven o'clock; the first hour has nobody there and some who come all the same."""
CALLS = 0.35
"""Calls for each chat."""


@dataclass(frozen=True)
class Told:
    """What a visitor was told on coming, by the formula before and the one now, and how long they waited: seconds."""

    before: int
    now: int
    waited: float
    hour: int


class Day:
    """One day of a queue: agents come, go to lunch and leave; chats and calls come as they do."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._floor, self._view, self._version = Floor(TENANT), FloorView(TENANT), 0
        self._heap: list[tuple[int, int, str, str]] = []
        self._numbers, self._ids = count(), count()
        self._at = 7 * HOUR
        self._assigned: deque[int] = deque(maxlen=20)
        self._came: dict[str, tuple[int, int, int]] = {}
        self._ends: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self.told: list[Told] = []

    def run(self) -> list[Told]:
        """What everybody was told who had to wait."""
        self._view.put(views.snapshot(self._floor, 0))
        names = tuple(f"agent-{number}" for number in range(AGENTS))
        settings = QueueSettings(
            name="Help", agents=names, chats_per_agent=2, wrap_up=WrapUpSettings(on=True, limit_s=40), ring_s=60
        )
        self._tell(c.PutQueue(tenant=TENANT, sender=self._by("ada"), queue="help", settings=settings))
        for number, name in enumerate(names):
            begin = 8 * HOUR if number < 4 else round((8 + number / 4) * HOUR)
            lunch = round((11.5 + number / 8) * HOUR)
            for at, what in ((begin, "come"), (lunch, "break"), (lunch + HOUR // 2, "back"), (begin + 9 * HOUR, "go")):
                self._later(at, what, name)
        for hour, load in enumerate(LOAD):
            for kind, number in (("chat", load), ("call", round(load * CALLS))):
                for _ in range(number):
                    self._later(round((7 + hour + self._chance.random()) * HOUR), kind, str(next(self._numbers)))
        while self._heap:
            self._at, _, what, name = heapq.heappop(self._heap)
            getattr(self, f"_{what}")(name)
        return self.told

    # --- people -------------------------------------------------------------------------------------------------------

    def _come(self, name: str) -> None:
        self._tell(c.ConnectAgent(tenant=TENANT, agent=name, name=name, connection=f"{name}.1"))
        self._back(name)

    def _back(self, name: str) -> None:
        if self._floor.agents[name].state != "logged_out":
            self._tell(c.SetReady(tenant=TENANT, sender=self._by(name)))

    def _break(self, name: str) -> None:
        self._tell(c.SetNotReady(tenant=TENANT, sender=self._by(name), reason="lunch"))

    def _go(self, name: str) -> None:
        if self._floor.agents[name].owned:
            self._tell(c.SetNotReady(tenant=TENANT, sender=self._by(name)))
            self._later(self._at + 60_000, "go", name)
        else:
            self._tell(c.LogOut(tenant=TENANT, sender=self._by(name)))

    def _chat(self, name: str) -> None:
        chat = f"c{name}"
        self._left[chat] = round(self._chance.lognormvariate(5.6, 0.7) * 1000)
        self._tell(ce.ChatRequested(tenant=TENANT, chat=chat, n=1, at=self._at, service="web", queue="help"))
        item = self._view.items[chat]
        if item.stage == "waiting":
            position = self._view.position(item)
            self._came[chat] = (self._at, self._before(position), self._view.waits("help").of(position))
            self._later(self._at + round(self._chance.expovariate(1 / 1_500) * 1000), "give_up", chat)

    def _call(self, name: str) -> None:
        self._left[f"k{name}"] = round(self._chance.lognormvariate(5.2, 0.6) * 1000)
        self._tell(c.AddItem(tenant=TENANT, sender=self._by("pbx"), item=f"k{name}", kind="call", queue="help"))

    def _give_up(self, chat: str) -> None:
        if chat in self._floor.items and self._floor.items[chat].stage == "waiting":
            self._came.pop(chat, None)
            self._tell(ce.ChatEnded(tenant=TENANT, chat=chat, n=2, at=self._at, ended_by="visitor"))

    def _over(self, name: str) -> None:
        item, _, number = name.partition("/")
        if self._ends.get(item) != int(number):
            return
        if item.startswith("c"):
            self._tell(ce.ChatEnded(tenant=TENANT, chat=item, n=2, at=self._at, ended_by="agent"))
        else:
            self._tell(c.EndItem(tenant=TENANT, sender=self._by("pbx", "source"), item=item))

    def _wake(self, name: str) -> None:
        self._tell(c.Wake(tenant=TENANT, stream=TENANT))

    # --- the floor ----------------------------------------------------------------------------------------------------

    def _tell(self, message: Message) -> None:
        FLOOR.turn(self._floor, message, self._at, self._happen)
        due = self._floor.next_due()
        if due is not None:
            self._later(max(due, self._at + 1), "wake", "")

    def _happen(self, events: list[e.Happened]) -> Floor:
        rings = []
        for event in events:
            self._floor.evolve(event)
            self._version += 1
            self._view.apply(views.change(self._floor, event, self._version))
            match event:
                case e.ItemAssigned():
                    self._assigned.append(event.at)
                    rings += [event.item] if event.kind == "call" else []
                    self._begin(event.item)
                    if event.item in self._came:
                        came, before, now = self._came.pop(event.item)
                        self.told.append(Told(before, now, (event.at - came) / 1000, came // HOUR))
                case e.ItemResumed():
                    self._begin(event.item)
                case e.ItemParked():
                    self._ends.pop(event.item, None)
                    self._left[event.item] = max(
                        1_000, self._left[event.item] - self._floor.items[event.item].handle.ms
                    )
        for call in rings:
            answer: Any = c.AnswerCall(tenant=TENANT, sender=self._by("pbx", "source"), item=call)
            self._happen(FLOOR.decide(self._floor, answer, self._at))
        return self._floor

    def _begin(self, item: str) -> None:
        if self._floor.items[item].stage == "conversation":
            number = self._ends[item] = next(self._numbers)
            self._later(self._at + self._left[item], "over", f"{item}/{number}")

    def _before(self, position: int) -> int:
        """The formula until now: the pace of the last assignments."""
        times = self._assigned
        if len(times) < 2:
            return 60 * position
        return max(1, round(position * (times[-1] - times[0]) / 1000 / (len(times) - 1)))

    def _later(self, at: int, what: str, name: str) -> None:
        heapq.heappush(self._heap, (at, next(self._numbers), what, name))

    def _by(self, user: str, role: Any = "agent") -> Sender:
        return Sender(gateway="g", connection=1, id=f"id-{next(self._ids)}", role=role, user=user)


def figures(days: int) -> Iterator[tuple[str, int, float, float, float, float]]:
    """For each kind of wait: how many, the median wait, and the median error before and now, in seconds; and how far the estimate is off
    on average, now (what is told minus what came)."""
    told = [one for seed in range(days) for one in Day(seed).run()]
    kinds = {
        "all who waited": lambda one: True,
        "under a minute": lambda one: one.waited < 60,
        "one to five minutes": lambda one: 60 <= one.waited < 300,
        "five minutes and more": lambda one: one.waited >= 300,
        "before anybody was there": lambda one: one.hour < 8,
        "in the first hour of the shift": lambda one: one.hour == 8,
    }
    for name, is_one in kinds.items():
        these = [one for one in told if is_one(one)]
        if these:
            yield (
                name,
                len(these),
                median(one.waited for one in these),
                median(abs(one.before - one.waited) for one in these),
                median(abs(one.now - one.waited) for one in these),
                median(one.now - one.waited for one in these),
            )


if __name__ == "__main__":
    print("| who | how many | waited (median, s) | error before | error now | told too much now |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, number, waited, before, now, bias in figures(20):
        print(f"| {name} | {number:,} | {waited:.0f} | {before:.0f} | {now:.0f} | {bias:+.0f} |")
