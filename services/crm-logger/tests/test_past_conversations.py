"""R26, R35: an agent's own conversations that are over, and those of whoever is looked for. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.contacts import LinkInteraction, MergeContact, SearchTranscripts
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused

from .conftest import Desk

BEN, ANNA = Reader(agent="ben"), Reader(agent="anna", queues=("help",))


def hits(desk: Desk, query: str = "", **fields: Any) -> list[str]:
    return [item["item"] for item in desk.ask(SearchTranscripts, query=query, region="DE", **fields)["items"]]


def in_pages(desk: Desk, query: str = "", **fields: Any) -> list[list[str]]:
    pages: list[list[str]] = []
    after = None
    while True:
        page = desk.ask(SearchTranscripts, query=query, region="DE", after=after, **fields)
        pages.append([item["item"] for item in page["items"]])
        if (after := page.get("next")) is None:
            return pages


def told(desk: Desk) -> Desk:
    """Ben has had three chats, Anna one; one of Ben's is not over, and nobody had the last."""
    desk.contact("kim", "Kim Lehmann", emails=("kim@example.org",), phones=("030 1234567",))
    desk.contact("jo", "Jo Zimmermann", emails=("jo@example.org",))
    desk.chat("one", 1_000, "kim", ["where is my parcel", "please"], agent="ben")
    desk.chat("two", 2_000, "jo", ["about the invoice"], agent="anna")
    desk.chat("three", 3_000, None, ["another parcel"], agent="ben", name="Robin Ahrens")
    desk.chat("four", 4_000, "kim", ["a parcel again"], agent="ben")
    desk.chat("open", 5_000, "kim", ["still a parcel"], agent="ben", over=False)
    desk.chat("nobody", 6_000, "jo", ["is nobody there"])
    return desk


@pytest.fixture
def talked(desk: Desk) -> Desk:
    return told(desk)


@pytest.fixture(scope="module")
def only_read(lasting_desk: Desk) -> Desk:
    return told(lasting_desk)


def test_R35_without_a_word_an_agent_finds_what_they_had_closed_last_first(only_read: Desk) -> None:
    assert hits(only_read, agent="ben", reader=BEN) == ["four", "three", "one"]
    assert hits(only_read, "  ", agent="ben", reader=BEN) == ["four", "three", "one"]
    assert hits(only_read, agent="anna", reader=ANNA) == ["two"]
    assert hits(only_read, agent="eve", reader=Reader(agent="eve")) == []


def test_R35_what_was_closed_last_comes_first_whenever_it_began(talked: Desk) -> None:
    talked.hear([ce.ChatEnded(tenant="acme", chat="open", n=100, seq=99, at=9_000, ended_by="visitor")])
    assert hits(talked, agent="ben", reader=BEN) == ["four", "three", "one"], "it is in wrap-up"
    settled: dict[str, Any] = {"outcome": "handled", "why": "completed", "wait_ms": 1, "handle_ms": 2, "wrap_up_ms": 3}
    talked.chat("short", 8_000, None, ["a question"], agent="ben")
    talked.hear(
        [ce.ChatClosed(tenant="acme", chat="open", n=101, at=9_500, interruptions=0, started_at=5_000, **settled)]
    )
    assert hits(talked, agent="ben", reader=BEN) == ["open", "short", "four", "three", "one"]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("fields", [{"agent": "ben"}, {"query": "parcel"}, {"query": "kim lehmann"}], ids=str)
def test_R35_pages_have_everything_once(only_read: Desk, limit: int, fields: dict[str, Any]) -> None:
    whole = in_pages(only_read, **fields, limit=50)
    pages = in_pages(only_read, **fields, limit=limit)
    assert [item for page in pages for item in page] == whole[0]
    assert len(whole[0]) > 1
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("parcel", ["four", "three", "one"]),
        ("Kim", ["four", "one"]),
        ("lehmann kim", ["four", "one"]),
        ("Lehm", ["four", "one"]),
        ("Le", []),
        ("kim@example.org", ["four", "one"]),
        ("030/1234567", ["four", "one"]),
        ("+49 30 1234567", ["four", "one"]),
        ("Zimmermann", ["nobody", "two"]),
        ("Lehman", ["four", "one"]),
        ("Lemann", []),
        ("Robin", ["three"]),
        ("robin parcel", ["three"]),
        ("three", ["three"]),
        (" four ", ["four"]),
        ("open", []),
    ],
)
def test_R26_found_by_words_by_who_it_was_and_by_its_id(only_read: Desk, query: str, items: list[str]) -> None:
    assert hits(only_read, query) == items


