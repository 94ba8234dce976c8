"""One canonical example of each event of a chat: how it is stored, what it says to others, and how it is shown (R29)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_words import (
    STREAM,
    assigned,
    closed,
    ended,
    lost,
    noted,
    parked,
    posted,
    rated,
    requested,
    requeued,
    resumed,
    returned,
    wrap_up,
)
from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.topology import crm_inbox, partition_of, router_inbox
from parley_contracts.wire import encode, pack, unpack
from parley_session import views
from parley_session.domain import events as e
from parley_session.domain.chat import Chat
from parley_session.domain.decide import RECORDED
from parley_session.handlers import Session
from parley_session.says import SAID, says

# What is in the log for ever: an event's name, its stored form, and the event that it is read as.
STORED: list[tuple[str, dict, e.Happened]] = [
    (
        "Requested.1",
        {"at": 5, "by": "/x", "digest": 7, "service": "web", "queue": "help", "priority": 70, "name": "Kim"}
        | {"language": "de", "page": "/shop", "absence_ms": 7000, "consent": "I agree."}
        | {"dropped": {"identity.email": "unusable"}, "subject": "Hello"},
        requested(
            5,
            command_key="/x",
            digest=7,
            priority=70,
            name="Kim",
            language="de",
            page="/shop",
            absence_ms=7_000,
            consent="I agree.",
            dropped={"identity.email": "unusable"},
            subject="Hello",
        ),
    ),
    (
        "MessagePosted.1",
        {"at": 5, "seq": 2, "author": "agent", "text": "hello", "agent": "anna", "name": "Anna"},
        posted(2, "hello", 5, agent="anna"),
    ),
    ("NoteAdded.1", {"at": 5, "agent": "anna", "text": "careful", "name": "Anna"}, noted("careful", 5)),
    (
        "Assigned.1",
        {"at": 5, "seq": 2, "agent": "anna", "name": "Anna", "queue": "help", "several": True},
        assigned(2, 5, several=True),
    ),
    (
        "Parked.1",
        {"at": 5, "seq": 2, "agent": "anna", "why": "call", "interrupted_by": "k1"},
        parked(2, 5, "call", "k1"),
    ),
    ("Resumed.1", {"at": 5, "seq": 2, "agent": "anna", "why": "agent"}, resumed(2, 5)),
    ("Requeued.1", {"at": 5, "seq": 2, "agent": "anna", "queue": "help", "why": "agent"}, requeued(2, 5)),
    (
        "Transferred.1",
        {"at": 5, "seq": 2, "agent": "anna", "queue": "sales", "to_agent": "ben", "note": "two"},
        e.Transferred(at=5, seq=2, agent="anna", queue="sales", to_agent="ben", note="two"),
    ),
    ("VisitorLost.1", {"at": 5}, lost(5)),
    ("VisitorReturned.1", {"at": 5}, returned(5)),
    ("Ended.1", {"at": 5, "seq": 2, "who": "agent", "agent": "anna"}, ended(2, 5, "agent", "anna")),
    ("Rated.1", {"at": 5, "score": 4, "comment": "quick"}, rated(4, 5, "quick")),
    ("WrapUpStarted.1", {"at": 5, "agent": "anna", "limit_ms": 60000, "extensions": 3}, wrap_up(5)),
    (
        "WrapUpExtended.1",
        {"at": 5, "agent": "anna", "extension_ms": 60000},
        e.WrapUpExtended(at=5, agent="anna", extension_ms=60_000),
    ),
    (
        "Classified.1",
        {"at": 5, "agent": "anna", "code": "sale", "note": "two"},
        e.Classified(at=5, agent="anna", code="sale", note="two"),
    ),
    ("Identified.1", {"at": 5, "agent": "anna", "contact": "kim"}, e.Identified(at=5, agent="anna", contact="kim")),
    (
        "Closed.1",
        {"at": 5, "outcome": "handled", "why": "completed", "started_at": 1, "wait_ms": 1, "handle_ms": 2}
        | {"wrap_up_ms": 3, "interruptions": 4},
        closed(5, 1, 2, 3, started_at=1, interruptions=4),
    ),
]
NAMES = [topic for topic, _, _ in STORED]
EXAMPLES = {type(event): event for _, _, event in STORED}


def test_R29_there_is_an_example_of_each_event() -> None:
    assert set(EXAMPLES) == set(e.EVENTS)
    assert len(STORED) == len(e.EVENTS)


@pytest.mark.parametrize(("topic", "fields", "event"), STORED, ids=NAMES)
def test_R29_what_is_stored_keeps_its_name_and_its_fields(topic: str, fields: dict, event: e.Happened) -> None:
    stored = Session.journal.stored(STREAM, 3, event)
    assert (stored.topic, json.loads(stored.state)) == (topic, fields)
    assert Session.journal.event(topic, json.dumps(fields).encode()) == event


def test_R29_a_chat_that_was_stored_before_there_was_a_consent_is_read() -> None:
    stored = b'{"at": 5, "service": "web", "queue": "help"}'
    assert Session.journal.event("Requested.1", stored) == requested(5, consent=None)


# --- what it says to others -------------------------------------------------------------------------------------------

CRM = crm_inbox(partition_of(STREAM))
ROUTER = router_inbox(partition_of("acme"))
INTERNAL: dict[str, Any] = {"tenant": "acme", "chat": "c1", "n": 3, "at": 5}
SEEN = {**INTERNAL, "seq": 2}
ANNA = {"agent": "anna", "name": "Anna"}
SAYS: dict[type[e.Happened], ce.ChatSaid] = {
    e.Requested: ce.ChatRequested(
        **INTERNAL,
        command_key="/x",
        service="web",
        queue="help",
        priority=70,
        name="Kim",
        language="de",
        page="/shop",
        consent="I agree.",
        subject="Hello",
    ),
    e.MessagePosted: ce.ChatMessagePosted(**SEEN, **ANNA, author="agent", text="hello"),
    e.NoteAdded: ce.ChatNoteAdded(**INTERNAL, **ANNA, text="careful"),
    e.Assigned: ce.ChatAssigned(**SEEN, **ANNA, queue="help"),
    e.Parked: ce.ChatParked(**SEEN, agent="anna", why="call", interrupted_by="k1"),
    e.Resumed: ce.ChatResumed(**SEEN, agent="anna", why="agent"),
    e.Requeued: ce.ChatRequeued(**SEEN, agent="anna", queue="help", why="agent"),
    e.Transferred: ce.ChatTransferred(**SEEN, agent="anna", queue="sales", to_agent="ben", note="two"),
    e.VisitorLost: ce.ChatVisitorLost(**INTERNAL),
    e.VisitorReturned: ce.ChatVisitorReturned(**INTERNAL),
    e.Ended: ce.ChatEnded(**SEEN, ended_by="agent", agent="anna"),
    e.Rated: ce.ChatRated(**INTERNAL, score=4, comment="quick"),
    e.WrapUpStarted: ce.ChatWrapUpStarted(**INTERNAL, agent="anna"),
    e.WrapUpExtended: ce.ChatWrapUpExtended(**INTERNAL, agent="anna"),
    e.Classified: ce.ChatClassified(**INTERNAL, agent="anna", code="sale", note="two"),
    e.Identified: ce.ChatIdentified(**INTERNAL, agent="anna", contact="kim"),
    e.Closed: ce.ChatClosed(
        **INTERNAL,
        outcome="handled",
        why="completed",
        started_at=1,
        wait_ms=1,
        handle_ms=2,
        wrap_up_ms=3,
        interruptions=4,
    ),
}


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.__name__)
def test_R25_R29_each_event_is_said_to_the_crm_from_itself_alone(kind: type[e.Happened]) -> None:
    told = says(STREAM, 3, EXAMPLES[kind])
    assert told[0] == (CRM, SAYS[kind])
    assert unpack(pack([encode(told[0][1])])) == [SAYS[kind]]


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.__name__)
def test_the_router_hears_only_what_changes_who_works_on_what(kind: type[e.Happened]) -> None:
    told = says(STREAM, 3, EXAMPLES[kind])[1:]
    assert told == ([(ROUTER, SAYS[kind])] if kind in (e.Requested, e.Ended) else [])


def test_R16_the_router_hears_how_many_messages_are_unread() -> None:
    told = says(STREAM, 3, posted(2, "hello", 5, unread=4))[1:]
    assert told == [(ROUTER, ce.ChatUnread(**SEEN, count=4))]


def test_R6_the_router_hears_that_the_owner_wrote() -> None:
    told = says(STREAM, 3, posted(2, "hello", 5, agent="anna", reports_touch=True))[1:]
    assert told == [(ROUTER, ce.ChatTouched(**SEEN, agent="anna"))]


def test_an_event_without_translation_is_a_programmers_mistake() -> None:
    with pytest.raises(TypeError, match="says nothing"):
        says(STREAM, 3, e.Happened(at=5))


# --- how it is shown --------------------------------------------------------------------------------------------------

SHOWN: dict[type[e.Happened], tuple[str, dict, dict | None]] = {
    e.Requested: (
        "requested",
        {},
        {"queue": "help", "service": "web", "name": "Kim", "language": "de", "page": "/shop", "consent": "I agree."}
        | {"dropped": {"identity.email": "unusable"}},
    ),
    e.MessagePosted: (
        "message",
        {"message": "c1.3", "from": "agent", "text": "hello", "name": "Anna"},
        {"agent": "anna"},
    ),
    e.NoteAdded: ("note", {}, {**ANNA, "text": "careful"}),
    e.Assigned: ("joined", {"name": "Anna"}, {**ANNA, "queue": "help"}),
    e.Parked: ("paused", {"reason": "call"}, {"agent": "anna", "why": "call", "interrupted_by": "k1"}),
    e.Resumed: ("resumed", {}, {"agent": "anna", "why": "agent"}),
    e.Requeued: ("requeued", {}, {"agent": "anna", "queue": "help", "why": "agent"}),
    e.Transferred: ("transferred", {}, {"agent": "anna", "queue": "sales", "to_agent": "ben", "note": "two"}),
    e.Rated: ("rated", {}, {"score": 4, "comment": "quick"}),
    e.VisitorLost: ("visitor_lost", {}, None),
    e.VisitorReturned: ("visitor_returned", {}, None),
    e.Ended: ("ended", {"by": "agent"}, {"agent": "anna"}),
    e.WrapUpStarted: ("wrap_up_started", {}, {"agent": "anna", "limit_ms": 60_000}),
    e.WrapUpExtended: ("wrap_up_extended", {}, {"agent": "anna", "extension_ms": 60_000}),
    e.Classified: ("classified", {}, {"agent": "anna", "code": "sale", "note": "two"}),
    e.Identified: ("identified", {}, {"agent": "anna", "contact": "kim"}),
    e.Closed: ("closed", {}, {"outcome": "handled", "why": "completed"}),
}


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.__name__)
def test_what_the_visitor_is_shown_holds_no_internal_fact(kind: type[e.Happened]) -> None:
    event = EXAMPLES[kind]
    shown = views.entry(Chat(STREAM), 3, event, last_seq=2)
    assert (shown.kind, shown.fields, shown.internal) == SHOWN[kind]
    assert (shown.n, shown.seq, shown.last_seq, shown.at) == (3, event.seq, 2, 5)
    assert event.seq is not None or shown.fields == {}
    assert "anna" not in json.dumps(shown.fields)


def test_R22_whoever_comes_back_is_shown_what_they_lack_and_nothing_twice() -> None:
    story = Chat(STREAM)
    for event in (requested(0), posted(1, "hello", 1), noted("hm", 2), assigned(2, 3), lost(4), posted(3, "yes", 5)):
        story.evolve(event)
    assert [(entry.n, entry.seq) for entry in views.entries(story, 0)] == [
        (1, None),
        (2, 1),
        (3, None),
        (4, 2),
        (5, None),
        (6, 3),
    ]
    assert [(entry.n, entry.seq, entry.last_seq) for entry in views.entries(story, 2)] == [(5, None, 2), (6, 3, 3)]
    for after in range(4):
        seen = [entry.seq for entry in views.entries(story, after) if entry.seq is not None]
        assert seen == list(range(after + 1, 4))


def test_every_event_has_its_row_in_the_table_of_what_is_said() -> None:
    assert set(SAID) == set(e.EVENTS)


def test_everything_that_the_router_says_of_a_chat_is_recorded_or_left_out_on_purpose() -> None:
    # It waits since it was requested; a chat does not ring, nor go on without its agent's desk; its notes are the session's own.
    left_out = {w.WorkQueued, w.WorkAnswered, w.WorkKept, w.WorkNoted}
    assert set(w.WorkSaid.__subclasses__()) - left_out == set(RECORDED) | {w.WorkClosed}
