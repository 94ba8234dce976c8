"""R24, R31: what is typed of a contact, and the frames about who it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_gateway.contacts.contact_checks import ContactTyped, email
from parley_gateway.sockets.frames import AGENT, VISITOR, Bad, IdentifyFrame, VisitorTranscript, read_frame
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("kim@example.org", "kim@example.org"),
        (" Kim.Vogel+jugs@Example.ORG ", "Kim.Vogel+jugs@example.org"),
        ("jörg@müller.example.org", "jörg@müller.example.org"),
        ("kim@example", "kim@example"),
        ("kim@firma.local", "kim@firma.local"),
        ("kim.@Docomo.example.org", "kim.@docomo.example.org"),
    ],
)
def test_R24_an_address_is_kept_as_it_is_written_to(typed: str, kept: str) -> None:
    assert email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "kim", "@example.org", "kim@", "a b@example.org", "k@e.org\nBcc: x@y.org", "\ud800@e.org", "k@@e.org"],
)
def test_R31_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="is no e-mail address") as refused:
        email(typed)
    assert refused.value.code == "bad_request"


@pytest.mark.parametrize(
    "typed", ["030 1234567", "+49 (0)30/1234567", "0800 FLOWERS", "110", "12", "1", "none", "+999 123456"]
)
def test_R24_a_number_is_kept_as_it_was_typed(typed: str) -> None:
    assert ContactTyped(name="Kim", phones=(typed,)).fields("DE").phones == (typed,)


def test_R24_what_can_be_dialled_from_anywhere_stands_beside_it_by_the_companys_country() -> None:
    typed = ContactTyped(name="Kim", phones=("212 555 0123 ext. 7", "+49 30 5550151", "110"))
    assert typed.fields("US").numbers == ("+12125550123;ext=7", "+49305550151")
    assert typed.fields("ZZ").numbers == ("+49305550151",)


@given(st.text(st.characters()))
def test_R31_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        email(text).encode()
    except Refused as refusal:
        refusal.message.encode()


def test_R24_any_text_is_a_name_and_the_same_twice_is_once() -> None:
    name = "<b onload=x>Kim</b> ' OR 1=1 \u202eגנ"
    typed = ContactTyped(
        name=f"  {name}\n", emails=("a@e.org", "a@E.org"), phones=("030 1234567", "030  1234567"), notes=""
    )
    fields = typed.fields("DE")
    seen = name.replace("\u202e", "")
    assert (fields.name, fields.emails, fields.phones, fields.notes) == (seen, ("a@e.org",), ("030 1234567",), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " \u200b\u202e "},
        {"phones": ("",)},
        {"phones": ("030\x0012",)},
        {"phones": ("1" * 101,)},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"name": "\ud800"},
        {"emails": ("nobody",)},
        {"emails": tuple(f"a{n}@e.org" for n in range(21))},
        {"notes": "x" * 4_001},
        {"colour": "red"},
    ],
)
def test_R31_what_a_contact_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ContactTyped.model_validate({"name": "Kim", **wrong})


def read(kinds: Any, **frame: Any) -> Any:
    return read_frame(json.dumps({"id": "1", **frame}), kinds)


def test_R24_the_frames_about_who_it_is_and_where_the_transcript_goes() -> None:
    for contact in ("kim", None):
        frame = read(AGENT, type="identify", item="c1", contact=contact)
        assert isinstance(frame, IdentifyFrame)
        assert frame.contact == contact
    frame = read(VISITOR, type="transcript", to="kim@example.org")
    assert isinstance(frame, VisitorTranscript)
    assert (frame.to, frame.language) == ("kim@example.org", "en")


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": "c1"},
        {"item": "c1", "contact": ""},
        {"item": "c1", "contact": 7},
        {"item": "c1", "contact": "x" * 65},
        {"item": "c1", "contact": "a\x00"},
        {"contact": "kim"},
    ],
)
def test_R31_a_frame_that_does_not_say_who_or_which_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Bad) as bad:
        read(AGENT, type="identify", **wrong)
    assert bad.value.code == "bad_request"


@pytest.mark.parametrize("wrong", [{}, {"to": 7}, {"to": "x" * 201}, {"to": "a@e.org", "language": "fr"}])
def test_R31_a_transcript_goes_nowhere_unless_it_is_said_where(wrong: dict[str, Any]) -> None:
    with pytest.raises(Bad) as bad:
        read(VISITOR, type="transcript", **wrong)
    assert bad.value.code == "bad_request"
