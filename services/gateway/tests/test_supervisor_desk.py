"""R36: a supervisor's desk shows the whole floor: what its frames add up to equals what it would be shown anew, and the floor itself."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.showings import AgentShown, FloorChange, HelpShown, Intervention
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.supervisor_desk import SupervisorDesk
from parley_gateway.shown.telling import Telling
from parley_gateway.sockets.frames_out import check
from protocol import apply
from random_floors import RandomFloor, as_sent


def plain(view: dict[str, Any]) -> dict[str, Any]:
    """Without what has no meaning: the order of lists that have none."""
    by_name = {"inbox": "item", "work": "item", "agents": "id", "queues": "queue"}
    lists = {name: sorted(view[name], key=lambda each, key=key: each[key]) for name, key in by_name.items()}
    return {**view, **lists}


@pytest.mark.parametrize("seed", range(40))
def test_R29_R36_what_is_told_equals_what_is_there(seed: int) -> None:
    at_once = 2 if seed % 2 else 200
    story = RandomFloor(seed, at_once=at_once, kind=SupervisorDesk)
    view = story.fresh()
    for _ in range(80):
        for frame in story.happen():
            check("agent", frame)
            view = frame if frame["type"] == "snapshot" else apply(view, frame)
        fresh = story.fresh()
        assert plain(view) == plain({**fresh, "at": view["at"], "version": view["version"]})
        floor = story.floor
        assert {item["item"] for item in view["work"]} == {
            name for name, item in floor.items.items() if item.owner is not None
        }
        assert {queue["queue"]: queue["agents"] for queue in view["queues"]} == {
            name: list(queue.agents) for name, queue in floor.queues.items()
        }
        assert {agent["id"] for agent in view["agents"]} == set(floor.agents)


def test_R36_an_agents_desk_and_a_supervisors_are_told_the_same_change_each_in_their_way() -> None:
    floor = RandomFloor(3).floor
    agents = [Desk(floor, "nobody"), Desk(floor, "nobody else")]
    supervisors = [SupervisorDesk(floor, "sam"), SupervisorDesk(floor, "sue")]
    ben = AgentShown(tenant="", agent="ben", name="Ben", state="not_ready", reason="lunch")
    change = FloorChange(tenant=floor.tenant, version=floor.version + 1, at=5_000, kind="not_ready", agents=(ben,))
    telling = Telling(floor, change, floor.apply(change), readied=())
    assert [desk.told(telling) for desk in agents] == [None, None]
    frames = [desk.told(telling) for desk in supervisors]
    changed = [frame["changed"] if frame is not None else {} for frame in frames]
    assert [each["agents"]["put"][0]["reason"] for each in changed] == ["lunch", "lunch"]
    assert changed[0] is changed[1], "made once for both"


def test_R36_the_agent_concerned_and_supervisors_see_what_was_done_and_nobody_else() -> None:
    story = RandomFloor(1)
    floor = story.floor
    desks: dict[str, Desk] = {name: Desk(floor, name) for name in ("anna", "ben", "cleo")}
    desks["sam"] = SupervisorDesk(floor, "sam")
    done = Intervention(user="sam", name="Sam", act="assign", agent="anna", item="i1", to_agent="ben", why="busy")
    anna = AgentShown(
        tenant="", agent="anna", name="Anna", state="ready", since=1_000, help=HelpShown(since=2_000, text="what now?")
    )
    change = FloorChange(
        tenant=floor.tenant,
        version=floor.version + 1,
        at=5_000,
        kind="intervened",
        agents=(anna,),
        intervention=done,
    )
    moved = floor.apply(change)
    told = {name: as_sent(frame) if (frame := desk.event(change, moved)) else None for name, desk in desks.items()}
    expected = {
        "by": {"id": "sam", "name": "Sam"},
        "act": "assign",
        "agent": "anna",
        "item": "i1",
        "to_agent": "ben",
        "why": "busy",
    }
    assert told["cleo"] is None
    for name in ("anna", "ben", "sam"):
        frame = told[name]
        assert frame is not None
        check("agent", frame)
        assert frame["changed"]["intervention"] == expected
    assert told["anna"]["changed"]["agent"]["help"] == {"since": "1970-01-01T00:00:02.000Z", "text": "what now?"}  # type: ignore[index]
    assert told["sam"]["changed"]["agents"]["put"][0]["since"] == "1970-01-01T00:00:01.000Z"  # type: ignore[index]
