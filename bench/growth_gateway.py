"""What an event of the floor costs at the gateway, as the floor and the number of desks grow (R29).

The gateway's own floors, desks, positions and sources; no broker, no sockets: a desk's connection counts the texts that it is
given to send. One event is one change that the router tells. Each event concerns one agent who serves a queue, and the
others who serve it. Processor time of one core counts; making the changes is not counted.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

from parley_chassis.tasks import Tasks
from parley_contracts.shapes import Item, Sender, TimerShown, WrapUpShown
from parley_contracts.showings import AgentShown, ChatShown, FloorChange, FloorShown, QueueShown
from parley_gateway.domain.identity import Identity
from parley_gateway.shown.desks import Desks
from parley_gateway.shown.floors import Floors
from parley_gateway.shown.positions import Positions
from parley_gateway.shown.rooms import Rooms
from parley_gateway.shown.sources import Sources
from parley_gateway.sockets.agent import AgentSocket

from .machine import machine
from .report import write_between
from .texts import ROOT

RESULTS = Path(__file__).parent / "results" / "growth_gateway.json"
TENANT = "acme"
BEGIN = 1_790_000_000_000
EVENTS_OF_A_LIFE = 6
FEWEST_LIVES = 2
NOTHING_KNOWN: Any = None


class Size(NamedTuple):
    """How much there is: items that wait, half of them in the queue of which events tell; desks that serve this queue, that
    serve another queue of the tenant, and of another tenant."""

    items: int = 100
    serving: int = 1
    beside: int = 0
    elsewhere: int = 0


SIZES = {
    "items": [Size(items=items) for items in (100, 10_000, 100_000)],
    "desks of other tenants": [Size(elsewhere=desks) for desks in (1, 100, 1_000)],
    "desks of the tenant that serve another queue": [Size(beside=desks) for desks in (1, 100, 1_000)],
    "desks that serve the queue": [Size(serving=desks) for desks in (1, 100, 1_000)],
    "all of it": [Size(10_000, 100, 900, 1_000), Size(100_000, 100, 900, 1_000)],
}
QUICK_SIZES = {"items": [Size(), Size(items=1_000)], "all of it": [Size(1_000, 10, 20, 30)]}


class NoLink:
    """Nobody is asked anything."""

    gateway = "g1"

    def __init__(self) -> None:
        self._numbers = count(1)

    def join(self, sender: Any) -> int:
        return next(self._numbers)

    def sender(self, number: int, id: str, role: Any, *who: Any) -> Sender:
        user, name, within, content = (*who, None, None, None)[:4]
        given = {"user": user, "name": name, "within": within, "content": content}
        return Sender(gateway=self.gateway, connection=number, id=id, role=role, **given)

    def post(self, inbox: str, encoded: bytes) -> None:
        """Not sent."""

    def require_router(self, tenant: str) -> None:
        """It answers."""

    def to_session(self, tenant: str, chat: str, message: Any) -> None:
        """Not sent."""

    def to_router(self, tenant: str, message: Any) -> None:
        """Not sent."""


class Screen(AgentSocket):
    """An agent's connection that counts what it would send."""

    sent = 0

    def send_text(self, text: str) -> None:
        self.sent += 1


