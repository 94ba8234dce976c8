"""R5: what a tenant has set up, folded from its events, and what may not be changed."""

from __future__ import annotations

import pytest
from parley_contracts.refusal import Refused
from parley_gateway.domain import directory as d
from parley_gateway.tenants.directories import JOURNAL

SERVICE = d.ServiceSet(at=1, by="ada", service="s", token="t", queue="q", name="S", hours={"week": {}})
ADA = d.UserSet(at=1, by="system", user="ada", name="Ada", role="admin", password="x")
ANNA = d.UserSet(at=1, by="ada", user="anna", name="Anna", role="agent", password="x", skills={"pots": 3})


def given(*events: d.Happened) -> d.Directory:
    directory = d.Directory("t")
    for event in events:
        directory.evolve(event)
    return directory


def test_R5_each_event_is_read_as_it_was_written() -> None:
    every = (
        SERVICE,
        d.ServiceRemoved(at=1, by="ada", service="s"),
        ANNA,
        d.UserRemoved(at=1, by="ada", user="anna"),
        d.SettingsSet(at=1, by="ada", agent_grace_s=5),
        d.LicenceSet(at=1, by="ada", licence="x"),
        d.IdentityKeySet(at=1, by="ada", service="s", salt="x"),
    )
    assert {type(event) for event in every} == set(d.EVENTS)
    for event in every:
        stored = JOURNAL.stored("t", 1, event)
        assert JOURNAL.event(stored.topic, stored.state) == event


def test_R5_what_was_stored_before_there_were_hours_and_skills_is_still_read() -> None:
    old = b'{"at":1,"by":"system","service":"s","token":"t","queue":"q","name":"S"}'
    assert JOURNAL.event("ServiceSet.1", old) == d.ServiceSet(
        at=1, by="system", service="s", token="t", queue="q", name="S"
    )


def test_R5_told_twice_is_told_once() -> None:
    directory = given(SERVICE, ADA, ANNA)
    for event in (SERVICE, ANNA):
        assert d.changed(directory, event) == []
    later = d.ServiceSet(**{**{f: getattr(SERVICE, f) for f in SERVICE.__struct_fields__}, "name": "Other", "at": 9})
    assert d.changed(directory, later) == [later]


def test_R5_what_is_removed_is_gone() -> None:
    directory = given(SERVICE, ADA, ANNA)
    assert directory.hours_of("s") is not None
    directory.evolve(d.ServiceRemoved(at=2, by="ada", service="s")).evolve(d.UserRemoved(at=2, by="ada", user="anna"))
    assert (directory.services, [*directory.users], directory.service_of("t")) == ({}, ["ada"], None)
    assert directory.hours_of("s") is None


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (d.ServiceSet(at=2, by="ada", service="other", token="t", queue="q", name="S"), "conflict"),
        (d.ServiceRemoved(at=2, by="ada", service="other"), "not_found"),
        (d.UserRemoved(at=2, by="ada", user="ada"), "conflict"),
        (d.UserRemoved(at=2, by="ada", user="nobody"), "not_found"),
        (d.UserSet(at=2, by="ada", user="ada", name="Ada", role="agent", password="x"), "conflict"),
    ],
)
def test_R5_what_would_break_something_is_refused(event: d.Happened, code: str) -> None:
    with pytest.raises(Refused) as refused:
        d.changed(given(SERVICE, ADA, ANNA), event)
    assert refused.value.code == code


def test_R24_a_chat_service_has_one_identity_key_which_goes_with_it() -> None:
    made = d.IdentityKeySet(at=2, by="ada", service="s", salt="x")
    gone = d.IdentityKeySet(at=3, by="ada", service="s", salt=None)
    directory = given(SERVICE)
    assert d.changed(directory, gone) == [], "there is none"
    assert d.changed(directory, made) == [made]
    assert given(SERVICE, made).identity_keys == {"s": made}
    assert d.changed(given(SERVICE, made), gone) == [gone]
    assert given(SERVICE, made, gone).identity_keys == {}
    again = given(SERVICE, made, d.ServiceRemoved(at=3, by="ada", service="s"), SERVICE)
    assert again.identity_keys == {}, "another service of the same name is not vouched for with the old key"
    with pytest.raises(Refused) as refused:
        d.changed(given(), made)
    assert refused.value.code == "not_found"


def test_R24_settings_from_before_there_were_regions_are_still_read() -> None:
    old = JOURNAL.event("SettingsSet.1", b'{"at":1,"by":"ada","agent_grace_s":5}')
    assert old == d.SettingsSet(at=1, by="ada", agent_grace_s=5, region="DE", customer_number="")


def test_R5_services_and_settings_from_before_there_were_consents_reasons_and_replies_are_still_read() -> None:
    service = b'{"at": 1, "by": "ada", "service": "s", "token": "t", "queue": "q", "name": "S"}'
    read = JOURNAL.event("ServiceSet.1", service)
    assert (read.consent, read.privacy_url) == ("", "")
    read = JOURNAL.event("SettingsSet.1", b'{"at": 1, "by": "ada", "classifications": ["order"]}')
    assert (read.classifications, read.reasons, read.replies) == (("order",), (), ())


def test_R5_replies_are_read_as_they_were_written() -> None:
    settings = d.SettingsSet(
        at=1, by="ada", reasons=("Break",), replies=({"name": "hello", "text": "Hello {visitor}"},)
    )
    stored = JOURNAL.stored("t", 1, settings)
    assert JOURNAL.event(stored.topic, stored.state) == settings
    assert d.changed(given(settings), JOURNAL.event(stored.topic, stored.state)) == []
