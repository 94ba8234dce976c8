"""R30: a command that is told again has no second effect; its id for another command is a conflict."""

from __future__ import annotations

import pytest
from floor_words import (
    classify,
    closed,
    complete,
    extend,
    floor,
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
    ready,
    requeued,
    resume,
    resumed,
    waits,
    wrap_up,
)
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_router.domain.decide import decide
from parley_router.domain.floor import COMMANDS_KEPT, Floor

OWNED = [pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1)]
PARKED = [*OWNED, parked("c1", "anna", 2)]
WRAPPING = [*OWNED, wrap_up("c1", "anna", 2)]

# By command: what has happened before, the command, what undoes it meanwhile.
COMMANDS: dict[str, tuple[list, Command, list]] = {
    "pick": (OWNED[:-1], pick("c1", "anna", id="x"), [requeued("c1", "anna", 8)]),
    "park": (OWNED, park("c1", "anna", id="x"), [resumed("c1", "anna", 8)]),
    "resume": (PARKED, resume("c1", "anna", id="x"), [parked("c1", "anna", 8)]),
    "classify": (OWNED, classify("c1", "anna", "sale", id="x"), []),
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
    assert [event.by for event in story.last if event.by] == ["anna:x"]
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


def test_R30_the_last_commands_of_each_agent_are_remembered() -> None:
    story = floor.given(OWNED)
    for number in range(COMMANDS_KEPT):
        command = park if number % 2 == 0 else resume
        story.when(command("c1", "anna", id=str(number)))
    story.when(park("c1", "anna", id="0")).then_nothing()
    story.when(park("c1", "anna", id="one more")).when(park("c1", "anna", id="1")).then_refused("conflict")
    assert len(story.state.agents["anna"].commands) == COMMANDS_KEPT
    assert inbox(story.state, "anna") == {"c1": "parked"}


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
