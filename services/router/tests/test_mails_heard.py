"""R3: what the floor makes of a mail that has come in: it alone knows whether the item that it goes on with is still open."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import TENANT, S, by, floor, online, queue
from parley_contracts import commands as c
from parley_router.domain import events as e

HELP = queue(at=0)
OPEN = e.ItemQueued(at=1 * S, item="m1", kind="email", queue="help", priority=50)
CLOSED = e.ItemClosed(at=2 * S, item="m1", kind="email", queue="help", outcome="handled", why="completed")
NEW = e.ItemQueued(at=9 * S, item="m2", kind="email", queue="help", priority=50, subject="Cup", last_agent="ben")


def hear(id: str = "a mail", **fields: Any) -> c.HearMail:
    given = {"item": "m2", "queue": "help", "goes_on": "m1", "last_agent": "ben", "subject": "Cup"}
    return c.HearMail(tenant=TENANT, sender=by("mailboxes", id), **{**given, **fields})


def test_R3_while_the_item_is_open_the_mail_is_heard_there() -> None:
    story = floor.given(HELP, OPEN)
    story.when(hear(), at=9 * S).then(e.UnreadCounted(at=9 * S, item="m1", kind="email", queue="help", count=1))
    story.when(hear(), at=10 * S).then_nothing()


@pytest.mark.parametrize("before", [[OPEN, CLOSED], []], ids=["closed", "never heard of"])
def test_R3_else_it_waits_as_an_item_of_its_own(before: list[e.Happened]) -> None:
    story = floor.given(HELP, *before)
    story.when(hear(), at=9 * S).then(NEW)


def test_R9_it_is_offered_to_whoever_had_the_conversation_last() -> None:
    story = floor.given(HELP, online("anna", at=0), online("ben", at=5 * S))
    story.when(hear(goes_on=None), at=9 * S)
    assert story.state.items["m2"].owner == "ben", "anna has been idle longer"


def test_R31_without_its_queue_it_is_refused_and_told_again_later() -> None:
    floor.given(HELP).when(hear(queue="nowhere", goes_on=None)).then_refused("not_found")
