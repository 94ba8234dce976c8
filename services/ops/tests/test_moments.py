"""A floor at any moment equals a fold of everything up to it, and why an item waited equals what somebody reads off that floor who does not ask
the router (R29, R38)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from parley_ops import chats
from parley_ops.index import floors as kept_floors
from parley_ops.index.floors import Floors, lean
from parley_ops.index.table import Index, open_index
from parley_ops.replay import floor_shown
from parley_ops.whys import Interval, Move, is_waiting, waited
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent, WorkItem
from parley_session.domain.chat import Chat
from random_days import TENANT, Day


@contextmanager
def floors_of(day: Day, folder: Path, every: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Index, Floors]]:
    monkeypatch.setattr(kept_floors, "EVERY", every)
    day.write(f"sqlite:{folder}")
    index = open_index(f"sqlite:{folder}")
    floors = Floors(index)
    while floors.keep_next(TENANT):
        pass
    yield index, floors
    index.close()


def folds(day: Day) -> Iterator[tuple[int, Floor]]:
    """The floor after each of its events, the same object."""
    floor = Floor(TENANT)
    yield 0, floor
    for version, event in enumerate(day.of_router(), 1):
        floor.evolve(event)
        yield version, floor


@pytest.mark.parametrize(("seed", "every"), [(1, 20), (2, 7), (3, 10_000)])
def test_R29_a_floor_after_each_event_is_the_fold_of_all_up_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, every: int
) -> None:
    day = Day(seed)
    day.go_on(250)
    with floors_of(day, tmp_path, every, monkeypatch) as (index, floors):
        assert floors.tenants() == [] or TENANT in floors.tenants()
        states = index.ask("SELECT count(*) AS states FROM $floors")[0]["states"]
        assert states == len(day.of_router()) // every
        for version, folded in folds(day):
            if version % 3:
                continue
            found = floors.at_version(TENANT, version)
            assert (found.version, floor_shown(found.floor)) == (version, floor_shown(folded))
            if version % 2:
                floors.give_back(TENANT, found)


@pytest.mark.parametrize(("seed", "skew_ms"), [(4, 0), (5, -400), (6, 400)])
def test_a_floor_at_any_moment_is_up_to_the_first_event_that_is_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, skew_ms: int
) -> None:
    """Also where an event tells an earlier time than the one before it."""
    day = Day(seed, skew_ms)
    day.go_on(250)
    events = day.of_router()
    times = [event.at for event in events]
    assert skew_ms >= 0 or times != sorted(times), "what the session says is earlier than what the router knows"
    with floors_of(day, tmp_path, 20, monkeypatch) as (_, floors):
        for at in sorted({*times, *(time - 1 for time in times), *(time + 1 for time in times)})[::5]:
            expected = next((number for number, time in enumerate(times) if time > at), len(times))
            assert floors.at_moment(TENANT, at).version == expected, at


def test_what_is_kept_of_a_floor_is_as_large_as_what_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = Day(7)
    day.go_on(600)
    with floors_of(day, tmp_path, 50, monkeypatch) as (index, floors):
        found = floors.at_version(TENANT, len(day.of_router()))
        lean(found.floor)
        assert not found.floor.closed
        assert len(found.floor.commands) == 0
        largest = index.ask("SELECT max(length(state)) AS bytes FROM $floors")[0]["bytes"]
        assert largest < 200 * (10 + len(found.floor.items) + len(found.floor.agents))


# --- why it waited ----------------------------------------------------------------------------------------------------


def read_off(floor: Floor, item: WorkItem, now: int) -> dict[str, str]:
    """What keeps each agent from an item, read off the floor without its indexes and without the router's own judgement."""
    if item.owner is not None:
        return {item.owner: "rings"}
    settings = floor.queues[item.queue].settings
    found: dict[str, str] = {}
    for name in settings.agents:
        agent = floor.agents.get(name)
        if agent is None or agent.state == "logged_out":
            continue
        found[name] = _reason(floor, item, agent, now)
    return found


