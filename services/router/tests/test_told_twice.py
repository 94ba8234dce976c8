"""R30: a command that is told again has no second effect; its id for another command is a conflict."""

from __future__ import annotations

import pytest
from floor_words import (
    TENANT,
    S,
    classify,
    closed,
    complete,
    connect,
    extend,
    floor,
    identify,
    inbox,
    log_out,
    not_ready,
    online,
    park,
    parked,
    pick,
    pick_queue,
    picked,
    put_queue,
    queue,
    ready,
    requeued,
    resume,
    resumed,
    waits,
    wake,
    wrap_up,
)
from parley_chassis.service import Out
from parley_chassis.streams import Live
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Routing
from parley_contracts.wire import pack, unpack
from parley_router.domain.decide import decide
from parley_router.domain.floor import Floor
from parley_router.domain.memory import DAY_MS, KEPT_MS
from parley_router.handlers import Router

OWNED = [pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1)]
PARKED = [*OWNED, parked("c1", "anna", 2)]
WRAPPING = [*OWNED, wrap_up("c1", "anna", 2)]

# By command: what has happened before, the command, what undoes it meanwhile.
COMMANDS: dict[str, tuple[list, Command, list]] = {
    "pick": (OWNED[:-1], pick("c1", "anna", id="x"), [requeued("c1", "anna", 8)]),
    "park": (OWNED, park("c1", "anna", id="x"), [resumed("c1", "anna", 8)]),
    "resume": (PARKED, resume("c1", "anna", id="x"), [parked("c1", "anna", 8)]),
    "classify": (OWNED, classify("c1", "anna", "sale", id="x"), []),
    "identify": (OWNED, identify("c1", "anna", "kim", id="x"), []),
    "extend": (WRAPPING, extend("c1", "anna", id="x"), []),
    "complete": (WRAPPING, complete("c1", "anna", id="x"), []),
    "ready": ([online("anna", ready=False)], ready("anna", id="x"), []),
    "not_ready": ([online("anna")], not_ready("anna", "lunch", id="x"), []),
    "log_out": ([online("anna")], log_out("anna", id="x"), [online("anna", at=8)]),
}


@pytest.mark.parametrize(("before", "command", "meanwhile"), COMMANDS.values(), ids=COMMANDS.keys())
def test_R30_told_twice_it_happens_once_whatever_has_happened_meanwhile(
    before: list, command: Command, meanwhile: list
) -> None:
    story = floor.given(before).when(command, at=5)
    assert story.last, "it happens the first time"
    assert [event.command_key for event in story.last if event.command_key] == ["anna/x"]
    story.given(meanwhile).when(command, at=9).then_nothing()


@pytest.mark.parametrize(("before", "command", "meanwhile"), COMMANDS.values(), ids=COMMANDS.keys())
def test_R30_told_twice_also_to_a_floor_from_a_snapshot(before: list, command: Command, meanwhile: list) -> None:
    story = floor.given(before).when(command, at=5).given(meanwhile)
    assert decide(Floor.thaw("acme", story.state.freeze()), command, 9) == []


@pytest.mark.parametrize(("before", "command", "meanwhile"), COMMANDS.values(), ids=COMMANDS.keys())
def test_R31_its_id_for_another_command_is_a_conflict(before: list, command: Command, meanwhile: list) -> None:
    story = floor.given(before).when(command, at=5)
    story.when(pick("c2", "anna", id="x"), at=9).then_refused("conflict")
    story.when(classify("c1", "anna", "another", id="x"), at=9).then_refused("conflict")


def test_R30_ids_are_each_agents_own() -> None:
    story = floor.given(OWNED, online("ben"), waits("c2")).when(park("c1", "anna", id="x"))
    story.when(pick("c2", "ben", id="x"), at=9).then(picked("c2", "ben", 9))


def test_R31_a_refused_command_does_not_use_up_its_id() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c2"))
    story.when(pick("c1", "anna", id="x")).then_refused("not_found")
    story.when(pick("c2", "anna", id="x"), at=9).then(picked("c2", "anna", 9))


def test_R30_commands_are_remembered_for_a_time_however_many_there_are() -> None:
    story = floor.given(OWNED)
    for number in range(500):
        command = park if number % 2 == 0 else resume
        story.when(command("c1", "anna", id=str(number)), 10 * S)
    story.given(online("ben", 11 * S, ready=False))
    for at in (12 * S, DAY_MS + 1, KEPT_MS + 9 * S):
        story.when(ready("ben") if at == DAY_MS + 1 else not_ready("ben"), at)
        story.when(park("c1", "anna", id="0"), at).then_nothing()
        story.when(park("c1", "anna", id="1"), at).then_refused("conflict")
    assert inbox(story.state, "anna") == {"c1": "active"}
    story.when(ready("anna"), 9 * DAY_MS).when(not_ready("anna"), 10 * DAY_MS)
    story.when(park("c1", "anna", id="0"), 10 * DAY_MS)
    assert inbox(story.state, "anna") == {"c1": "parked"}, "a time, not for ever"
    assert len(story.state.commands) < 10


def test_R30_a_snapshot_remembers_what_the_floor_remembers() -> None:
    story = floor.given(OWNED).when(park("c1", "anna", id="old"), 10 * S)
    story.when(resume("c1", "anna", id="new"), 3 * DAY_MS)
    again = Floor.thaw(TENANT, story.state.freeze())
    assert [again.commands.get(f"anna/{id}") is not None for id in ("old", "new", "none")] == [True, True, False]
    assert again.freeze() == story.state.freeze()


