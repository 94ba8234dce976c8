"""R5: who changed what, when, told from the directory's events; secrets are never in it."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from parley_gateway.domain import changes as c
from parley_gateway.domain import directory as d

HASH, KEY = "$argon2id$the-hash", "eyJ.the.licence"
ADDED = d.ServiceSet(at=1, by="ada", service="s", token="t", queue="q", name="S", origins=("self",))
ANNA = d.UserSet(at=2, by="ada", user="anna", name="Anna", role="agent", password=HASH, skills={"pots": 3})


def told(*events: d.Happened) -> list[c.Change]:
    return c.changes(enumerate(events, 1))


def changed(event: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(event, **fields)


def test_R5_what_was_added_changed_and_removed_with_who_and_when() -> None:
    later = changed(ADDED, at=5, by="eve", name="Shop", priority=0, origins=())
    first, second, third = told(ADDED, later, d.ServiceRemoved(at=9, by="ada", service="s"))

    assert first[:6] == (1, 1, "ada", "service", "s", "added")
    assert {field.field: (field.old, field.new) for field in first.fields} == {
        "token": (None, "t"),
        "queue": (None, "q"),
        "name": (None, "S"),
        "origins": (None, ("self",)),
        "without_origin": (None, False),
        "enabled": (None, True),
        "messages_per_s": (None, 5),
        "burst": (None, 60),
        "burst_bytes": (None, 262_144),
    }
    assert second[:6] == (2, 5, "eve", "service", "s", "changed")
    assert set(second.fields) == {
        c.FieldChange("name", "S", "Shop"),
        c.FieldChange("priority", None, 0),
        c.FieldChange("origins", ("self",), None),
    }
    assert third[:6] == (3, 9, "ada", "service", "s", "removed")
    assert c.FieldChange("name", "Shop", None) in third.fields
    assert told(ADDED, d.ServiceRemoved(at=9, by="ada", service="s"), ADDED)[-1].kind == "added"


def test_R5_settings_have_no_name_and_two_of_a_kind_are_kept_apart() -> None:
    settings = [d.SettingsSet(at=1, by="ada"), d.SettingsSet(at=2, by="ada", classifications=("order",))]
    other = changed(ANNA, user="ben", name="Ben")
    one, two, anna, ben = told(*settings, ANNA, other)
    assert (one.what, one.name, one.kind, two.kind) == ("settings", None, "added", "changed")
    assert two.fields == (c.FieldChange("classifications", None, ("order",)),)
    assert (anna.kind, ben.kind, ben.name) == ("added", "added", "ben")


def test_R5_that_a_secret_changed_is_told_and_never_what_it_is() -> None:
    new_password = changed(ANNA, password="$argon2id$another", skills={"pots": 4})
    put, taken = d.LicenceSet(at=1, by="ada", licence=KEY), d.LicenceSet(at=2, by="ada", licence=None)
    every = told(ANNA, new_password, changed(new_password, name="A."), put, taken)
    assert "argon2" not in str(every)
    assert KEY not in str(every)
    assert every[1].fields == (
        c.FieldChange("password", secret=True),
        c.FieldChange("skills", {"pots": 3}, {"pots": 4}),
    )
    assert [field.field for field in every[2].fields] == ["name"], "the password is as it was"
    assert [(change.what, change.kind, change.fields) for change in every[3:]] == [
        ("licence", "added", (c.FieldChange("licence", secret=True),)),
        ("licence", "removed", (c.FieldChange("licence", secret=True),)),
    ]


def test_R24_a_key_for_identities_is_made_and_taken_away_and_never_told() -> None:
    made = d.IdentityKeySet(at=1, by="ada", service="web", salt="not to be told")
    renewed = d.IdentityKeySet(at=2, by="ada", service="web", salt="nor this")
    taken = d.IdentityKeySet(at=3, by="ada", service="web", salt=None)
    every = c.changes(enumerate((made, renewed, taken), 1))
    assert [(change.what, change.name, change.kind) for change in every] == [
        ("identity_key", "web", "added"),
        ("identity_key", "web", "changed"),
        ("identity_key", "web", "removed"),
    ]
    assert all(change.fields == (c.FieldChange("salt", secret=True),) for change in every)
    assert "told" not in str(every)


def test_R5_a_queues_wrap_up_and_routing_are_told_setting_by_setting() -> None:
    old = {"name": "Q", "wrap_up": {"on": True, "limit_s": 60}, "routing": {"order": "priority"}, "hours": None}
    new = {**old, "wrap_up": {"on": False, "limit_s": 60}, "hours": {"week": {}}}
    who = {"by": "ada", "queue": "q"}
    every = [
        {"version": 9, "at": 5, **who, "old": new, "new": None},
        {"version": 8, "at": 4, **who, "old": old, "new": new},
        {"version": 3, "at": 1, **who, "old": None, "new": old},
    ]
    removed, changed, added = c.queue_changes(every)
    assert changed[:6] == (8, 4, "ada", "queue", "q", "changed")
    assert changed.fields == (c.FieldChange("wrap_up.on", True, False), c.FieldChange("hours", None, {"week": {}}))
    assert (added.kind, removed.kind) == ("added", "removed")
    assert c.FieldChange("routing.order", None, "priority") in added.fields


def test_R5_neither_logs_order_is_changed_by_the_others_clock() -> None:
    def made(what: Any, *numbers_and_times: tuple[int, int]) -> list[c.Change]:
        return [c.Change(number, at, "ada", what, "x", "changed", ()) for number, at in numbers_and_times]

    own, queues = made("service", (3, 50), (2, 90), (1, 10)), made("queue", (40, 60), (20, 20))
    found, following = c.page(own, queues, c.Place(), 10)
    assert [change.number for change in found] == [40, 3, 2, 20, 1]
    assert following is None
    found, following = c.page(own, queues, c.Place(), 2)
    assert ([change.number for change in found], following) == ([40, 3], c.Place(3, 40))
    assert (str(following), c.Place.read(str(following)), c.Place.read("-")) == ("3-40", following, c.Place())


SHOWN = {
    "token, queue, name, greeting, languages, origins, without_origin, enabled, priority, hours, skills",
    "consent, privacy_url, translations, messages_per_s, burst, burst_bytes",
    "name, role, skills",
    "agent_grace_s, email, subject, password_length, second_factor, mask, attachments_mb, timezone, agent_figures, oidc, visitor_absence_s, languages, classifications, region, customer_number",
    "reasons, replies",
}
"""What is told with its values. Whoever adds a field decides whether everybody may read it in the log of changes."""


def test_R5_of_each_field_of_each_event_it_is_decided_whether_it_is_a_secret() -> None:
    assert set(c.SUBJECT) == set(d.EVENTS)
    decided = {name for names in SHOWN for name in names.split(", ")} | c.SECRET
    for event, (what, named_by) in c.SUBJECT.items():
        assert what in get_args(c.What)
        fields = set(event.__struct_fields__) - {"at", "by", named_by}
        assert fields <= decided, f"{event.__name__}: {fields - decided}"
