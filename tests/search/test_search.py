"""Everything that can happen on a small floor, all interleavings: R4, R6, R7, R9-R16, R18-R21, R23 hold after every step,
and from everywhere everything can still be finished.

Of 3 agents, 2 calls and 4 chats: `make search`. That broken floors are found: `test_broken_floors.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

import pytest
from parley_router.domain import moves
from parley_router.domain.floor import Floor
from servers import Say

from .__main__ import main
from .canonical import Left, canonical, floor_of
from .explore import Search
from .walk import Walk
from .world import Action, World

WHOLE = World(agents=2, calls=1, chats=3, chats_per_agent=2)
SMALLER = {
    "one chat an agent": World(chats=2),
    "second call": World(calls=2, chats=1),
    "two calls, two chats, one agent": World(agents=1, calls=2, chats=2),
    "calls with wrap-up": World(calls=2, chats=1, calls_have_wrap_up=True, together=False),
    "lost connections": World(chats=1, connections_get_lost=True, chats_per_agent=2),
    "transfers": World(chats=1, transfers=True, queues=2),
    "two limits": World(agents=1, calls=1, chats=3, queues=2, chats_per_agent=1, chats_in_second=2),
    "two limits and transfers": World(
        calls=0, chats=2, queues=2, chats_per_agent=1, chats_in_second=2, transfers=True, together=False
    ),
    "no wrap-up": World(chats=2, wrap_up=False),
    "picking": World(chats=1, distribution="pick"),
}


@cache
def searched(world: World) -> Search:
    """A world, looked at once."""
    return Search(world).run()


IN_SHORT = ("picking", "two calls, two chats, one agent")
"""Those that the short form looks at."""


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, id=name, marks=[] if name in IN_SHORT else [pytest.mark.slow])
        for name, world in SMALLER.items()
    ],
)
def test_R4_R7_R11_R13_R15_R20_R21_R23_small_floors(world: World) -> None:
    search = searched(world)
    assert search.complete
    assert search.stuck() == []


@pytest.mark.slow
def test_R6_R9_R10_R12_R14_R16_R18_R19_all_that_two_agents_a_call_and_three_chats_can_do(say: Say) -> None:
    search = searched(WHOLE)
    assert search.complete
    assert search.stuck() == []
    say(f"search: {WHOLE}: {len(search.keys):,} states, {search.steps:,} steps in {search.took_s:.0f} s")


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(SMALLER[name], id=name, marks=[] if name in IN_SHORT else [pytest.mark.slow])
        for name in ("one chat an agent", "lost connections", "transfers")
    ],
)
def test_a_floor_that_keeps_its_past_goes_nowhere_else(world: World) -> None:
    """The canonical form leaves nothing out that matters: whatever real floors with real times come to was found."""
    search, reached = searched(world), set[bytes]()
    for seed in range(150):
        for form in Walk(world, Random(seed)).run(60):
            assert form in search.numbers, f"seed {seed}"
            reached.add(form)
    assert len(reached) > len(search.keys) / 5, "the walks come about"


@pytest.mark.slow
def test_the_canonical_form_of_a_floor_made_from_it_is_the_same() -> None:
    search = searched(SMALLER["second call"])
    for key in search.keys:
        assert canonical(*floor_of(search.world, key))[0] == key


def test_what_can_not_be_finished_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing but its limit ends a wrap-up, and a parked one is not resumed, exactly the parked ones are stuck."""
    real = World.actions

    def without_an_end(world: World, floor: Floor, left: Left) -> Iterator[tuple[Action, bool]]:
        for action, must in real(world, floor, left):
            wrapping = action.item in floor.items and floor.items[action.item].stage == "wrap_up"
            if action.verb not in ("complete", "log out") and not (action.verb == "resume" and wrapping):
                yield action, must

    monkeypatch.setattr(World, "actions", without_an_end)
    search = Search(World(calls=0, chats=1)).run()
    floors = [floor_of(search.world, key)[0] for key in search.keys]
    parked = [number for number, floor in enumerate(floors) if wrap_ups(floor) == ["parked"]]
    assert parked
    assert search.stuck() == parked
    assert "parks c1" in search.story(parked[0])


def wrap_ups(floor: Floor) -> list[str | None]:
    return [item.activity for item in floor.items.values() if item.stage == "wrap_up"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_long_form_says_what_it_looked_at(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agents", "2", "--calls", "1", "--chats", "0", "--jobs", jobs]) == 0
    search = searched(World(chats=0))
    shown = capsys.readouterr().out
    assert f"{len(search.keys):,} states looked at, {search.steps:,} steps" in shown
    assert "complete: there are no other states" in shown


def test_the_long_form_says_what_it_did_not_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agents", "2", "--calls", "1", "--chats", "2", "--minutes", "0", "--dive", "0.01"]) == 0
    shown = capsys.readouterr().out
    assert "NOT complete" in shown
    assert "random lives" in shown


def test_the_long_form_tells_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(moves, "returned", lambda floor, agent, at: [])
    assert main(["--agents", "2", "--calls", "1", "--chats", "1"]) == 1
    assert "R13: c1 is interrupted by a call that is over" in capsys.readouterr().out
