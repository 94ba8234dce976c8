"""R31: whatever bytes come in, a `ReadMail` or a `MailRefused` comes out, within bounds; whatever HTML, it loads and runs nothing."""

from __future__ import annotations

import contextlib
import os
import time

import pytest
from harmless import harms, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_programs import PROGRAMS
from mail_shapes import mail
from mail_tricks import BROKEN, TRICKS
from parley_mail import cleaning, markup, quoting
from parley_mail.cleaning import charset, decoded
from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from parley_mail.values import Limits
from test_reading import check_bounds, is_fit

TRIES = int(os.environ.get("PARLEY_TRIES", "100"))
GOOD = [each.raw for each in (*PROGRAMS.values(), *BROKEN.values()) if 0 < len(each.raw) < 20_000]
HEADERS = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "References",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
]
PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"=?utf-8?b?",
        b"?=",
        b'"',
        b"(",
        b")",
        b"<",
        b">",
        b";",
        b"=",
        b"*0*=",
        b"''%",
        b"--",
        b"boundary",
        b"@",
        b":",
        b",",
        b"\xff",
        b"\\",
        b"[",
        b"]",
        b"%",
        b" ",
        b"\xed\xa0\x80",
    ]
)


def judged(raw: bytes) -> None:
    began = time.process_time()
    try:
        found = read(raw, loop_mark="here-7")
    except MailRefused as refused:
        if refused.__cause__ is not None:
            raise refused.__cause__ from None
    else:
        check_bounds(found)
    assert time.process_time() - began < 2


@given(raw=st.binary(max_size=3_000))
@settings(max_examples=TRIES)
def test_R31_any_bytes(raw: bytes) -> None:
    judged(raw)
    judged(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + raw)


@given(raw=st.sampled_from(GOOD), data=st.data())
@settings(max_examples=3 * TRIES)
def test_R31_good_mails_with_something_wrong(raw: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        until = data.draw(st.integers(at, min(len(raw), at + 40)))
        raw = (
            raw[:at]
            + data.draw(PIECES | st.binary(max_size=6)) * data.draw(st.sampled_from([0, 1, 1, 3, 60]))
            + raw[until:]
        )
    judged(raw)


@given(name=st.sampled_from(HEADERS), value=st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join))
@settings(max_examples=3 * TRIES)
def test_R31_any_header(name: str, value: bytes) -> None:
    judged(name.encode() + b": " + value + b"\r\nX: y\r\n\r\nText")
    judged(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + name.encode()
        + b": "
        + value
        + b"\r\n\r\nText\r\n--b--\r\n"
    )


MARKUP = st.lists(
    st.sampled_from([*TRICKS.values()][:-3])
    | st.sampled_from(
        [
            "<p",
            ">",
            "</p>",
            "<svg>",
            "</svg>",
            "<math>",
            "<style>",
            "</style>",
            "<!--",
            "-->",
            "<a href=",
            "<img src=",
            "'",
            '"',
            " onerror=alert(1)",
            "javascript:",
            "cid:x",
            "<![CDATA[",
            "]]>",
            "<title>",
            "</title>",
            "<noscript>",
            "<template>",
            "<table>",
            "<tr>",
            "<td>",
            "<select>",
            "<option>",
            "<textarea>",
            "<xmp>",
            "<plaintext>",
            'style="color:red;background:url(x)"',
            "&lt;",
            "&#x3c;",
            "&colon;",
            "&Tab;",
            "<b>",
            "</b>",
            "<font color=red>",
            "<form>",
            "<br/>",
            "x",
            " ",
            "=",
            "/",
            "\0",
            "\x0c",
        ]
    )
    | st.text(max_size=5),
    max_size=25,
).map("".join)


@pytest.mark.slow
@given(raw=MARKUP)
@settings(max_examples=5 * TRIES)
def test_R31_no_html_loads_or_runs_anything(raw: str) -> None:
    made = markup.rendered(raw, 10_000, 20_000)
    assert not harms(made.html)
    # The judge alone, without what is written anew before it.
    assert not harms(markup.sanitised(raw))
    assert tree(markup.sanitised(made.html)) == tree(made.html)
    placed = markup.with_pictures(
        raw, {"x": ("image/png", b"1"), "a": ("image/svg+xml", b"<svg onload=alert(1)>"), "b": ("text/html", b"")}
    )
    assert "data:image/svg" not in placed
    assert "data:text" not in placed
    assert not harms(placed.replace('src="data:image/png;base64,MQ=="', 'src="cid:x"'))


