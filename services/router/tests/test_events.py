"""One canonical example of each event of a floor: how it is stored, and what it says to others (R29)."""

from __future__ import annotations

import json

import pytest
from floor_words import (
    classified,
    closed,
    connected,
    disconnected,
    extended,
    identified,
    logged_out,
    noted,
    parked,
    picked,
    queue,
    requeued,
    resumed,
    touched,
    unread,
    waits,
    wrap_up,
)
from parley_contracts import work_events as w
from parley_contracts.shapes import Said
from parley_contracts.topology import EVENT_STREAM, chat_stream, crm_inbox, partition_of, session_inbox
from parley_contracts.wire import encode, pack, unpack
from parley_router import views
from parley_router.domain import events as e
from parley_router.domain.state import waiting_item
from parley_router.handlers import Router
from parley_router.says import SAID, says

ITEM = {"item": "c1", "kind": "chat", "queue": "help"}
SETTINGS = queue(agents=("anna",)).settings

# What is in the log for ever: an event's name, its stored form, and the event that it is read as.
STORED: list[tuple[str, dict, e.Happened]] = [
    ("QueueSet.1", {"at": 5, "queue": "help", "settings": SETTINGS, "user": "ada"}, queue(at=5, agents=("anna",))),
    ("QueueRemoved.1", {"at": 5, "queue": "help", "user": "ada"}, e.QueueRemoved(at=5, queue="help", user="ada")),
    (
        "AgentSkilled.1",
        {"at": 5, "agent": "anna", "skills": {"french": 7}, "user": "ada"},
        e.AgentSkilled(at=5, agent="anna", skills={"french": 7}, user="ada"),
    ),
    (
        "AgentForgotten.1",
        {"at": 5, "agent": "anna", "user": "ada"},
        e.AgentForgotten(at=5, agent="anna", user="ada"),
    ),
    (
        "AgentLoggedIn.1",
        {"at": 5, "agent": "anna", "name": "Anna"},
        e.AgentLoggedIn(at=5, agent="anna", name="Anna"),
    ),
    (
        "AgentConnected.1",
        {"at": 5, "agent": "anna", "name": "Anna", "connection": "anna.1", "grace_ms": 60000},
        connected("anna", 5),
    ),
    ("AgentDisconnected.1", {"at": 5, "agent": "anna", "connection": "anna.1"}, disconnected("anna", 5)),
    (
        "AgentSetReady.1",
        {"at": 5, "by": "anna/x", "digest": 7, "agent": "anna"},
        e.AgentSetReady(at=5, command_key="anna/x", digest=7, agent="anna"),
    ),
    (
        "AgentSetNotReady.1",
        {"at": 5, "agent": "anna", "reason": "lunch"},
        e.AgentSetNotReady(at=5, agent="anna", reason="lunch"),
    ),
    ("AgentLoggedOut.1", {"at": 5, "agent": "anna", "why": "agent"}, logged_out("anna", 5)),
    ("ItemQueued.1", {"at": 5, **ITEM, "priority": 50, "service": "web"}, waits("c1", 5)),
    (
        "ServiceSet.1",
        {"at": 5, "service": "web", "priority": 70, "skills": {"french": 7}, "user": "ada"},
        e.ServiceSet(at=5, service="web", priority=70, skills={"french": 7}, user="ada"),
    ),
    (
        "ItemReordered.1",
        {"at": 5, **ITEM, "priority": 70, "own_priority": True, "skills": {"french": 7}},
        e.ItemReordered(at=5, **ITEM, priority=70, own_priority=True, skills={"french": 7}),
    ),
    (
        "CallKept.1",
        {"at": 5, "item": "k1", "kind": "call", "queue": "help", "agent": "anna", "why": "connection_lost"},
        e.CallKept(at=5, item="k1", kind="call", queue="help", agent="anna", why="connection_lost"),
    ),
    (
        "ItemAssigned.1",
        {"at": 5, **ITEM, "agent": "anna", "name": "Anna", "several": True, "how": "picked"},
        picked("c1", "anna", 5, several=True),
    ),
    (
        "CallAnswered.1",
        {"at": 5, "item": "k1", "kind": "call", "queue": "help", "agent": "anna", "name": "Anna"},
        e.CallAnswered(at=5, item="k1", kind="call", queue="help", agent="anna", name="Anna"),
    ),
    (
        "InterrupterChanged.1",
        {"at": 5, **ITEM, "agent": "anna", "interrupted_by": "k2"},
        e.InterrupterChanged(at=5, **ITEM, agent="anna", interrupted_by="k2"),
    ),
    (
        "ItemTransferred.1",
        {"at": 5, **ITEM, "agent": "anna", "from_queue": "sales", "priority": 50, "to_agent": "ben", "note": "two"},
        e.ItemTransferred(at=5, **ITEM, agent="anna", from_queue="sales", priority=50, to_agent="ben", note="two"),
    ),
    (
        "ItemParked.1",
        {"at": 5, **ITEM, "agent": "anna", "why": "call", "interrupted_by": "k1"},
        parked("c1", "anna", 5, "call", interrupted_by="k1"),
    ),
    ("ItemResumed.1", {"at": 5, **ITEM, "agent": "anna", "why": "agent"}, resumed("c1", "anna", 5)),
    (
        "FollowUpSet.1",
        {"at": 5, **ITEM, "agent": "anna", "until": 9},
        e.FollowUpSet(**{"at": 5, **ITEM, "agent": "anna", "until": 9}),
    ),
    ("ItemReminded.1", {"at": 9, **ITEM, "agent": "anna"}, e.ItemReminded(**{"at": 9, **ITEM, "agent": "anna"})),
    (
        "ItemRequeued.1",
        {"at": 5, **ITEM, "agent": "anna", "why": "connection_lost"},
        requeued("c1", "anna", 5, "connection_lost"),
    ),
    (
        "WrapUpStarted.1",
        {"at": 5, **ITEM, "agent": "anna", "limit_ms": 60000, "extensions": 3, "ended_by": "visitor"},
        wrap_up("c1", "anna", 5),
    ),
    ("WrapUpExtended.1", {"at": 5, **ITEM, "agent": "anna", "extension_ms": 60000}, extended("c1", "anna", 5)),
    (
        "ItemClassified.1",
        {"at": 5, **ITEM, "agent": "anna", "code": "sale", "note": "two"},
        classified("c1", "anna", 5, "sale", "two"),
    ),
    ("ItemIdentified.1", {"at": 5, **ITEM, "agent": "anna", "contact": "kim"}, identified("c1", "anna", 5, "kim")),
    (
        "ItemNoted.1",
        {"at": 5, **ITEM, "agent": "anna", "name": "Anna", "text": "careful"},
        noted("c1", "anna", 5, "careful"),
    ),
    ("ItemClosed.1", {"at": 5, **ITEM, "outcome": "handled", "why": "completed"}, closed("c1", 5, "completed")),
    (
        "ItemMoved.1",
        {"at": 5, **ITEM, "agent": "sam", "from_queue": "sales", "priority": 50, "note": "two"},
        e.ItemMoved(at=5, **ITEM, agent="sam", from_queue="sales", priority=50, note="two"),
    ),
    (
        "Intervened.1",
        {
            "at": 5,
            "user": "sam",
            "name": "Sam",
            "act": "assign",
            "agent": "anna",
            "item": "c1",
            "to_agent": "ben",
            "note": "two",
        },
        e.Intervened(at=5, user="sam", name="Sam", act="assign", agent="anna", item="c1", to_agent="ben", note="two"),
    ),
    (
        "HelpAsked.1",
        {"at": 5, "agent": "anna", "item": "c1", "text": "two"},
        e.HelpAsked(at=5, agent="anna", item="c1", text="two"),
    ),
    ("HelpOver.1", {"at": 5, "agent": "anna"}, e.HelpOver(at=5, agent="anna")),
    ("UnreadCounted.1", {"at": 5, **ITEM, "count": 3}, unread("c1", 5, 3)),
    ("ItemTouched.1", {"at": 5, **ITEM}, touched("c1", 5)),
    ("CommandSeen.1", {"at": 5, "by": "anna/x", "digest": 7}, e.CommandSeen(at=5, command_key="anna/x", digest=7)),
]
NAMES = [topic for topic, _, _ in STORED]
EXAMPLES = {type(event): event for _, _, event in STORED}


