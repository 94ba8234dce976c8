"""R24: candidates are offered from what the visitor typed and from the same browser's earlier chats. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.contacts import AskCandidates, AskHistory, MergeContact
from parley_contracts.refusal import Refused
from parley_crm_logger.domain.candidates import called, findings

from .conftest import Desk


@pytest.fixture
def known(desk: Desk) -> Desk:
    desk.contact("kim", "Kim Doe", emails=("kim@example.com",), phones=("+49 30 1234567",), customer_number="K-4711")
    desk.contact("jo", "Jo Roe", emails=("jo@example.com",))
    desk.contact("ann", "Ann Poe")
    return desk


def candidates(desk: Desk, item: str, **fields: Any) -> list[tuple[str, list[str], list[str]]]:
    found = desk.ask(AskCandidates, item=item, **fields)["items"]
    return [(each["contact"]["contact"], each["why"], each["typed"]) for each in found]


@pytest.mark.parametrize(
    ("text", "why", "typed"),
    [
        ("ich bin <KIM@Example.com>, hallo", "email", "KIM@Example.com"),
        ("mailto:kim@example.com.", "email", "kim@example.com"),
        ("Rufen Sie 030/123 45 67 an", "phone", "030/123 45 67"),
        ("+49 (0)30 1234567", "phone", "+49 (0)30 1234567"),
        ("Kundennummer k 4711!", "customer_number", "k 4711"),
    ],
)
def test_R24_what_the_visitor_typed_finds_who_they_may_be(known: Desk, text: str, why: str, typed: str) -> None:
    known.chat("c1", 100, texts=["guten Tag", text], over=False)
    assert candidates(known, "c1", pattern=r"(?i)\bk[- ]?\d{4}\b") == [("kim", [why], [typed])]
    assert known.ask(AskHistory, contact="kim")["items"] == []  # never linked by itself


def test_R24_who_has_more_in_common_comes_first(known: Desk) -> None:
    known.chat("c0", 50, contact="ann")
    known.chat("c1", 60, contact=None, previous="c0")
    texts = ["jo@example.com oder kim@example.com", "030 1234567"]
    known.chat("c2", 100, texts=texts, previous="c1", name="Kim", language="de")
    assert candidates(known, "c2") == [
        ("kim", ["email", "phone"], ["kim@example.com", "030 1234567"]),
        ("jo", ["email"], ["jo@example.com"]),
        ("ann", ["earlier_chat"], []),
    ]
    assert known.ask(AskCandidates, item="c2")["new"] == {
        "name": "Kim",
        "language": "de",
        "emails": ["jo@example.com", "kim@example.com"],
        "phones": ["030 1234567"],
    }


def test_R24_of_merged_contacts_the_one_that_stands_for_all_is_offered(known: Desk) -> None:
    known.ask(MergeContact, contact="kim", into="ann")
    known.chat("c1", 100, texts=["kim@example.com"])
    assert candidates(known, "c1") == [("ann", ["email"], ["kim@example.com"])]


def test_R24_nobody_of_another_tenant_is_offered(known: Desk, elsewhere: Desk) -> None:
    elsewhere.chat("c1", 100, texts=["kim@example.com 030 1234567 K-4711"], previous="c0")
    known.chat("c0", 50, contact="ann")
    assert candidates(elsewhere, "c1", pattern=r"K-\d+") == []
    with pytest.raises(Refused, match="not_found"):
        known.ask(AskCandidates, item="c1")


@pytest.fixture(scope="module")
def only_read(lasting_desk: Desk) -> Desk:
    lasting_desk.chat("c1", 100)
    return lasting_desk


@pytest.mark.parametrize("pattern", ["(", "[", "(?=a)", r"\1", "a" * 501, "(?P<>x)", "*"])
def test_R31_a_pattern_that_is_none_is_refused(only_read: Desk, pattern: str) -> None:
    with pytest.raises(Refused, match="bad_request"):
        only_read.ask(AskCandidates, item="c1", pattern=pattern)


@pytest.mark.parametrize("text", ["a" * 4000, "a." * 2000, "1-" * 2000, "(" * 4000, "@" * 4000, "K-" * 2000])
def test_R31_no_text_holds_up_the_search_for_candidates(text: str) -> None:
    assert findings([text] * 300, "DE", "(K-)*(K-)*$x|((a*)*)*b") == []


def test_the_countrys_own_way_to_write_numbers() -> None:
    assert [found.term for found in findings(["call (650) 253-0000"], "US", None)] == ["#6502530000"]
    assert findings(["order 12345"], "DE", None) == []
    assert [found.term for found in findings(["no. AB-12"], "ZZ", "no. (..-..)")] == ["=ab12"]


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Jonas Becker <jonas.becker@example.net>", "Jonas Becker"),
        ('"Becker, Jonas" <jonas.becker@example.net>', "Becker, Jonas"),
        ("jonas.becker@example.net", None),
        ("+49 30 5550107", None),
        ("Änne", "Änne"),
        ("", None),
        (None, None),
    ],
)
def test_R24_what_of_a_sender_is_a_name(sender: str | None, name: str | None) -> None:
    assert called(sender) == name
