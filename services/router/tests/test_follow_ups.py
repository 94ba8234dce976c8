"""R16: an agent who parks an item can say when they want to be reminded of it."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import (
    MINUTE,
    floor,
    inbox,
    item,
    online,
    park,
    parked,
    pick_queue,
    picked,
    requeued,
    resume,
    resumed,
    waits,
    wake,
)
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.views import item_shown

MINE = [pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1_000)]
UNTIL = 20 * MINUTE


def follow_up(until: int, at: int) -> e.FollowUpSet:
    return e.FollowUpSet(at=at, item="c1", kind="chat", queue="help", agent="anna", until=until)


def reminded(at: int) -> e.ItemReminded:
    return e.ItemReminded(at=at, item="c1", kind="chat", queue="help", agent="anna")


PARKED = [*MINE, parked("c1", "anna", 4_000), follow_up(UNTIL, 4_000)]


def shown(state: Floor) -> tuple[int | None, bool | None]:
    view = item_shown(item(state, "c1"))
    return view.follow_up_at, view.reminded


def test_R16_whoever_parks_an_item_is_reminded_of_it_at_the_time() -> None:
    story = floor.given(MINE)
    story.when(park("c1", "anna", until=UNTIL), at=4_000).then(parked("c1", "anna", 4_000), follow_up(UNTIL, 4_000))
    assert shown(story.state) == (UNTIL, None)
    assert story.state.next_due() == UNTIL
    story.when(wake(), at=UNTIL - 1).then_nothing()
    story.when(wake(), at=UNTIL).then(reminded(UNTIL))
    assert shown(story.state) == (None, True)
    assert inbox(story.state, "anna") == {"c1": "parked"}
    story.when(wake(), at=UNTIL + MINUTE).then_nothing()
    story.when(resume("c1", "anna"), at=UNTIL + MINUTE).then(resumed("c1", "anna", UNTIL + MINUTE))
    assert shown(story.state) == (None, None)


def test_R16_the_time_can_be_changed_while_it_is_parked() -> None:
    story = floor.given(PARKED)
    story.when(park("c1", "anna", until=UNTIL), at=5_000).then_nothing()
    story.when(park("c1", "anna", until=UNTIL + 1), at=5_000).then(follow_up(UNTIL + 1, 5_000))
    story.when(wake(), at=UNTIL).then_nothing()
    story.when(wake(), at=UNTIL + 1).then(reminded(UNTIL + 1))


@pytest.mark.parametrize(
    "event", [resumed("c1", "anna", 9_000), requeued("c1", "anna", 9_000)], ids=["resumed", "back"]
)
def test_R16_whatever_takes_it_out_of_the_pocket_ends_the_reminder(event: Any) -> None:
    story = floor.given(PARKED, event)
    assert shown(story.state) == (None, None)
    story.when(wake(), at=UNTIL).then_nothing()


def test_R29_a_reminder_outlives_a_restart() -> None:
    story = floor.given(PARKED)
    again = Floor.thaw("acme", story.state.freeze())
    assert again.next_due() == UNTIL


@pytest.mark.parametrize("until", [4_000, 3_999, 0, 4_000 + 367 * 24 * 60 * MINUTE])
def test_R31_a_time_that_is_past_or_years_away_is_refused_and_nothing_is_parked(until: int) -> None:
    story = floor.given(MINE)
    story.when(park("c1", "anna", until=until), at=4_000).then_refused("bad_request")
    assert inbox(story.state, "anna") == {"c1": "active"}