def test_R29_there_is_an_example_of_each_event() -> None:
    assert set(EXAMPLES) == set(e.EVENTS)
    assert len(STORED) == len(e.EVENTS)


@pytest.mark.parametrize(("topic", "fields", "event"), STORED, ids=NAMES)
def test_R29_what_is_stored_keeps_its_name_and_its_fields(topic: str, fields: dict, event: e.Happened) -> None:
    stored = Router.journal.stored("acme", 3, event)
    assert (stored.topic, json.loads(stored.state)) == (topic, fields)
    assert Router.journal.event(topic, json.dumps(fields).encode()) == event


# --- what it says to others -------------------------------------------------------------------------------------------

HEAD = {"tenant": "acme", "version": 3, "at": 5}
SAYS: dict[type[e.Happened], Said | None] = {
    e.QueueSet: w.QueueConfigured(**HEAD, queue="help", settings=SETTINGS, user="ada"),
    e.QueueRemoved: w.QueueRemoved(**HEAD, queue="help", user="ada"),
    e.AgentSkilled: w.AgentSkilled(**HEAD, agent="anna", skills={"french": 7}, user="ada"),
    e.AgentForgotten: w.AgentForgotten(**HEAD, agent="anna", user="ada"),
    e.AgentLoggedIn: w.AgentLoggedIn(**HEAD, agent="anna"),
    e.AgentConnected: None,
    e.AgentDisconnected: None,
    e.AgentSetReady: w.AgentReady(**HEAD, command_key="anna/x", agent="anna"),
    e.AgentSetNotReady: w.AgentNotReady(**HEAD, agent="anna", reason="lunch"),
    e.AgentLoggedOut: w.AgentLoggedOut(**HEAD, agent="anna", why="agent"),
    e.ItemQueued: w.WorkQueued(**HEAD, **ITEM, priority=50),
    e.ItemAssigned: w.WorkAssigned(**HEAD, **ITEM, agent="anna", name="Anna", how="picked", reports_touch=True),
    e.CallAnswered: w.WorkAnswered(**HEAD, item="k1", kind="call", queue="help", agent="anna", name="Anna"),
    e.CallKept: w.WorkKept(**HEAD, item="k1", kind="call", queue="help", agent="anna", why="connection_lost"),
    e.ServiceSet: None,
    e.ItemReordered: None,
    e.InterrupterChanged: None,
    e.ItemTransferred: w.WorkTransferred(**HEAD, **ITEM, agent="anna", from_queue="sales", to_agent="ben", note="two"),
    e.ItemParked: w.WorkParked(**HEAD, **ITEM, agent="anna", why="call", interrupted_by="k1"),
    e.ItemResumed: w.WorkResumed(**HEAD, **ITEM, agent="anna", why="agent"),
    e.ItemRequeued: w.WorkRequeued(**HEAD, **ITEM, agent="anna", why="connection_lost"),
    e.WrapUpStarted: w.WorkWrapUpStarted(**HEAD, **ITEM, agent="anna", limit_ms=60_000, extensions=3),
    e.WrapUpExtended: w.WorkWrapUpExtended(**HEAD, **ITEM, agent="anna", extension_ms=60_000),
    e.ItemClassified: w.WorkClassified(**HEAD, **ITEM, agent="anna", code="sale", note="two"),
    e.ItemIdentified: w.WorkIdentified(**HEAD, **ITEM, agent="anna", contact="kim"),
    e.ItemNoted: w.WorkNoted(**HEAD, **ITEM, agent="anna", name="Anna", text="careful"),
    e.ItemClosed: w.WorkClosed(**HEAD, **ITEM, outcome="handled", why="completed"),
    e.FollowUpSet: None,
    e.ItemReminded: None,
    e.UnreadCounted: None,
    e.ItemTouched: None,
    e.Intervened: None,
    e.ItemMoved: w.WorkTransferred(**HEAD, **ITEM, agent="sam", from_queue="sales", note="two"),
    e.HelpAsked: None,
    e.HelpOver: None,
    e.CommandSeen: None,
}


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.__name__)
def test_R29_each_event_is_said_from_itself_alone_or_explicitly_not(kind: type[e.Happened]) -> None:
    expected = SAYS[kind]
    told = says("acme", 3, EXAMPLES[kind])
    assert [message for _, message in told] == ([] if expected is None else [expected])
    for _, message in told:
        assert unpack(pack([encode(message)])) == [expected]


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.__name__)
def test_a_chat_is_told_in_its_session_what_happens_to_it_and_nobody_else_hears_it(kind: type[e.Happened]) -> None:
    for inbox, _ in says("acme", 3, EXAMPLES[kind]):
        event = EXAMPLES[kind]
        if not isinstance(event, e.ItemHappened):
            assert inbox == EVENT_STREAM
        elif event.kind == "chat":
            assert inbox == session_inbox(partition_of("acme/c1"))
        else:
            assert inbox == crm_inbox(partition_of(f"acme/{event.item}"))


