"""R24: the agent says who the visitor is."""

from __future__ import annotations

import pytest
from floor_words import (
    TENANT,
    closed,
    floor,
    identified,
    identify,
    item,
    log_out,
    online,
    parked,
    pick,
    pick_queue,
    picked,
    waits,
    wrap_up,
)
from parley_contracts import chat_events as ce
from parley_router.domain.floor import Floor
from parley_router.views import item_shown

MINE = [pick_queue(), online("anna"), online("ben"), waits("c1"), picked("c1", "anna", 1)]


@pytest.mark.parametrize(
    "so_far",
    [MINE, [*MINE, parked("c1", "anna", 2)], [*MINE, wrap_up("c1", "anna", 2)]],
    ids=["in conversation", "parked", "in wrap-up"],
)
def test_R24_the_owner_identifies_the_visitor_and_corrects_it(so_far: list) -> None:
    story = floor.given(so_far)
    story.when(identify("c1", "anna", "kim"), at=5).then(identified("c1", "anna", 5, "kim"))
    story.when(identify("c1", "anna", "kim"), at=6).then_nothing()
    story.when(identify("c1", "anna", "jo"), at=7).then(identified("c1", "anna", 7, "jo"))
    story.when(identify("c1", "anna", None), at=8).then(identified("c1", "anna", 8, None))
    assert item_shown(item(story.state, "c1")).contact is None


def test_R24_who_it_is_stays_with_the_item_wherever_it_goes() -> None:
    story = floor.given(MINE, identified("c1", "anna", 5, "kim"))
    story.when(log_out("anna"), at=6).when(pick("c1", "ben"), at=7)
    assert item_shown(item(story.state, "c1")).contact == "kim"
    again = Floor.thaw(TENANT, story.state.freeze())
    assert item_shown(again.items["c1"]).contact == "kim"


def test_R24_a_chat_may_arrive_identified() -> None:
    said = ce.ChatRequested(tenant=TENANT, chat="c2", n=1, at=3, service="web", queue="help", contact="kim")
    story = floor.given(pick_queue()).when(said)
    assert item_shown(item(story.state, "c2")).contact == "kim"


def test_R24_R31_what_is_closed_is_identified_here_no_more() -> None:
    story = floor.given(MINE, wrap_up("c1", "anna", 2), closed("c1", 3, "completed"))
    story.when(identify("c1", "anna", "kim"), at=5).then_refused("wrong_state")
