"""R3: what the floor makes of a mail that has come in: it alone knows whether the item that it goes on with is still open."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import TENANT, S, add, by, floor, online, queue
from parley_contracts.mail_items import ComposeMail, HearMail
from parley_router.domain import events as e

HELP = queue(at=0)
OPEN = e.ItemQueued(at=1 * S, item="m1", kind="email", queue="help", priority=50)
CLOSED = e.ItemClosed(at=2 * S, item="m1", kind="email", queue="help", outcome="handled", why="completed")
NEW = e.ItemQueued(at=9 * S, item="m2", kind="email", queue="help", priority=50, subject="Cup", last_agent="ben")


def hear(id: str = "a mail", **fields: Any) -> HearMail:
    given = {"item": "m2", "queue": "help", "goes_on": "m1", "last_agent": "ben", "subject": "Cup"}
    return HearMail(tenant=TENANT, sender=by("mailboxes", id), **{**given, **fields})


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


# --- an agent writes first --------------------------------------------------------------------------------------------

CHAT = e.ItemQueued(at=1 * S, item="c1", kind="chat", queue="help", priority=50)


def compose(id: str = "an e-mail", agent: str = "anna", **fields: Any) -> ComposeMail:
    given = {"item": "m9", "queue": "help", "conversation": "c1", "subject": "Cup", "name": "Kim <kim@example.net>"}
    return ComposeMail(tenant=TENANT, sender=by(agent, id), **{**given, **fields})


def test_R35_an_e_mail_that_an_agent_begins_is_theirs_at_once_and_goes_on_with_its_conversation() -> None:
    story = floor.given(HELP, online("anna", at=0), online("ben", at=0))
    story.when(compose(), at=9 * S)
    begun = story.state.items["m9"]
    assert (begun.owner, begun.activity, begun.stage) == ("anna", "active", "conversation")
    assert (begun.kind, begun.subject, begun.name) == ("email", "Cup", "Kim <kim@example.net>")
    assert begun.conversation == "c1"
    story.when(compose(), at=10 * S).then_nothing()


def test_R31_an_e_mail_is_begun_once_and_only_by_who_is_there_and_in_a_queue_that_there_is() -> None:
    story = floor.given(HELP, online("anna", at=0))
    story.when(compose(queue="nowhere")).then_refused("not_found")
    story.when(compose("another", agent="ben")).then_refused("wrong_state")
    story.when(compose(), at=9 * S)
    story.when(compose("a third"), at=10 * S).then_refused("conflict")
    story.when(compose(subject="Another cup"), at=10 * S).then_refused("conflict")


def test_R12_R13_a_call_parks_an_e_mail_that_was_begun_and_it_comes_back() -> None:
    story = floor.given(HELP, online("anna", at=0))
    story.when(compose(), at=9 * S)
    story.when(add("k1"), at=10 * S)
    assert story.state.items["m9"].interrupted_by == "k1"
