"""What servers answer, right, odd and hostile: a server that follows a script stands in for them."""

from __future__ import annotations

import asyncio
import re
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_mail.collecting import NotUnderstood
from parley_mail.collecting.responses import Fetched, Listing, fetched_of, status_of, values
from parley_mail.collecting.wording import folder, quoted

sys.path.insert(0, str(Path(__file__).parent))

from collecting_words import QUICK, Keeping, box, collecting, mail, sha, until

Answer = Callable[[bytes], bytes | None]
"""For a command without its tag: what is said before its OK, or all that is said where TAG is in it; None to say no more."""

DATE = b'INTERNALDATE "28-Nov-2026 10:00:00 +0100"'


@asynccontextmanager
async def scripted(answer: Answer, hello: bytes = b"* OK hello\r\n") -> AsyncIterator[int]:
    """A server that answers so; its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(hello)
        tag = b"*"
        while line := await reader.readline():
            head, _, command = line.rstrip(b"\r\n").partition(b" ")
            tag = head if head[:1] == b"P" and head[1:].isdigit() else tag
            said = answer(command if tag == head else line.rstrip(b"\r\n"))
            if said is None:
                break
            writer.write(
                said.replace(b"TAG", tag) if b"TAG" in said or said[:1] == b"+" else said + tag + b" OK done\r\n"
            )
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


class Script:
    """A folder with one mail, told in plain IMAP; `over` answers instead where it knows the command. `heard` is everything."""

    def __init__(
        self, over: dict[bytes, bytes | None] | None = None, raw: bytes = b"", capabilities: bytes = b"IMAP4rev1 IDLE"
    ) -> None:
        self.raw, self.over, self.capabilities = raw or mail(7), over or {}, capabilities
        self.heard: list[bytes] = []

    def __call__(self, command: bytes) -> bytes | None:
        self.heard.append(command)
        for start, said in self.over.items():
            if command.startswith(start):
                return said
        if command == b"CAPABILITY":
            return b"* CAPABILITY %b\r\n" % self.capabilities
        if command.startswith(b"SELECT"):
            return b"* 1 EXISTS\r\n* OK [UIDVALIDITY 9] hold\r\n"
        if command.startswith(b"UID FETCH") and b"BODY" not in command:
            return b"* 1 FETCH (UID 7 RFC822.SIZE %d %b)\r\n" % (len(self.raw), DATE)
        if command.startswith(b"UID FETCH 7 "):
            return b"* 1 FETCH (UID 7 BODY[]<0> {%d}\r\n%b FLAGS (\\Recent))\r\n" % (len(self.raw), self.raw)
        return b"+ idling\r\n" if command == b"IDLE" else b""


async def taken(script: Script, **fields: object) -> Keeping:
    """What the taker has when the one mail is through."""
    taker = Keeping()
    async with scripted(script) as port, collecting(taker, box(port, **fields)):
        await taker.until(lambda: bool(taker.kept or taker.refused))
    return taker


async def told(script: Script, words: str, hello: bytes = b"* OK hello\r\n", **fields: object) -> None:
    """The trouble that comes of it has these words."""
    async with scripted(script, hello) as port, collecting(Keeping(), box(port, **fields)) as collector:
        await until(lambda: words in str(collector.troubles()))


async def test_the_last_mail_is_not_taken_again_although_servers_name_it() -> None:
    taker, script = Keeping(), Script()
    async with scripted(script) as port, collecting(taker, box(port)):
        await until(
            lambda: b"UID FETCH 8:* (UID RFC822.SIZE INTERNALDATE)" in script.heard
        )  # answered with mail 7, again
        await until(lambda: b"IDLE" in script.heard)
    assert taker.asked == [("box", 9, 7)]
    assert taker.dates == [datetime(2026, 11, 28, 9, tzinfo=UTC)]


async def test_news_in_the_same_packet_in_which_idling_begins_is_heard() -> None:
    script = Script({b"UID FETCH 1:*": b"", b"IDLE": b"+ idling\r\n* 1 EXISTS\r\n"})
    taker = Keeping()
    async with scripted(script) as port, collecting(taker, box(port)):
        await until(lambda: script.heard.count(b"DONE") >= 3)  # each time at once, not after 30 s


@pytest.mark.parametrize("guessed", [1, 100_000])
async def test_R30_a_size_that_is_guessed_cuts_nothing_off(guessed: int) -> None:
    raw = mail(7, b"x" * 3000)
    listed = b"* 1 FETCH (UID 7 RFC822.SIZE %d %b)\r\n" % (guessed, DATE)
    at_end = b'* 1 FETCH (UID 7 BODY[]<%d> "")\r\n' % len(raw)
    over = {b"UID FETCH 1:*": listed, b"UID FETCH 7 (UID BODY.PEEK[]<%d." % len(raw): at_end}
    assert list((await taken(Script(over, raw))).kept.values()) == [sha(raw)]
    taker = await taken(Script({b"UID FETCH 1:*": listed.replace(b"%d" % guessed, b"10")}, raw), largest=2000)
    assert list(taker.refused.values()) == [(len(raw), "too_large")]


async def test_a_body_may_come_as_a_quoted_string() -> None:
    body = {
        b"UID FETCH 7 ": b'* 1 FETCH (UID 7 BODY[]<0> "a \\"b\\" \\\\ (c")\r\n',
        b"UID FETCH 7 (UID BODY.PEEK[]<9.": b"",
    }
    taker = await taken(Script(body, b"1"))
    assert list(taker.kept.values()) == [sha(b'a "b" \\ (c')]


NO_CONTENT = [
    b"TAG NO [SERVERBUG] it is broken\r\n",
    b"",
    b"* 1 FETCH (UID 7 BODY[]<0> NIL)\r\n",
    b'* 1 FETCH (UID 7 BODY[]<0> "")\r\n',
]


@pytest.mark.parametrize("said", NO_CONTENT)
async def test_R32_a_mail_that_the_server_cannot_give_is_passed_over(said: bytes) -> None:
    taker = await taken(script := Script({b"UID FETCH 7 ": said}))
    assert [reason for _, reason in taker.refused.values()] == ["unreadable"]
    assert sum(command.startswith(b"UID FETCH 7 ") for command in script.heard) == 5
    assert not any(command.startswith(b"UID STORE") for command in script.heard)


async def test_R30_a_server_that_says_no_for_a_while_is_asked_again() -> None:
    script, taker, pace = Script({b"UID FETCH 7 ": NO_CONTENT[0]}), Keeping(), replace(QUICK, unreadable=1000)
    async with scripted(script) as port, collecting(taker, box(port), pace=pace) as collector:
        await until(lambda: sum(command.startswith(b"UID FETCH 7 ") for command in script.heard) > 10)
        assert "mailbox box: not read (UID FETCH 7" in str(collector.troubles())
        script.over.clear()
        await taker.until(lambda: bool(taker.kept))
    assert not taker.refused


async def test_a_mail_that_somebody_else_has_moved_away_is_none() -> None:
    script = Script({b"UID FETCH 7 ": b"", b"UID FETCH 7:*": b""})
    taker = Keeping()
    async with scripted(script) as port, collecting(taker, box(port)) as collector:
        await until(lambda: b"IDLE" in script.heard)
        await until(lambda: not collector.troubles())
    assert not taker.kept
    assert not taker.refused


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({b"SELECT": b"* 1 EXISTS\r\n"}, "no UIDVALIDITY"),
        (
            {b"NOOP": b"", b"SELECT": b"* OK [UIDVALIDITY 9] a\r\n* OK [UIDVALIDITY 10] b\r\n"},
            "numbered the folder anew",
        ),
        ({b"UID FETCH 1:*": b"* 1 FETCH (UID 1 {4000000000}\r\n"}, "4000000000 bytes, which nobody asked for"),
        ({b"UID FETCH 1:*": b"* " + b"x" * 200_000 + b"\r\n"}, "a line of more than"),
        ({b"UID FETCH 1:*": b"* 1 FETCH (UID 1 ((\r\n"}, "leaves a list open"),
        ({b"UID FETCH 1:*": b"* 1 FETCH (UID x)\r\n"}, "no number"),
        ({b"UID FETCH 1:*": b"nonsense\r\n"}, "what was not asked"),
        (
            {b"UID FETCH 1:*": b"* BYE the disk is full\r\n* 1 FETCH (UID 1 {70}\r\nTAG"},
            "the server says: the disk is full",
        ),
        ({b"UID FETCH 1:*": b"* 1 FETCH (UID 1 {70}\r\nTAG"}, "no answer for 0.5 s"),
        ({b"UID FETCH 1:*": None}, "has closed the connection"),
        ({b"LOGIN": b"TAG NO [UNAVAILABLE] the directory is down\r\n"}, "not reached (the server takes nobody now"),
        ({b"LOGIN": b"TAG NO \x07never\x1b[0m\r\n"}, "login refused (never[0m)"),
        ({b"SELECT": b"TAG NO it is locked\r\n"}, "folder missing (it is locked)"),
    ],
)
async def test_R33_what_is_wrong_with_a_server_is_told(over: dict[bytes, bytes | None], words: str) -> None:
    pace = replace(QUICK, patience=0.5)
    async with scripted(Script(over)) as port, collecting(Keeping(), box(port), pace=pace) as collector:
        await until(lambda: words in str(collector.troubles()))


async def test_R33_a_server_that_takes_nobody_or_is_none_is_told() -> None:
    await told(Script(), "the server says: too many", b"* BYE too many\r\n")
    await told(Script(), "this is no IMAP server", b"220 mail.example.org ESMTP\r\n")
    await told(Script({b"STARTTLS": b"TAG BAD no\r\n"}), "no STARTTLS", security="starttls")
    await told(Script(capabilities=b"IMAP4rev1 LOGINDISABLED"), "takes no passwords")


async def test_passwords_of_any_letters_and_tokens_log_in() -> None:
    plain = Script(capabilities=b"IMAP4rev1 IDLE AUTH=PLAIN", over={b"AUTHENTICATE PLAIN": b"+ \r\n"})
    plain.over[b"AHN1"] = b""
    await taken(plain, password='pä"ß\\w')
    assert (
        b64decode(next(said for said in plain.heard if said.startswith(b"AHN1"))).split(b"\0")[2] == 'pä"ß\\w'.encode()
    )

    literal = Script({b"LOGIN {": b"+ go\r\n", b"support@example.org {": b"+ go\r\n", "pä".encode(): b""})
    await taken(literal, password="pä")
    assert [b"LOGIN {19}", b"support@example.org {3}", "pä".encode()] == literal.heard[1:4]

    async def token() -> str:
        return "t0ken"

    oauth = Script({b"AUTHENTICATE XOAUTH2": b"+ \r\n", b"dXNl": b""})
    await taken(oauth, password="", token=token)
    assert b64decode(oauth.heard[2]) == b"user=support@example.org\x01auth=Bearer t0ken\x01\x01"


async def test_R33_a_refused_token_is_told() -> None:
    async def token() -> str:
        return "old"

    async def none() -> str:
        raise OSError("the token server is down")

    refused = {
        b"AUTHENTICATE": b"+ \r\n",
        b"dXNl": b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n",
        b"": b"TAG NO it has expired\r\n",
    }
    script = Script({b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n", **refused})
    await told(script, "login refused (it has expired)", password="", token=token)
    await told(Script(), "not reached (there is no token: the token server is down)", password="", token=none)


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "mail.example.org"},
        {"password": ""},
        {"password": "a\r\nb"},
        {"user": "a\0"},
        {"folder": "a\nb"},
        {"port": 0},
        {"security": "ssl"},
        {"afterwards": "move"},
        {"moved_to": "x"},
        {"afterwards": "move", "moved_to": "INBOX"},
        {"not_before": datetime(2026, 1, 1)},
        {"authorities": "/nowhere/at.all"},
        {"largest": 0},
    ],
)
def test_R31_a_mailbox_that_cannot_work_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="mailbox 'box'"):
        box(**({"port": 1} | fields))  # type: ignore[arg-type]


def test_a_password_is_in_no_representation() -> None:
    assert "secret" not in repr(box(1))


PARTS = st.lists(
    st.binary(max_size=60) | st.sampled_from([b"(UID 4 ", b"BODY[] ", b'"', b"\\", b"NIL)", b"[", b"]"]), min_size=1
)


@given(PARTS.map(lambda parts: [b"1 FETCH " + parts[0], *parts[1:]]))
def test_R31_whatever_a_server_sends_is_read_or_not_understood(parts: list[bytes]) -> None:
    for part in parts:
        status_of(part)
    try:
        values(parts)
        fetched_of(parts)
    except NotUnderstood:
        return


@given(st.permutations(range(1, 31)), st.integers(1, 10))
def test_R30_a_listing_has_no_gap(uids: list[int], most: int) -> None:
    listing = Listing(most)
    for uid in uids:
        listing.add(Fetched(uid, 1, None, None))
        assert len(listing._found) < 2 * most
    first = [mail.uid for mail in listing.first()]
    assert first == sorted(set(uids))[: len(first)]
    assert len(first) >= min(most, len(set(uids)))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_a_folder_s_name_is_written_so_that_it_can_be_read(name: str) -> None:
    def back(found: object) -> str:
        return "&" if found[1] == "" else b64decode(found[1].replace(",", "/") + "===").decode("utf-16-be")  # type: ignore[index]

    (written,) = values([folder(name)])
    assert isinstance(written, bytes)
    assert re.sub(r"&([^-]*)-", back, written.decode("ascii")) == name


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"OK", ("OK", "", "")),
        (b"ok [read-write] done", ("OK", "READ-WRITE", "done")),
        (b"NO [UNAVAILABLE]", ("NO", "UNAVAILABLE", "")),
        (b"BAD \x1b[31mred", ("BAD", "", "[31mred")),
        (b"OKAY then", None),
        (b"NOTHING", None),
        (b"3 EXISTS", None),
    ],
)
def test_a_status_is_read(said: bytes, status: tuple[str, str, str] | None) -> None:
    assert status_of(said) == status


def test_what_is_no_quoted_string_is_none() -> None:
    assert quoted(b'a"\\b') == b'"a\\"\\\\b"'
    assert quoted("ä".encode()) is None
    assert quoted(b"a\r\nb") is None