@pytest.mark.parametrize("raw", TRICKS.values(), ids=TRICKS)
def test_R31_each_trick_alone_is_harmless(raw: str) -> None:
    assert not harms(markup.rendered(raw, 10_000, 20_000).html)
    if len(raw) < 10_000:
        assert not harms(markup.sanitised(raw))


@given(
    text=st.lists(
        st.sampled_from(
            [
                "Von: a@b\n",
                "Betreff: x\n",
                "> ",
                ">",
                "\n",
                "Am 3.11. schrieb A:\n",
                "On 1, A wrote:\n",
                "-----Original Message-----\n",
                "____",
                "Text\n",
                "Gesendet: x\n",
            ]
        )
        | st.text(max_size=8),
        max_size=40,
    ).map("".join)
)
def test_R35_nothing_of_a_text_is_lost_by_folding(text: str) -> None:
    top, quoted = quoting.parted(text)
    assert sorted(f"{top}\n{quoted}".split()) == sorted(text.split())
    assert top.strip() or not text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Von: a\n" * 50_000,
        "> a\n" * 50_000,
        "Am \n" * 50_000,
        "Am " * 100_000,
        "\n" * 200_000,
        "On wrote\n" * 20_000,
        "- " * 100_000,
        "a schrieb " * 20_000 + ":",
        "Am 1 hat " * 20_000 + "geschrieben:",
    ],
)
def test_R31_folding_takes_no_longer_for_what_is_made_for_it(text: str) -> None:
    began = time.process_time()
    quoting.parted(text)
    assert time.process_time() - began < 1.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "raw",
    [
        "<div>" * 400_000,
        "<b>" * 600_000,
        "&" * 1_900_000,
        "<a " * 600_000,
        "<p " + "".join(f"a{each}=1 " for each in range(150_000)) + ">",
        "<!--" * 400_000,
        "<td><table>" * 150_000,
        "&amp;" * 380_000,
        "<font size=1>" * 140_000,
        "<a href=http://x>" * 110_000,
        "style=" * 300_000,
        "<li>" * 480_000,
        "<pre>" + "\n" * 900_000,
        "<p style='" + "color:red;" * 180_000 + "'>",
    ],
)
def test_R31_html_takes_no_longer_for_what_is_made_for_it(raw: str) -> None:
    limits = Limits()
    began = time.process_time()
    markup.rendered(raw[: limits.markup_characters], limits.text_characters, limits.shown_characters)
    assert time.process_time() - began < 5


ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60) | st.text(
    "\ud800\udc00\0\r\n\u2028\u202e\ufeff\x85 a", max_size=30
)


@given(raw=ANY)
def test_R31_a_clean_text_can_be_stored_shown_and_sent(raw: str) -> None:
    assert is_fit(cleaning.text(raw))
    assert is_fit(cleaning.line(raw, 20), lines=False)
    assert len(cleaning.line(raw, 20)) <= 20
    assert cleaning.text(cleaning.text(raw)) == cleaning.text(raw)


NASTY = ["(", ";", "@", "=?a?q?x?= ", "a*0*=x;", "<a"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "header",
    ["From", "Content-Type", "Content-Disposition", "References", "Subject"],
)
@pytest.mark.parametrize("piece", NASTY)
def test_R31_headers_take_no_longer_for_what_is_made_for_them(header: str, piece: str) -> None:
    line = f"{header}: text/plain; {piece * (60_000 // len(piece))}\r\n".encode()
    part = b"--b\r\n" + line + b"\r\nx\r\n"
    mail = (
        line * 300
        + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * 190
        + b"--b--\r\n"
    )
    began = time.process_time()
    with contextlib.suppress(MailRefused):
        read(mail)
    assert time.process_time() - began < 8


@given(
    raw=st.binary(max_size=200),
    named=st.text(max_size=20)
    | st.sampled_from(
        [
            "utf-16",
            "utf-7",
            "idna",
            "punycode",
            "hz",
            "iso-2022-jp",
            "unicode_escape",
            "undefined",
            "rot13",
            "zlib",
            "mbcs",
            "utf-8-sig",
            "base64",
        ]
    ),
)
def test_R31_every_charset_reads_something(raw: bytes, named: str) -> None:
    assert isinstance(decoded(raw, named), str)
    assert isinstance(charset(named), str)


def test_R31_limits_are_those_that_are_given() -> None:
    small = Limits(bytes=2_000, parts=2, depth=1, text_characters=10, shown_characters=100)
    with pytest.raises(MailRefused, match="too_large"):
        read(mail("text/plain", "x" * 3_000), limits=small)
    found = read(mail("text/plain", "x" * 1_000), limits=small)
    assert (found.text, found.cut) == ("x" * 10, True)
