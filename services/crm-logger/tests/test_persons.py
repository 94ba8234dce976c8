"""R24: what several contacts that are one person say together, and whose is what of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.contacts import (
    AskContact,
    ContactFields,
    ImportContacts,
    ImportRow,
    ListContacts,
    MergeContact,
    PutContact,
    SearchContacts,
    UnmergeContact,
)
from parley_contracts.refusal import Refused
from parley_crm_logger.domain.events import Fields
from parley_crm_logger.domain.persons import also, own_part, plain, together, without

from .conftest import Desk

VALUES = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4, unique=True).map(tuple)
WORD = st.none() | st.sampled_from(["one", "two", "three two"])
FIELDS = st.builds(
    Fields,
    name=st.sampled_from(["Kim", "Jo"]),
    emails=VALUES,
    phones=VALUES,
    organisation=WORD,
    language=WORD,
    notes=WORD,
    customer_number=WORD,
)


def same(one: Fields, other: Fields) -> bool:
    """Equal, in whatever order the values stand."""
    folded = [msgspec.structs.asdict(each) for each in (one, other)]
    for each in folded:
        each |= {name: sorted(each[name]) for name in ("emails", "phones")}
        each["notes"] = plain(each["notes"])
    return folded[0] == folded[1]


@given(put=FIELDS, own=FIELDS, merged=st.dictionaries(st.sampled_from("xyz"), FIELDS, max_size=3))
def test_R24_what_is_put_for_a_person_is_what_is_shown_of_them(
    put: Fields, own: Fields, merged: dict[str, Fields]
) -> None:
    now, others = own_part(put, own, list(merged.values())), without(put, own, merged)
    assert same(together(now, list((merged | others).values())), put)


@given(own=FIELDS, merged=st.dictionaries(st.sampled_from("xyz"), FIELDS, max_size=3))
def test_R24_what_is_shown_of_a_person_and_put_again_changes_nothing(own: Fields, merged: dict[str, Fields]) -> None:
    theirs = list(merged.values())
    said = together(own, theirs)
    assert (own_part(said, own, theirs), without(said, own, merged)) == (own, {})


def test_R24_other_names_and_numbers_are_told() -> None:
    own = Fields(name="Kim Vogel", customer_number="K-1")
    merged = [Fields(name="Kim Berg", organisation="Krug AG"), Fields(name="Kim Vogel", customer_number="K-2")]
    assert also(own, merged) == ["Kim Berg", "K-2"]
    assert together(own, merged).organisation == "Krug AG"


def row(contact: str, **fields: Any) -> ImportRow:
    return ImportRow(line=2, contact=contact, fields=ContactFields(**fields))


def test_R24_the_survivor_shows_all_wherever_it_is_shown_and_a_row_of_all_is_the_same(desk: Desk) -> None:
    desk.contact("a", "A", emails=("a@example.org",), phones=("030 5550101",), notes="first")
    desk.contact("b", "B", emails=("b@example.org",), notes="second")
    desk.ask(MergeContact, contact="a", into="b")
    shown = desk.ask(AskContact, contact="b")["contact"]
    assert (shown["emails"], shown["phones"]) == (["b@example.org", "a@example.org"], ["030 5550101"])
    assert (shown["notes"], shown["also"], shown["merged"]) == ("second\n\nfirst", ["A"], ["a"])
    assert desk.ask(SearchContacts, query="a@example.org")["items"] == [shown]
    assert shown in desk.ask(ListContacts)["items"]
    fields = {name: shown[name] for name in ("name", "emails", "phones", "notes")}
    assert desk.ask(ImportContacts, rows=(row("b", **fields),)) == {"created": 0, "changed": 0, "same": 1}
    assert desk.ask(ImportContacts, rows=(row("b", name="B", emails=("b@example.org",), notes="second"),))["same"] == 1
    told = desk.ask(ImportContacts, rows=(row("b", **fields | {"emails": ("a@example.org", "c@example.org")}),))
    assert told["changed"] == 1
    desk.ask(UnmergeContact, contact="a")
    assert desk.ask(AskContact, contact="a")["contact"]["phones"] == ["030 5550101"]
    assert desk.ask(AskContact, contact="b")["contact"]["emails"] == ["c@example.org"]


def test_R24_the_file_from_before_a_merger_changes_nothing_afterwards(desk: Desk) -> None:
    rows = (row("a", name="A", phones=("030 5550101",)), row("b", name="B", emails=("b@example.org",)))
    desk.ask(ImportContacts, rows=rows)
    desk.ask(MergeContact, contact="a", into="b")
    shown = desk.ask(AskContact, contact="b")["contact"]
    for _ in range(2):
        assert desk.ask(ImportContacts, rows=rows) == {"created": 0, "changed": 0, "same": 2}
    assert desk.ask(AskContact, contact="b")["contact"] == shown


def test_R24_twenty_of_each_of_several_are_shown_and_put_again(desk: Desk) -> None:
    for name in "ab":
        desk.contact(name, name, phones=tuple(f"030 55502{name == 'a':d}{n:02}" for n in range(20)))
    desk.ask(MergeContact, contact="a", into="b")
    shown = desk.ask(AskContact, contact="b")["contact"]
    assert len(shown["phones"]) == 40
    fields = ContactFields(name="b", phones=shown["phones"], notes="seen")
    desk.ask(PutContact, contact="b", fields=fields, version=shown["version"])
    assert len(desk.ask(AskContact, contact="b")["contact"]["phones"]) == 40
    desk.ask(UnmergeContact, contact="a")
    assert len(desk.ask(AskContact, contact="b")["contact"]["phones"]) == 20


def test_R24_whoever_looked_before_a_merged_contact_changed_is_told(desk: Desk) -> None:
    desk.contact("a", "A", phones=("030 5550101",))
    desk.contact("b", "B")
    desk.ask(MergeContact, contact="a", into="b")
    shown = desk.ask(AskContact, contact="b")["contact"]
    desk.ask(PutContact, contact="b", fields=ContactFields(name="B"), version=shown["version"])
    fields = ContactFields(name="B", phones=shown["phones"])
    with pytest.raises(Refused, match="changed this contact meanwhile"):
        desk.ask(PutContact, contact="b", fields=fields, version=shown["version"])
    assert desk.ask(AskContact, contact="b")["contact"]["phones"] == []