def test_R25_what_is_no_chat_is_said_to_the_crm_and_not_to_the_session() -> None:
    event = e.ItemQueued(at=5, item="k1", kind="call", queue="help", priority=100)
    assert [inbox for inbox, _ in says("acme", 3, event)] == [crm_inbox(partition_of(chat_stream("acme", "k1")))]


def test_R29_when_a_task_is_due_is_stored_and_shown() -> None:
    queued = e.ItemQueued(at=5, item="t1", kind="task", queue="help", priority=50, due_at=9)
    fields = {"at": 5, "item": "t1", "kind": "task", "queue": "help", "priority": 50, "due_at": 9}
    assert json.loads(Router.journal.stored("acme", 3, queued).state) == fields
    assert views.item_shown(waiting_item(queued)).frame()["due_at"] == "1970-01-01T00:00:00.009Z"


def test_R35_the_conversation_that_an_item_goes_on_with_is_stored_said_and_shown() -> None:
    queued = e.ItemQueued(at=5, item="m1", kind="email", queue="help", priority=50, conversation="c1")
    assert json.loads(Router.journal.stored("acme", 3, queued).state)["conversation"] == "c1"
    ((_, said),) = says("acme", 3, queued)
    assert isinstance(said, w.WorkQueued)
    assert said.conversation == "c1"
    assert views.item_shown(waiting_item(queued)).frame()["conversation"] == "c1"


def test_each_event_has_a_name_for_desks() -> None:
    assert set(views.KINDS) == set(e.EVENTS)
    assert len(set(views.KINDS.values())) == len(e.EVENTS)


def test_every_event_has_its_row_in_the_table_of_what_is_said() -> None:
    assert set(SAID) == set(e.EVENTS)
