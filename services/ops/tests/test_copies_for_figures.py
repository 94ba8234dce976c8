"""Parquet, OCEL and fixtures: what others read of a log, and what they must not."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import duckdb
import msgspec
import pytest
from copy_words import HASH, TENANT, done, logs_at, made, parley
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.instant import from_rfc3339
from parley_ops.copies.exporting import steps
from parley_ops.copies.facts import facts_of
from parley_ops.copies.fixture import WORDS, Replacing, folded, write_fixture
from parley_ops.copies.form import Asked, Event
from parley_ops.copies.ocel import attributes_of, told, write_ocel
from parley_ops.copies.reading import opened
from parley_router.domain.events import EVENTS as ROUTER_EVENTS
from parley_router.handlers import Router
from parley_session.domain.events import EVENTS as SESSION_EVENTS
from parley_session.handlers import Session

CANARY = "Canary"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(f"sqlite:{tmp_path_factory.mktemp('here')}")


# --- Parquet ----------------------------------------------------------------------------------------------------------


def test_R37_duckdb_counts_in_the_parquet_what_is_in_the_logs(here: str, tmp_path: Path) -> None:
    done(here, "export", "--to", tmp_path / "x.parquet", "--format", "parquet")
    logs = logs_at(here)
    expected = Counter((log, row.topic.rpartition(".")[0]) for log, rows in logs.items() for row in rows)
    with duckdb.connect() as ask:
        ask.execute(f"CREATE VIEW copy AS SELECT * FROM '{tmp_path}/x.parquet'")
        counted = ask.execute("SELECT log, type, count(*) FROM copy GROUP BY ALL").fetchall()
        assert {(log, kind): count for log, kind, count in counted} == expected
        states = ask.execute("SELECT log, position, state FROM copy WHERE log <> 'gateway'").fetchall()
        stored = {(log, row.id): row.state for log, rows in logs.items() for row in rows if log != "gateway"}
        assert {(log, position): state for log, position, state in states} == stored
        hashed = "SELECT count(*) FROM copy WHERE contains(decode(state), ?)"
        assert ask.execute(hashed, ["zoe"]).fetchone() == (1,)
        assert ask.execute(hashed, [HASH]).fetchone() == (0,)
        rows = ask.execute(
            "SELECT count(*), min(epoch_ms(copy.at)) FROM copy WHERE item = 'c1' AND tenant = 'acme'"
        ).fetchall()
    listed = [json.loads(line) for line in done(here, "events", "--chat", "c1", "--json").splitlines()]
    assert rows == [(len(listed), min(from_rfc3339(each["at"]) for each in listed))]


def test_without_pyarrow_it_says_what_to_install(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    told = parley(here, "export", "--to", tmp_path / "x.parquet", "--format", "parquet")
    assert (told.exit_code, "parley-ops[analysis]" in told.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_what_an_event_is_about_is_what_the_logs_say(here: str) -> None:
    from parley_ops.logs import Filter, Logs

    with opened(here) as place:
        from parley_ops.copies.exporting import copied_events

        found = copied_events(place, Asked(), logins=True, progress=lambda looked: None)
        facts = {(event.log, event.position): facts_of(event) for event in found}
    for event in Logs(here).events(Filter()):
        told = facts[event.service, event.position]
        assert (told.at, told.tenant, told.item) == (event.at, event.tenant, event.item)
        if event.service != "gateway":
            assert (told.agent, told.queue) == (event.fields.get("agent"), event.fields.get("queue"))


@pytest.mark.parametrize("state", [b'{"at":"x","item":7,"agent":"anna"}', b"[]", b"\xff", b"", b'{"at":{}}'])
def test_what_is_no_event_of_ours_is_about_what_can_be_read(state: bytes) -> None:
    facts = facts_of(Event("router", 1, "t", 1, "X.9", state))
    assert facts == (0, "t", None, "anna" if b"anna" in state else None, None, None, None)


# --- a canary in every text -------------------------------------------------------------------------------------------

KEYS = {"item", "agent", "to_agent", "queue", "from_queue", "interrupted_by"}
"""What names an object in OCEL."""


def shapes(hint: Any) -> list[Any]:
    return list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]


def planted(hint: Any) -> Any:
    """A value with the canary wherever it can be."""
    shape = next(each for each in shapes(hint) if each is not type(None))
    origin = get_origin(shape) or shape
    if origin is Literal:
        return get_args(shape)[0]
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return filled(shape)
    if origin is dict:
        return {CANARY: planted(get_args(shape)[1])}
    if origin in (list, tuple):
        return [planted(get_args(shape)[0])]
    return {int: 5, bool: True, str: CANARY}.get(origin, CANARY)


def filled(kind: type[msgspec.Struct], keys: dict[str, str] | None = None) -> Any:
    hints = get_type_hints(kind)
    values = {
        each.name: (keys or {}).get(each.name) or planted(hints[each.name]) for each in msgspec.structs.fields(kind)
    }
    return kind(**values)


def with_canaries(keys: dict[str, str]) -> list[Event]:
    """One of each event of router and session, full of canaries; `keys` are not."""
    found = []
    kinds = [(Session.journal, kind) for kind in SESSION_EVENTS] + [(Router.journal, kind) for kind in ROUTER_EVENTS]
    for n, (journal, kind) in enumerate(kinds, 1):
        log, stream = ("session", f"{TENANT}/chat") if journal is Session.journal else ("router", TENANT)
        stored = journal.stored(stream, n, filled(kind, keys))
        found.append(Event(log, n, stream, n, stored.topic, stored.state))
    assert all(CANARY.encode() in each.state for each in found)
    return found


def test_R39_nothing_that_anybody_wrote_is_in_an_ocel() -> None:
    lines: list[bytes] = []
    written = write_ocel(iter(with_canaries(dict.fromkeys(KEYS, "key"))), lines.append)
    assert written.events > 20
    assert CANARY.encode() not in b"".join(lines)


def test_R39_an_attribute_is_of_a_kind_that_can_hold_no_text() -> None:
    """Also of an event that there is not yet: by its class."""
    for kind in (*ROUTER_EVENTS, *SESSION_EVENTS):
        hints = get_type_hints(kind)
        for name in attributes_of(kind):
            assert str not in shapes(hints[name]), (kind, name)


@pytest.mark.parametrize("as_test", [True, False])
def test_R39_nothing_that_anybody_wrote_is_in_a_fixture(monkeypatch: pytest.MonkeyPatch, as_test: bool) -> None:
    lines: list[bytes] = []
    events = [each._replace(stream=each.stream.replace("chat", CANARY)) for each in with_canaries({})]
    write_fixture(events, lines.append, as_test=as_test)
    assert CANARY.encode() not in b"".join(lines)


@given(st.dictionaries(st.text(min_size=1), st.text().map(lambda some: CANARY + some), min_size=1))
def test_R39_nor_of_an_event_that_is_not_known_here(fields: dict[str, str]) -> None:
    event = Event("router", 1, "t", 1, "Newer.7", json.dumps({"at": 5, **fields}).encode())
    assert CANARY.encode() not in Replacing("c").event(event).state
    assert told(event) is None


# --- OCEL -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ocel(here: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("ocel") / "log.jsonocel"
    done(here, "export", "--to", path, "--format", "ocel")
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_an_ocel_is_as_the_standard_has_it(ocel: dict[str, Any]) -> None:
    assert set(ocel) == {"events", "objects", "eventTypes", "objectTypes"}
    objects = {each["id"]: each["type"] for each in ocel["objects"]}
    assert len(objects) == len(ocel["objects"])
    assert set(objects.values()) <= {each["name"] for each in ocel["objectTypes"]}
    declared = {each["name"]: {a["name"]: a["type"] for a in each["attributes"]} for each in ocel["eventTypes"]}
    kinds = {"string": str, "integer": int, "boolean": bool}
    assert len({each["id"] for each in ocel["events"]}) == len(ocel["events"])
    for event in ocel["events"]:
        assert {a["name"] for a in event["attributes"]} <= set(declared[event["type"]])
        assert all(type(a["value"]) is kinds[declared[event["type"]][a["name"]]] for a in event["attributes"])
        assert event["relationships"]
        assert all(each["objectId"] in objects for each in event["relationships"])
    times = [event["time"] for event in ocel["events"]]
    assert times == sorted(times)


def test_an_ocel_tells_an_items_whole_way(ocel: dict[str, Any]) -> None:
    def way(item: str) -> list[str]:
        about = ({each["objectId"]: each["qualifier"] for each in event["relationships"]} for event in ocel["events"])
        return [event["type"] for event, whom in zip(ocel["events"], about, strict=True) if whom.get(item) == "about"]

    assert way("acme/item/k1") == ["ItemQueued", "ItemAssigned", "CallAnswered", "ItemClosed"]
    assert (
        way("acme/item/c2") == ["Requested", "ItemQueued", "Ended", "ItemClosed"]
        or way("acme/item/c2")[0] == "Requested"
    )
    (parked,) = [
        event
        for event in ocel["events"]
        if {"objectId": "acme/item/k1", "qualifier": "interrupted by"} in event["relationships"]
    ]
    assert parked["type"] == "ItemParked"
    assert {"name": "why", "value": "call"} in parked["attributes"]
    assert {"objectId": "acme/agent/anna", "qualifier": "by"} in parked["relationships"]


def test_an_ocel_tells_each_step_of_the_router_once(here: str) -> None:
    with opened(here) as place:
        found = [told(event) for event in steps(place, Asked(), lambda looked: None)]
    types = Counter(each.type for each in found if each is not None)
    stored = Counter(row.topic.rpartition(".")[0] for row in logs_at(here)["router"])
    for kind in ("ItemQueued", "ItemAssigned", "ItemParked", "ItemResumed", "ItemClosed", "AgentLoggedIn"):
        assert types[kind] == stored[kind] > 0
    assert "Assigned" not in types, "the router has said it"


# --- fixtures ---------------------------------------------------------------------------------------------------------


def chat_of(here: str, chat: str) -> list[Event]:
    stream = f"{TENANT}/{chat}"
    return [Event("session", *row) for row in logs_at(here)["session"] if row.originator_id == stream]


@pytest.mark.parametrize("chat", ["c1", "c2", "c3", "c4", "c7"])
def test_R17_a_fixture_comes_to_the_same_states_and_timers(here: str, tmp_path: Path, chat: str) -> None:
    done(here, "export", "--to", tmp_path / "chat.json", "--chat", chat, "--as-fixture")
    found = json.loads((tmp_path / "chat.json").read_text())
    original = folded(chat_of(here, chat))
    assert original
    assert [tuple(each.values()) for each in found["after"]] == [tuple(each) for each in original]
    replaced = [Event(**each | {"state": json.dumps(each["state"]).encode()}) for each in found["events"]]
    assert folded(replaced) == original
    times = [json.loads(row.state)["at"] for row in chat_of(here, chat)]
    assert [each["state"]["at"] for each in found["events"] if each["log"] == "session"] == times


def test_a_fixture_is_a_test_that_passes_and_says_the_same_again(here: str, tmp_path: Path) -> None:
    for name in ("test_one.py", "test_two.py"):
        done(here, "export", "--to", tmp_path / name, "--chat", "c1", "--as-fixture")
    text = (tmp_path / "test_one.py").read_text()
    assert text == (tmp_path / "test_two.py").read_text()
    for word in ("Größe", "Good day", "careful", "anna", "Kim", "kim", "shop", "acme", "help"):
        assert word not in text
    names: dict[str, Any] = {}
    exec(compile(text, "test_one.py", "exec"), names)
    names["test_the_chat_comes_to_the_same_states_and_timers"]()
    names["AFTER"][3] = ("closed",)
    with pytest.raises(AssertionError):
        names["test_the_chat_comes_to_the_same_states_and_timers"]()


@given(st.text(min_size=1, max_size=300))
def test_a_text_is_replaced_by_one_of_its_class_of_length(text: str) -> None:
    replaced = Replacing("c").text(text)
    assert len(replaced) >= len(text) > len(replaced) // 2
    assert len(replaced).bit_count() == 1


def test_as_fixture_needs_a_chat(here: str, tmp_path: Path) -> None:
    assert parley(here, "export", "--to", tmp_path / "x.py", "--as-fixture").exit_code == 2
    told = parley(here, "export", "--to", tmp_path / "x.py", "--as-fixture", "--chat", "k1")
    assert (told.exit_code, "this is no chat" in told.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_the_program_stay() -> None:
    assert {"call", "agent", "limit", "time_limit"} <= WORDS
