"""R31: nothing that need not be said keeps a visitor out, or a call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.commands import StartChat
from parley_gateway.routes.item_routes import NewItem
from parley_gateway.routes.widget_routes import read_message
from parley_gateway.sockets.frames import VISITOR, Bad, Start, read_frame


def _json(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )


JSON = _json(st.text(st.characters(), max_size=20))
OVER_HTTP = _json(st.text(st.characters(codec="utf-8"), max_size=20))
"""The edge refuses bodies with halves of surrogate pairs."""
PREVIOUS = JSON | st.fixed_dictionaries({"chat": JSON, "secret": JSON})
OPTIONAL = ("name", "language", "page", "consent", "identity", "dropped")


def started(**said: Any) -> Start:
    frame = read_frame(json.dumps({"type": "start", "id": "1", "token": "demo", "text": "hello", **said}), VISITOR)
    assert isinstance(frame, Start)
    return frame


@given(st.fixed_dictionaries({}, optional={**dict.fromkeys(OPTIONAL, JSON), "previous": PREVIOUS}))
def test_R31_whatever_stands_in_what_is_optional_the_chat_is_asked_for(said: dict[str, Any]) -> None:
    frame = started(**said)
    assert set(frame.dropped) <= set(said) - {"dropped"}
    command = StartChat(
        tenant="t",
        chat="c",
        service="s",
        queue="q",
        text=frame.text,
        name=frame.name,
        language=frame.language,
        page=frame.page,
        consent=frame.consent,
        dropped=frame.dropped,
    )
    assert StartChat.model_validate_json(command.model_dump_json()) == command
    assert json.loads(json.dumps(frame.dropped)) == frame.dropped


@pytest.mark.parametrize(
    ("said", "kept", "why"),
    [
        ({"name": "Kim\x00 Vogel"}, "Kim Vogel", "cleaned"),
        ({"name": "\ud83d Kim"}, "Kim", "cleaned"),
        ({"name": "K" * 201}, "K" * 200, "cut"),
        ({"name": 4711}, "4711", None),
        ({"name": {"first": "Kim"}}, None, "unusable"),
        ({"name": ""}, None, None),
        ({"name": None}, None, None),
        ({"name": "\u202e"}, None, "unusable"),
        ({"language": "de-DE"}, "de-DE", None),
        ({"language": "as you like it"}, None, "unusable"),
        ({"language": ["de"]}, None, "unusable"),
        ({"page": "https://example.org/" + "x" * 2_000}, "https://example.org/" + "x" * 1_980, "cut"),
        ({"consent": "Yes,\nI do"}, "Yes,\nI do", None),
        ({"consent": "y" * 1_001}, "y" * 1_000, "cut"),
        ({"identity": 7.5}, None, "unusable"),
        ({"identity": "x" * 4_001}, None, "unusable"),
        ({"previous": {"chat": "c"}}, None, "unusable"),
        ({"previous": {"chat": "c", "secret": "\ud800"}}, None, "unusable"),
    ],
    ids=ascii,
)
def test_R31_each_is_taken_as_far_as_it_is_usable(said: dict[str, Any], kept: str | None, why: str | None) -> None:
    [field] = said
    frame = started(**said)
    assert getattr(frame, field) == kept
    assert frame.dropped == ({} if why is None else {field: why})


@pytest.mark.parametrize("text", [7, "", "x\x00", "\ud800"])
def test_R31_what_the_visitor_says_is_no_claim_about_them_and_is_refused_as_before(text: Any) -> None:
    with pytest.raises(Bad):
        started(text=text)


def test_R31_what_was_dropped_is_not_for_a_client_to_say() -> None:
    assert started(dropped={"name": "cut"}).dropped == {}


def test_R30_what_was_dropped_makes_no_other_command() -> None:
    told = StartChat(tenant="t", chat="c", service="s", queue="q")
    assert told.digest() == told.model_copy(update={"dropped": {"identity": "unverified"}}).digest()


@given(st.fixed_dictionaries({}, optional={"name": OVER_HTTP, "language": OVER_HTTP}))
def test_R8_a_message_is_left_whatever_is_said_of_name_and_language(said: dict[str, Any]) -> None:
    left = read_message(json.dumps({"id": "1", "text": "hello", "email": "kim@firma.local", **said}).encode())
    assert left.email == "kim@firma.local"


@given(st.fixed_dictionaries({}, optional={"from": JSON, "subject": JSON}))
def test_R3_no_call_is_lost_for_what_is_said_of_its_caller(said: dict[str, Any]) -> None:
    item = NewItem.model_validate({"kind": "call", "queue": "help", **said})
    assert item.from_ is None or len(item.from_.encode()) <= 800