def test_R26_calls_and_mails_of_unknown_people_are_found_by_number_address_and_subject(talked: Desk) -> None:
    for item, kind, name, subject in (
        ("call", "call", "+49305550151", None),
        ("mail", "email", "sandy@example.com", "Umtausch"),
    ):
        facts = {"tenant": "acme", "item": item, "at": 7_000}
        talked.hear(
            [
                w.WorkQueued(**facts, version=1, kind=kind, queue="help", priority=50, name=name, subject=subject),
                w.WorkWrapUpStarted(**facts, version=2, kind=kind, queue="help", agent="ben", limit_ms=1, extensions=0),
            ]
        )
    assert hits(talked, "030 5550151") == hits(talked, "+49 30 5550151") == ["call"]
    assert hits(talked, "sandy@example.com") == hits(talked, "umtausch sandy") == ["mail"]


def test_R26_agents_find_what_they_may_read(only_read: Desk) -> None:
    assert hits(only_read, "kim", reader=Reader(agent="eve")) == []
    assert hits(only_read, "one", reader=Reader(agent="eve")) == []
    assert hits(only_read, "kim", reader=BEN) == ["four", "one"]
    assert hits(only_read, "jo", reader=BEN) == []
    assert hits(only_read, "jo", reader=ANNA) == ["nobody", "two"]
    assert hits(only_read, "jo", reader=ANNA, agent="anna") == ["two"]
    assert hits(only_read, "parcel", reader=ANNA, agent="anna") == []
    # whose they were does not make them readable
    assert hits(only_read, agent="ben", reader=Reader(agent="eve")) == []
    assert hits(only_read, "parcel", agent="ben", reader=Reader(agent="eve", items=("one",))) == ["one"]


def test_R26_what_was_handed_on_is_found_among_ones_own(talked: Desk) -> None:
    joined: dict[str, Any] = {"agent": "eve", "name": "Eve", "queue": "help"}
    talked.chat("handed", 7_000, "jo", ["a zebra"], agent="ben", over=False)
    talked.hear([ce.ChatAssigned(tenant="acme", chat="handed", n=100, seq=99, at=7_200, **joined)])
    talked.hear([ce.ChatEnded(tenant="acme", chat="handed", n=101, seq=100, at=7_300, ended_by="visitor")])
    assert hits(talked, "zebra", agent="ben", reader=BEN) == ["handed"]
    assert hits(talked, "zebra", agent="eve", reader=Reader(agent="eve")) == ["handed"]
    assert hits(talked, "zebra", agent="anna", reader=ANNA) == []


def test_R24_R26_merged_contacts_are_found_by_either_name_and_shown_by_the_one_that_stands(talked: Desk) -> None:
    talked.ask(MergeContact, contact="jo", into="kim")
    for query in ("zimmermann", "lehmann"):
        found = talked.ask(SearchTranscripts, query=query)["items"]
        assert [item["item"] for item in found] == ["nobody", "four", "two", "one"]
        assert {item["contact_name"] for item in found} == {"Kim Lehmann"}
    talked.ask(LinkInteraction, item="three", contact="jo")
    assert "three" in hits(talked, "lehmann")


def test_R26_a_hit_shows_its_line_or_how_it_began(only_read: Desk) -> None:
    (found,) = only_read.ask(SearchTranscripts, query="invoice")["items"]
    assert (found["text"], found["contact_name"], found["queue"]) == ("about the invoice", "Jo Zimmermann", "help")
    assert [found["text"][begin:end] for begin, end in found["hits"]] == ["invoice"]
    own = only_read.ask(SearchTranscripts, agent="ben")["items"]
    assert [(each["text"], each["hits"]) for each in own][2] == ("where is my parcel", [])
    assert "transcript" not in own[0]
    assert "contact_name" not in own[1]


def test_R26_nothing_that_says_what_to_look_for_is_refused(only_read: Desk) -> None:
    for fields in ({}, {"query": " "}, {"query": "?!", "agent": "ben"}, {"contact": "kim", "agent": "ben"}):
        with pytest.raises(Refused, match="bad_request"):
            only_read.ask(SearchTranscripts, **fields)


def test_nobody_elses_conversations_are_found(talked: Desk, elsewhere: Desk) -> None:
    elsewhere.contact("sam", "Sam Other")
    for query in ("kim", "kim@example.org", "one", "030 1234567", "robin"):
        assert hits(elsewhere, query) == []
    assert hits(elsewhere, agent="ben") == []