def test_R31_a_refusal_says_what_to_do_and_changes_nothing() -> None:
    story = floor.given(WRAPPING, closed("c1", 3, "completed"))
    before = story.state.freeze()
    with pytest.raises(Refused, match=r"\w+.*\.$"):
        decide(story.state, pick("c1", "anna"), 9)
    assert story.state.freeze() == before


def test_a_message_that_the_floor_has_no_rule_for_is_a_programmers_mistake() -> None:
    with pytest.raises(TypeError, match="no rule"):
        floor.given().when(COMMAND_OF_NOBODY)


def test_R30_R5_setting_a_queue_twice_sets_it_once() -> None:
    story = floor.given().when(put_queue(id="x"), at=1)
    assert len(story.last) == 1
    story.when(put_queue(id="x"), at=2).then_nothing()


COMMAND_OF_NOBODY = Command(type="nobody", tenant="acme")


def test_R30_a_command_that_found_it_so_already_does_nothing_later_either() -> None:
    """Parked by the first, so already for the second, resumed by the third; then all three come again."""
    router = Router()
    live: Live[Floor] = Live(TENANT, Floor(TENANT), 0, router.evolve)
    for event in [pick_queue(), *online("anna"), waits("c1"), picked("c1", "anna", 1 * S)]:
        live.apply(event)
    commands = [park("c1", "anna"), park("c1", "anna"), resume("c1", "anna")]
    for command in [*commands, *commands]:
        router.handle(live, command, 5 * S, Out())
    assert live.state.items["c1"].activity == "active"
    told = [type(event).__name__ for _, event in live.gathered][-4:]
    assert told == ["ItemAssigned", "ItemParked", "CommandSeen", "ItemResumed"]


def test_R30_an_administrators_command_told_again_does_not_undo_a_later_one() -> None:
    router = Router()
    live: Live[Floor] = Live(TENANT, Floor(TENANT), 0, router.evolve)
    first, second = put_queue("help", chats_per_agent=1), put_queue("help", chats_per_agent=2)
    for command in (first, second, first):
        router.handle(live, command, 5 * S, Out())
    assert live.state.queues["help"].settings.chats_per_agent == 2


def test_R30_a_connection_told_again_does_not_log_in_whoever_has_logged_out() -> None:
    router = Router()
    live: Live[Floor] = Live(TENANT, Floor(TENANT), 0, router.evolve)
    connecting = connect("anna")
    for command in (connecting, log_out("anna"), connecting):
        router.handle(live, command, 5 * S, Out())
    assert live.state.agents["anna"].state == "logged_out"
    assert live.state.agents["anna"].connections == []


def test_R18_what_is_due_comes_before_what_is_asked_however_late_the_clock_is() -> None:
    """The limit was reached while nobody looked; parking it now is too late, and the timer is exact."""
    router = Router()
    live: Live[Floor] = Live(TENANT, Floor(TENANT), 0, router.evolve)
    for event in [
        pick_queue(),
        *online("anna"),
        waits("c1"),
        picked("c1", "anna", 1 * S),
        wrap_up("c1", "anna", 2 * S),
    ]:
        live.apply(event)
    router.handle(live, park("c1", "anna"), 92 * S, Out())
    item = live.state.closed["c1"]
    assert item.wrap_up.ms == item.limit_ms


# --- refused, and told again ------------------------------------------------------------------------------------------


def answers(router: Router, live: Live[Floor], command: Command) -> list[tuple[str | None, bool]]:
    """What the one who asked is told: the code of a refusal, or that it was done."""
    out = Out()
    router.handle(live, command, 9 * S, out)
    replies = [getattr(message, "reply", None) for _, body in out.showings for message in unpack(pack([body]))]
    return [(reply.code, reply.ack is not None) for reply in replies if reply is not None]


def test_R30_R31_what_was_refused_is_refused_again_though_it_would_be_possible_now() -> None:
    story = floor.given(pick_queue(), online("anna"))
    router, live = Router(), Live(TENANT, story.state, 9, Floor.evolve)
    command = pick("c1", "anna", id="x")
    assert answers(router, live, command) == [("not_found", False)]
    live.state.evolve(waits("c1"))
    assert answers(router, live, command) == [("not_found", False)], "whoever was told that nothing changed finds it so"
    assert live.gathered == []
    assert answers(router, live, pick("c1", "anna", id="y")) == [(None, True)], "a new command is decided anew"


def test_R30_a_floor_from_its_snapshot_does_first_what_had_become_possible_meanwhile() -> None:
    """Who lacks a skill is asked again after a while, without an event: whether somebody has loaded the floor anew meanwhile
    makes no difference to what comes first."""
    routing = Routing(agent="skills", relax_after_s=30)
    before = [queue(routing=routing), online("anna"), online("ben"), waits("c1", skills={"english": 1})]
    kept = floor.given(before).when(wake(), at=1 * S).state
    told = []
    for state in (kept, Floor.thaw(TENANT, kept.freeze())):
        live: Live[Floor] = Live(TENANT, state, 9, Floor.evolve)
        Router().handle(live, not_ready("anna", id="x"), 40 * S, Out())
        told.append([type(event).__name__ for _, event in live.gathered])
    assert told == [["ItemAssigned", "AgentSetNotReady"]] * 2
