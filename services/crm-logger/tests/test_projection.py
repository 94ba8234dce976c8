"""R25: what was said about a chat, as rows: one interaction, its participants, its transcript."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.shapes import Said
from parley_contracts.wire import TYPES
from parley_crm_logger.domain.projection import Line, Participant, project

HERE = ("acme", "c1")


def said(kind: type[ce.ChatSaid], n: int, at: int, chat: str = "c1", **fields: Any) -> Any:
    return kind(tenant="acme", chat=chat, n=n, at=at, **fields)


def requested(at: int = 100, chat: str = "c1", **fields: Any) -> ce.ChatRequested:
    return said(ce.ChatRequested, 1, at, chat, service="web", queue="help", **fields)


def assigned(n: int, at: int, agent: str = "anna", queue: str = "help") -> ce.ChatAssigned:
    return said(ce.ChatAssigned, n, at, seq=n, agent=agent, name=agent.title(), queue=queue)


def posted(n: int, at: int, text: str, agent: str | None = None, chat: str = "c1") -> ce.ChatMessagePosted:
    author: Any = "visitor" if agent is None else "agent"
    name = None if agent is None else agent.title()
    return said(ce.ChatMessagePosted, n, at, chat, seq=n, author=author, agent=agent, name=name, text=text)


def closed(n: int, at: int, **fields: Any) -> ce.ChatClosed:
    settled: dict[str, Any] = {"wait_ms": 1, "handle_ms": 2, "wrap_up_ms": 3, "interruptions": 4, "started_at": 100}
    return said(ce.ChatClosed, n, at, **{"outcome": "handled", "why": "completed", **settled, **fields})


LIFE: list[Said] = [
    requested(name="Kim", language="de", page="/shop", previous="c0", consent="I agree."),
    posted(2, 100, "hello"),
    assigned(3, 200),
    posted(4, 300, "good day", "anna"),
    said(ce.ChatParked, 5, 400, seq=5, agent="anna", why="agent"),
    said(ce.ChatNoteAdded, 6, 410, agent="anna", name="Anna", text="careful"),
    said(ce.ChatRequeued, 7, 500, seq=7, agent="anna", queue="help", why="agent"),
    assigned(8, 600, "ben", queue="sales"),
    said(ce.ChatVisitorLost, 9, 650),
    said(ce.ChatVisitorReturned, 10, 660),
    said(ce.ChatEnded, 11, 700, seq=11, ended_by="visitor"),
    said(ce.ChatWrapUpStarted, 12, 700, agent="ben"),
    said(ce.ChatWrapUpExtended, 13, 710, agent="ben"),
    said(ce.ChatClassified, 14, 720, agent="ben", code="sale", note="two"),
    said(ce.ChatIdentified, 15, 730, agent="ben", contact="kin"),
    said(ce.ChatIdentified, 16, 740, agent="ben", contact="kim"),
    closed(17, 800),
    said(ce.ChatRated, 18, 900, score=1, comment="slow"),
    said(ce.ChatRated, 19, 950, score=5),
]


def test_R25_a_chats_whole_life_is_one_interaction() -> None:
    rows = project(LIFE)
    assert rows.facts == {
        HERE: {
            "kind": "chat",
            "queue": "sales",
            "service": "web",
            "started_at": 100,
            "name": "Kim",
            "language": "de",
            "page": "/shop",
            "contact": "kim",
            "previous": "c0",
            "consent": "I agree.",
            "stage": "closed",
            "agent": "ben",
            "ended_at": 700,
            "ended_by": "visitor",
            "code": "sale",
            "note": "two",
            "closed_at": 800,
            "outcome": "handled",
            "wait_ms": 1,
            "handle_ms": 2,
            "wrap_up_ms": 3,
            "interruptions": 4,
            "score": 5,
            "comment": None,
            "rated_at": 950,
        }
    }


def test_R25_the_transcript_is_what_was_said_in_order_with_internal_notes_apart() -> None:
    assert project(LIFE).lines == [
        Line(*HERE, 2, 2, 100, "visitor", None, None, "hello"),
        Line(*HERE, 4, 4, 300, "agent", "anna", "Anna", "good day"),
        Line(*HERE, 6, None, 410, "note", "anna", "Anna", "careful"),
    ]


def test_R25_everybody_who_handled_it_is_a_participant() -> None:
    assert project(LIFE).participants == [
        Participant(*HERE, "anna", "Anna", 200),
        Participant(*HERE, "ben", "Ben", 600),
    ]


@pytest.mark.parametrize(
    ("so_far", "stage"),
    [(1, "waiting"), (3, "conversation"), (7, "waiting"), (12, "wrap_up"), (17, "closed"), (19, "closed")],
)
def test_R25_the_stage_is_known_at_any_time(so_far: int, stage: str) -> None:
    assert project(LIFE[:so_far]).facts[HERE]["stage"] == stage


def test_R19_R25_an_abandoned_chat_is_logged_too() -> None:
    ended = said(ce.ChatEnded, 2, 150, seq=1, ended_by="visitor")
    rows = project([requested(), ended, closed(3, 150, outcome="abandoned", why="visitor", wait_ms=50, handle_ms=0)])
    facts = rows.facts[HERE]
    assert (facts["outcome"], facts["wait_ms"], facts["handle_ms"], facts["ended_by"]) == (
        "abandoned",
        50,
        0,
        "visitor",
    )
    assert (rows.participants, rows.lines) == ([], [])
    assert "agent" not in facts


def test_R29_in_however_many_batches_it_comes_it_comes_to_the_same() -> None:
    whole = project(LIFE)
    for cut in range(len(LIFE) + 1):
        first, second = project(LIFE[:cut]), project(LIFE[cut:])
        merged = {**first.facts.get(HERE, {}), **second.facts.get(HERE, {})}
        assert merged == whole.facts[HERE]
        assert first.lines + second.lines == whole.lines
        assert first.participants + second.participants == whole.participants


def test_chats_and_tenants_are_kept_apart() -> None:
    elsewhere = requested().model_copy(update={"tenant": "other", "queue": "theirs"})
    rows = project([requested(), requested(chat="c2"), elsewhere, posted(2, 5, "mine", chat="c2")])
    assert {key: facts["queue"] for key, facts in rows.facts.items()} == {
        ("acme", "c1"): "help",
        ("acme", "c2"): "help",
        ("other", "c1"): "theirs",
    }
    assert [(line.item, line.text) for line in rows.lines] == [("c2", "mine")]


@pytest.mark.parametrize(
    "kind", [kind for kind in TYPES.values() if issubclass(kind, ce.ChatSaid)], ids=lambda k: k.__name__
)
def test_R25_everything_that_is_said_of_a_chat_can_be_logged(kind: type[ce.ChatSaid]) -> None:
    fields = {"tenant": "acme", "chat": "c1", "n": 9, "at": 5}
    words = {"str": "x", "int": 7}
    for name, field in kind.model_fields.items():
        if field.is_required() and name not in fields:
            fields[name] = words.get(getattr(field.annotation, "__name__", "")) or field.annotation.__args__[0]
    project([kind(**fields)])


def test_what_is_said_of_no_chat_adds_nothing() -> None:
    rows = project([w.AgentLoggedIn(tenant="acme", at=5, version=1, agent="anna")])
    assert (rows.facts, rows.lines, rows.participants) == ({}, [], [])


# --- calls ------------------------------------------------------------------------------------------------------------


def of_call(kind: type[w.WorkSaid], version: int, at: int, **fields: Any) -> Any:
    return kind(tenant="acme", item="k1", kind="call", queue="help", version=version, at=at, **fields)


CALL = ("acme", "k1")
QUEUED = of_call(w.WorkQueued, 1, 100, priority=100, name="+49 30 5550100")
RINGS = [
    of_call(w.WorkAssigned, 2, 200, agent="anna", name="Anna", how="pushed"),
    of_call(w.WorkRequeued, 3, 300, agent="anna", why="no_answer"),
    of_call(w.WorkAssigned, 4, 400, agent="ben", name="Ben", how="pushed"),
]
ANSWERED = of_call(w.WorkAnswered, 5, 500, agent="ben", name="Ben")


def test_R25_of_a_call_only_who_answered_it_has_handled_it() -> None:
    times = {"wait_ms": 400, "handle_ms": 0, "wrap_up_ms": 0}
    given_up = project([QUEUED, *RINGS, of_call(w.WorkClosed, 5, 500, outcome="abandoned", why="source", **times)])
    assert given_up.participants == []
    assert "agent" not in given_up.facts[CALL]
    answered = project([QUEUED, *RINGS, ANSWERED])
    assert answered.participants == [Participant(*CALL, "ben", "Ben", 500)]
    assert answered.facts[CALL]["agent"] == "ben"


def test_R15_R25_that_a_call_went_on_without_its_agents_desk_stands_in_its_record() -> None:
    kept = of_call(w.WorkKept, 6, 600, agent="ben", why="connection_lost")
    over = of_call(w.WorkClosed, 7, 900, outcome="handled", why="no_wrap_up", wait_ms=1, handle_ms=400, wrap_up_ms=0)
    facts = project([QUEUED, *RINGS, ANSWERED, kept, over]).facts[CALL]
    assert (facts["agent"], facts["outcome"], facts["desk_lost_at"]) == ("ben", "handled", 600)
