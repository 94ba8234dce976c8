"""What the gateway keeps ready of a floor equals what a walk over the whole floor finds, on random floors; and each desk is
told what a walk over all desks would tell it, letter for letter."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from gateway_words import agent, change, item, queue
from naive_desk import NaiveDesk, owned, served, waiting
from parley_contracts.refusal import Refused
from parley_contracts.showings import FloorChange
from parley_gateway.domain.identity import Identity
from parley_gateway.encoding import dumps
from parley_gateway.shown import desks as desks_module
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.desks import Desks
from parley_gateway.shown.floor_view import FloorView, Moved
from parley_gateway.shown.floors import Floors
from random_floors import AGENTS, QUEUES, TENANT, RandomFloor

NOW = 1_790_000_000_123
HAPPENINGS = 150


class FakeLink:
    """The desks ask nothing of the services."""

    gateway = "g1"


class Screen:
    """One of an agent's connections: what it was sent."""

    def __init__(self, tenant: str, user: str) -> None:
        self.identity = Identity(tenant=tenant, user=user, name=user, role="agent", expires_at=0)
        self.texts: list[str] = []
        self.closed: int | None = None

    def floor_changed(self, text: str) -> None:
        self.texts.append(text)

    def floor_shown(self, texts: Iterator[str]) -> None:
        self.texts.extend(texts)

    def close(self, code: int) -> None:
        self.closed = code


class Gateway:
    """A random floor, the desks that are open at it, and beside each the one that walks."""

    def __init__(self, seed: int) -> None:
        self.random_floor = RandomFloor(seed)
        self.floor = self.random_floor.floor
        self.floors = Floors(FakeLink())  # type: ignore[arg-type]
        self.desks = Desks(self.floors)
        self.screens: dict[str, list[Screen]] = {}
        self.naive: dict[str, NaiveDesk] = {}
        self._chance = Random(seed)
        self._plain = self.floor.apply
        self.floor.apply = self._applied  # type: ignore[method-assign]

    def _applied(self, made: FloorChange) -> Moved:
        moved = self._plain(made)
        expected = {name: desk.told(made, moved, NOW) for name, desk in self.naive.items()}
        for listener in self.floors.listeners:
            listener(self.floor, made, moved)
        for name, screens in self.screens.items():
            frame = expected[name]
            for screen in screens:
                assert screen.texts == ([dumps(frame)] if frame is not None else []), (name, made)
                screen.texts.clear()
        return moved

    def come_and_go(self) -> None:
        """Now and then somebody opens a connection, or closes one."""
        name = self._chance.choice((*AGENTS, "nobody"))
        screens = self.screens.get(name, [])
        if screens and self._chance.random() < 0.4:
            self.desks.remove(screens.pop())
            if not screens:
                del self.screens[name], self.naive[name]
            return
        screen, desk = Screen(TENANT, name), self.floors.desk(self.floor, name)
        self.desks.add(screen, desk)
        self.screens.setdefault(name, []).append(screen)
        naive = self.naive.setdefault(name, NaiveDesk(self.floor, name, desk.version))
        assert dumps(desk.snapshot(NOW)) == dumps(naive.snapshot(NOW))


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "system_clock", lambda: NOW)


def anybody_here(floor: FloorView, name: str) -> bool:
    found = floor.agents, floor.queues[name].agents
    return any(each in found[0] and found[0][each].state != "logged_out" for each in found[1])


def check_indexes(floor: FloorView) -> None:
    """Everything that is kept ready, beside a walk over the floor."""
    for name in QUEUES:
        line = waiting(floor, name)
        assert floor.waiting(name) == line
        assert [floor.position(each) for each in line] == [*range(1, len(line) + 1)]
        assert floor.length(name) == sum(each.kind in ("chat", "call") for each in line)
        if name in floor.queues:
            assert floor._serving.anybody_here(name) == anybody_here(floor, name)
    for name in (*AGENTS, "nobody"):
        assert floor.owned(name) == owned(floor, name)
        assert [*floor.served_by(name).items()] == [*served(floor, name).items()]
    assert floor.taken() == [each for each in floor.items.values() if each.owner is not None]


@pytest.mark.parametrize("seed", range(60))
def test_R4_R29_what_is_kept_ready_equals_a_walk_over_the_floor(seed: int) -> None:
    gateway = Gateway(seed)
    check_indexes(gateway.floor)
    for number in range(HAPPENINGS):
        if number % 5 == 0:
            gateway.come_and_go()
        gateway.random_floor.happen()
        check_indexes(gateway.floor)