class Gateway:
    """A gateway with the desks of one size, and what happens on its floor."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._link: Any = NoLink()
        self.floors = Floors(self._link)
        self._rooms = Rooms(self._link)
        self._desks = Desks(self.floors)
        Sources(self.floors)
        Positions(self.floors, self._rooms)
        self.screens: dict[str, list[Screen]] = {"serving": [], "beside": [], "elsewhere": []}
        self._version, self._lives = 1, count()

    async def open(self) -> None:
        """Fetch the floors, and connect everybody."""
        serving = [f"agent-{number}" for number in range(self.size.serving)]
        beside = [f"beside-{number}" for number in range(self.size.beside)]
        elsewhere = [f"elsewhere-{number}" for number in range(self.size.elsewhere)]
        queues = (self._queue("sales", serving), self._queue("service", beside))
        items = tuple(self._item(f"w{number}", ("sales", "service")[number % 2]) for number in range(self.size.items))
        await self._fetch(TENANT, serving + beside, queues, items)
        await self._fetch("other", elsewhere, (self._queue("sales", elsewhere),), ())
        for part, tenant, names in (
            ("serving", TENANT, serving),
            ("beside", TENANT, beside),
            ("elsewhere", "other", elsewhere),
        ):
            for name in names:
                self.screens[part].append(self._connect(tenant, name))

    async def _fetch(self, tenant: str, names: list[str], queues: tuple[QueueShown, ...], items: Any) -> None:
        coming = asyncio.ensure_future(self.floors.of(tenant))
        await asyncio.sleep(0)
        agents = tuple(AgentShown(tenant=tenant, agent=name, name=name, state="ready") for name in names)
        whole = FloorChange(
            tenant=tenant, version=1, at=BEGIN, kind="snapshot", agents=agents, queues=queues, items=items
        )
        self.floors.shown(FloorShown(tenant=tenant, snapshot=True, changes=(whole,)))
        await coming

    def _connect(self, tenant: str, name: str) -> Screen:
        who = Identity(tenant=tenant, user=name, name=name, role="agent", expires_at=0)
        screen = Screen(NOTHING_KNOWN, self._link, Tasks(), self._rooms, self.floors, who)
        floor = self.floors.get(tenant)
        assert floor is not None
        screen.desk = self.floors.desk(floor, name)
        self._desks.add(screen, screen.desk)
        return screen

    def _queue(self, name: str, agents: list[str]) -> QueueShown:
        return QueueShown(tenant=TENANT, queue=name, name=name.title(), agents=tuple(agents))

    def _item(self, name: str, queue: str) -> Item:
        number = int(name[1:])
        return Item(
            item=name,
            kind="chat",
            queue=queue,
            priority=50 + number % 3,
            stage="waiting",
            waiting_since=BEGIN + number,
            handle=TimerShown(),
            wrap_up=WrapUpShown(),
            name="Kim",
            language="en",
        )

    def events(self) -> Iterator[FloorShown]:
        """Lives of chats, one after the other: each waits, is taken, is written in, is parked and resumed, and closed."""
        while True:
            new = self._item(f"c{next(self._lives)}", "sales")
            taken = new.model_copy(update={"stage": "conversation", "activity": "active", "owner": "agent-0"})
            yield self._told("queued", new)
            yield self._told("assigned", taken)
            yield self._told("written", taken.model_copy(update={"unread": 1}))
            yield self._told("parked", taken.model_copy(update={"activity": "parked"}))
            yield self._told("resumed", taken)
            yield self._told("closed", gone=(new.item,))

    def life(self, events: list[FloorShown]) -> float:
        """The seconds that the events of one chat's life take here. The session closes the chat afterwards, uncounted."""
        began = thread_time()
        for event in events:
            self.floors.shown(event)
        spent = thread_time() - began
        (chat,) = events[-1].changes[0].gone
        self._rooms.shown(ChatShown(tenant=TENANT, chat=chat, n=1, seq=1, stage="closed", queue="sales"))
        return spent

    def _told(self, kind: str, *items: Item, gone: tuple[str, ...] = ()) -> FloorShown:
        self._version += 1
        change = FloorChange(
            tenant=TENANT, version=self._version, at=BEGIN + self._version, kind=kind, items=items, gone=gone
        )
        return FloorShown(tenant=TENANT, changes=(change,))


async def us_per_event(size: Size, seconds: float) -> dict[str, Any]:
    """Microseconds of processor time that an event takes at a gateway of this size; whole lives of chats, for about so long."""
    gateway = Gateway(size)
    await gateway.open()
    coming = gateway.events()
    for _ in range(FEWEST_LIVES):
        gateway.life([*islice(coming, EVENTS_OF_A_LIFE)])
    for screen in (each for screens in gateway.screens.values() for each in screens):
        screen.sent = 0
    gc.collect()
    events, spent = 0, 0.0
    while events < FEWEST_LIVES * EVENTS_OF_A_LIFE or spent < seconds:
        spent += gateway.life([*islice(coming, EVENTS_OF_A_LIFE)])
        events += EVENTS_OF_A_LIFE
    texts = {part: sum(screen.sent for screen in screens) for part, screens in gateway.screens.items()}
    _check(gateway, events, texts)
    made = sum(texts.values()) / events
    return {**size._asdict(), "events": events, "us": round(spent / events * 1e6, 1), "texts": round(made, 2)}


def _check(gateway: Gateway, events: int, texts: dict[str, int]) -> None:
    """Every event went to whom it concerns, and to nobody else. Raises AssertionError."""
    lives = events // EVENTS_OF_A_LIFE
    expected = events + (gateway.size.serving - 1) * 2 * lives
    if texts != {"serving": expected, "beside": 0, "elsewhere": 0}:
        raise AssertionError(f"{texts} texts of {events} events, not {expected}")
    floor = gateway.floors.get(TENANT)
    if floor is None or len(floor.items) != gateway.size.items:
        raise AssertionError("the floor is not the one that it was")


def measure(quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """All sizes; each table's figures right after one another, so that they can be compared."""
    gc.set_threshold(10_000, 50, 50)  # as the services run
    results: dict[str, Any] = {"machine": machine(), "quick": quick, "sizes": {}}
    for what, sizes in (QUICK_SIZES if quick else SIZES).items():
        rows = results["sizes"][what] = []
        for size in sizes:
            row = asyncio.run(us_per_event(size, 0.1 if quick else 2.0))
            say(
                f"gateway, {what}: {', '.join(f'{part} {size:,}' for part, size in size._asdict().items())}: {row['us']} µs"
            )
            rows.append(row)
    return results


def tables(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    found = results["machine"]
    lines = [
        f"{found['cores']} cores ({found['processor']}), Python {found['python']}; one core is used.",
        "",
        "| what grows | items that wait | desks that serve the queue | the tenant's other desks | other tenants' desks "
        "| µs an event | beside the first | texts an event |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for what, rows in results["sizes"].items():
        for row in rows:
            size = " | ".join(f"{row[part]:,}" for part in Size._fields)
            lines.append(f"| {what} | {size} | {row['us']} | {row['us'] / rows[0]['us']:.2f} | {row['texts']} |")
    return "\n".join(lines)


def keep(results: dict[str, Any]) -> None:
    """The figures into their file, and between the markers of docs/performance.md."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    write_between("growth of the gateway", tables(results))


def where() -> str:
    return str(RESULTS.relative_to(ROOT))
