"""R31: a stranger's file is saved and never run, under a name that is one."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_mail.contents import type_of
from parley_mail.disposition import FRAME_POLICY, framed, saved, shown
from parley_mail.names import MOST, safe_name

ODD = st.text(st.characters(), max_size=300) | st.text(
    "./\\:\"'<>|?*%;= \r\n\x00\u202e\u200b\ufeffäß.exe", max_size=200
)


@given(name=ODD)
def test_R31_a_name_leads_nowhere_and_cannot_mislead(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= MOST
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]', safe)
    assert safe.strip(" .") == safe
    assert safe_name(safe) == safe
    safe.encode()


@pytest.mark.parametrize("name", ["con", "AUX.txt", "lpt1.pdf", "nul"])
def test_R31_no_name_is_a_device(name: str) -> None:
    assert safe_name(name) == f"_{name}"


def test_R31_a_long_name_keeps_what_says_what_opens_it() -> None:
    assert safe_name("a" * 500 + ".pdf") == "a" * (MOST - 4) + ".pdf"


@given(
    name=ODD,
    kind=st.sampled_from(["text/html", "image/svg+xml", "application/pdf", "text/xml", "", "image/png\r\nX: y"]),
)
def test_R31_whatever_it_is_a_browser_saves_it(name: str, kind: str) -> None:
    for headers in (saved(name), shown(name, kind)):
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        value = headers["Content-Disposition"]
        assert value.isascii()
        assert value.isprintable()
        read = Message()
        read["Content-Disposition"] = value
        assert read.get_content_disposition() == "attachment"
        whole = re.search(r"filename\*=UTF-8''([^;\s]+)$", value)
        assert whole
        assert unquote(whole[1]) == safe_name(name)


def test_R31_a_picture_is_shown_by_what_it_is() -> None:
    assert shown("a.png", "image/png")["Content-Disposition"] == "inline"
    assert shown("a.png", "image/png")["Content-Type"] == "image/png"
    assert shown("a.png", type_of(b"<svg xmlns='x'/>"))["Content-Disposition"].startswith("attachment")


def test_R31_the_frame_of_a_mail_runs_and_loads_nothing_from_elsewhere() -> None:
    assert framed()["Content-Security-Policy"] == FRAME_POLICY
    assert "allow-scripts" not in FRAME_POLICY
    assert "allow-same-origin" not in FRAME_POLICY
    assert "default-src 'none'" in FRAME_POLICY
    assert "http" not in FRAME_POLICY


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-empty"),
        (b"MZ\x90\0" + bytes(60), "application/x-msdownload"),
        (b"#!/bin/sh\nrm -rf /", "text/x-shellscript"),
        (b"  \n<!DOCTYPE HTML><p>", "text/html"),
        ("<script>".encode("utf-16"), "text/html"),
        (b"Hallo <b>Welt</b>", "text/plain"),
        (b"<?xml version='1.0'?><x/>", "text/xml"),
        (
            b"<?xml version='1.0'?><!-- " + b"x" * 3_000 + b" --><s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
            "image/svg+xml",
        ),
        (b"junk\n%PDF-1.4", "application/pdf"),
        (b"From: a@b\r\nSubject: x\r\n\r\n", "message/rfc822"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
        ("Grüße".encode("latin-1"), "text/plain"),
        (bytes(range(1, 256)), "application/octet-stream"),
        (b"BEGIN:VCALENDAR\r\n", "text/calendar"),
    ],
)
def test_R31_what_a_file_is_follows_from_its_content(content: bytes, kind: str) -> None:
    assert type_of(content) == kind


@given(content=st.binary(max_size=400))
def test_R31_every_content_has_a_type(content: bytes) -> None:
    assert re.fullmatch(r"[a-z]+/[A-Za-z0-9.+-]+", type_of(content))