def test_nothing_is_kept_of_what_is_gone() -> None:
    gateway = Gateway(7)
    for _ in range(HAPPENINGS):
        gateway.come_and_go()
        gateway.random_floor.happen()
    for screens in [*gateway.screens.values()]:
        for screen in screens:
            gateway.desks.remove(screen)
    gateway.screens.clear()
    floor = gateway.floor
    gone = {"gone": tuple(floor.items), "queues_gone": tuple(floor.queues), "agents_gone": tuple(floor.agents)}
    floor.apply(change(floor.version + 1, "all_gone", **gone))
    kept: list[Any] = [
        floor._lines,
        floor._inboxes._owned,
        floor._numbers,
        gateway.desks._tenants,
        gateway.floors._desks,
    ]
    serving = floor._serving
    kept += [serving._agents, serving._queues, serving._numbers, serving._logged_in, serving._here]
    assert not any(kept), kept


def test_a_change_asks_only_the_desks_that_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    plain = Desk.told
    monkeypatch.setattr(
        Desk, "told", lambda desk, telling: (asked.append((desk.floor.tenant, desk.agent)), plain(desk, telling))[1]
    )
    floors = Floors(FakeLink())  # type: ignore[arg-type]
    desks = Desks(floors)
    shown = {}
    for tenant in ("t", "u"):
        floor = shown[tenant] = FloorView(tenant)
        queues = (queue("q", "anna", "ben"), queue("r", "cleo"))
        floor.apply(change(1, "snapshot", agents=(agent("anna"), agent("dan")), queues=queues))
        for name in ("anna", "ben", "cleo", "dan"):
            desks.add(Screen(tenant, name), floors.desk(floor, name))

    def told(made: FloorChange) -> set[str]:
        asked.clear()
        moved = shown["t"].apply(made)
        for listener in floors.listeners:
            listener(shown["t"], made, moved)
        assert {tenant for tenant, _ in asked} <= {"t"}
        assert len(asked) == len(set(asked))
        return {name for _, name in asked}

    assert told(change(2, "queued", item("i"))) == {"anna", "ben"}
    assert told(change(3, "assigned", item("i", owner="dan"))) == {"anna", "ben", "dan"}
    assert told(change(4, "parked", item("i", owner="dan", unread=1))) == {"dan"}
    assert told(change(5, "transferred", item("i", queue="r"))) == {"dan", "cleo"}
    assert told(change(6, "ready", agents=(agent("ben"),))) == {"anna", "ben"}, "one more is ready in their queue"
    assert told(change(7, "queue_set", queues=(queue("q", "ben", "dan"),))) == {"anna", "ben", "dan"}
    assert told(change(8, "queued", item("j"))) == {"ben", "dan"}
    assert told(change(9, "queue_removed", queues_gone=("r",))) == {"cleo"}


def test_an_item_is_dumped_once_however_many_desks_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    floors = Floors(FakeLink())  # type: ignore[arg-type]
    desks, floor = Desks(floors), FloorView("t")
    names = [f"agent-{number}" for number in range(20)]
    floor.apply(change(1, "snapshot", queues=(queue("q", *names), queue("r", *names[:10]))))
    for name in names:
        desks.add(Screen("t", name), floors.desk(floor, name))
    dumped: list[str] = []
    kind = type(item("i"))
    plain = kind.frame
    monkeypatch.setattr(kind, "frame", lambda shown: (dumped.append(shown.item), plain(shown))[1])
    made = change(2, "queued", item("i"), item("j", queue="r"))
    moved = floor.apply(made)
    for listener in floors.listeners:
        listener(floor, made, moved)
    assert sorted(dumped) == ["i", "j"]


def test_R5_who_is_logged_in_counts_for_each_queue_that_they_serve() -> None:
    floor = FloorView("t")
    queues = tuple(queue(name, "anna", "ben", wait_without_agents=False) for name in ("q", "r"))
    floor.apply(change(1, "snapshot", agents=(agent("anna"), agent("ben", "logged_out")), queues=queues))
    floor.admit("q")
    floor.apply(change(2, "logged_out", agents=(agent("anna", "logged_out"),)))
    for name in ("q", "r"):
        with pytest.raises(Refused):
            floor.admit(name)
    floor.apply(change(3, "ready", agents=(agent("ben"),)))
    floor.admit("r")
    floor.apply(change(4, "forgotten", agents_gone=("ben",)))
    with pytest.raises(Refused):
        floor.admit("r")