def _reason(floor: Floor, item: WorkItem, agent: Agent, now: int) -> str:
    queue = floor.queues[item.queue]
    active = [floor.items[name] for name in agent.owned if floor.items[name].activity == "active"]
    wrapping = [each for each in active if each.stage == "wrap_up"]
    talking = [each for each in active if each.stage != "wrap_up"]
    if not agent.connections:
        return "away"
    if any(each.kind == "call" for each in talking):
        return "on_call"
    if wrapping:
        return "wrap_up"
    if agent.state == "not_ready":
        return "not_ready"
    if queue.settings.distribution == "pick":
        return "picks"

    def can(other: Agent | None) -> bool:
        if other is None:
            return False
        less = max(0, now - item.waiting_since) // (queue.settings.routing.relax_after_s * 1000)
        asked = item.skills if queue.settings.routing.agent == "skills" else {}
        return all(other.skills.get(skill, 0) >= level - less for skill, level in asked.items())

    others = [floor.agents.get(name) for name in queue.settings.agents if name != item.given_by]
    if item.given_by == agent.agent and any(
        other is not None and other.state == "ready" and other.connections and can(other) for other in others
    ):
        return "gave_it_away"
    if not can(agent):
        return "lacks_skill"
    if not talking:
        return "others_first"
    if item.kind == "chat":
        mine = [each for each in talking if each.kind == "chat"]
        of_queue = [each for each in mine if each.queue == item.queue]
        limits = [
            each.settings.chats_per_agent for each in floor.queues.values() if agent.agent in each.settings.agents
        ]
        has_room = len(of_queue) < queue.settings.chats_per_agent and len(mine) < max(limits, default=1)
        return "others_first" if has_room else "at_limit"
    if item.kind not in queue.settings.interrupts:
        return "busy"
    if any(each.kind not in floor.queues[each.queue].settings.interruptible for each in talking):
        return "not_interruptible"
    return "higher_priority" if max(each.priority for each in talking) >= item.priority else "others_first"


def read_intervals(day: Day) -> dict[str, list[Interval]]:
    """Of every item, by looking at the whole floor after every event."""
    intervals: dict[str, list[Interval]] = {}
    open_: dict[str, tuple[int, dict[str, str]]] = {}
    for _, floor in folds(day):
        now = floor.last_at
        for name in [*open_]:
            item = floor.items.get(name)
            because = read_off(floor, item, now) if item is not None and is_waiting(item) else None
            since, before = open_[name]
            if because != before:
                del open_[name]
                _add(intervals.setdefault(name, []), Interval(since, now, before, None))
                if because is not None:
                    open_[name] = (now, because)
        for name, item in floor.items.items():
            if name not in open_ and is_waiting(item):
                open_[name] = (now, read_off(floor, item, now))
    for name, (since, because) in open_.items():
        intervals.setdefault(name, []).append(Interval(since, None, because, None))
    return intervals


def _add(told: list[Interval], interval: Interval) -> None:
    if interval.since == interval.until:
        return
    if told and told[-1].until == interval.since and told[-1].because == interval.because:
        interval = interval._replace(since=told.pop().since)
    told.append(interval)


def versions_of(day: Day, item: str) -> list[Move]:
    events = enumerate(day.of_router(), 1)
    return [Move.of(number, type(event).__name__) for number, event in events if getattr(event, "item", None) == item]


@pytest.mark.parametrize("seed", range(20, 28))
def test_R38_why_it_waited_is_what_is_read_off_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    day = Day(seed)
    day.go_on(400)
    expected = read_intervals(day)
    with floors_of(day, tmp_path, 25, monkeypatch) as (_, floors):
        looked = 0
        for item, intervals in expected.items():
            told = waited(floors, TENANT, item, versions_of(day, item))
            assert not told.more
            assert [interval._replace(ahead=None) for interval in told.intervals] == intervals, item
            looked += 1
        assert looked > 40


@pytest.mark.slow
def test_R38_why_a_thousand_items_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    for seed in range(100, 120):
        day = Day(seed)
        day.go_on(500)
        expected = read_intervals(day)
        folder = tmp_path / str(seed)
        folder.mkdir()
        with floors_of(day, folder, 40, monkeypatch) as (_, floors):
            for item, intervals in expected.items():
                told = waited(floors, TENANT, item, versions_of(day, item))
                assert [interval._replace(ahead=None) for interval in told.intervals] == intervals, (seed, item)
                looked += 1
    assert looked >= 1_000


# --- chats ------------------------------------------------------------------------------------------------------------


def test_a_chat_after_each_event_and_at_each_moment_is_the_fold_of_all_up_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(30)
    day.go_on(300)
    monkeypatch.setattr(chats, "AT_ONCE", 3)
    with floors_of(day, tmp_path, 1_000, monkeypatch) as (index, _):
        for name in day.chats:
            events = [event for _, stream, event in day.happened if stream == f"{TENANT}/{name}"]
            for n in range(1, len(events) + 1):
                expected = Chat(f"{TENANT}/{name}")
                for event in events[:n]:
                    expected.evolve(event)
                found = chats.fold(index, TENANT, name, n=n)
                assert found is not None
                assert (found.n, found.last_n) == (n, len(events))
                assert chats.chat_shown(found.chat, day.now) == chats.chat_shown(expected, day.now)
                at = max(event.at for event in events[:n])
                beyond = next((number for number, event in enumerate(events) if event.at > at), len(events))
                then = chats.fold(index, TENANT, name, at=at)
                assert then is not None
                assert then.n == beyond
            assert chats.fold(index, TENANT, name, at=events[0].at - 1) is None
