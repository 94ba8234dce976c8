"""Mails are collected from a real server, Debian's Dovecot, over TLS."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from parley_mail.collecting import Mailbox, Pace
from servers import Unavailable

sys.path.insert(0, str(Path(__file__).parent))

from collecting_words import EVERY_BYTE, QUICK, Keeping, box, collecting, mail, sha, until
from private_dovecot import DOVECOT, MISSING, Dovecot

KIM = "kim@example.org"

Start = Callable[[str], Dovecot]


@pytest.fixture
def start(missing: Callable[..., NoReturn]) -> Iterator[Start]:
    """Starts one, with more lines of configuration."""
    if DOVECOT is None:
        missing("Dovecot", Unavailable(MISSING), "PARLEY_REQUIRE_DOVECOT")
    started: list[Dovecot] = []

    def one(more: str) -> Dovecot:
        started.append(Dovecot(more))
        started[-1].start()
        return started[-1]

    yield one
    for dovecot in started:
        dovecot.end()


@pytest.fixture
def dovecot(start: Start) -> Dovecot:
    return start("")


def at(dovecot: Dovecot, security: str = "tls", **fields: object) -> Mailbox:
    """Kim's mailbox there."""
    port = dovecot.tls_port if security == "tls" else dovecot.port
    there = {"host": "localhost", "security": security, "user": KIM, "authorities": dovecot.authority}
    return box(port, **(there | fields))


def crlf(raw: bytes) -> bytes:
    """As an IMAP server gives lines."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.mark.slow
@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_R30_200_mails_arrive_in_order_and_once(dovecot: Dovecot, security: str) -> None:
    for number in range(1, 201):
        dovecot.deliver(KIM, number, mail(number))
    taker = Keeping()
    async with collecting(taker, at(dovecot, security)):
        await taker.until(lambda: len(taker.kept) == 200)
    assert taker.uids() == list(range(1, 201))
    assert list(taker.kept.values()) == [sha(mail(number)) for number in range(1, 201)]


async def test_R30_bytes_are_kept_as_the_server_gives_them(dovecot: Dovecot) -> None:
    """Dovecot ends each line with CR LF, and has no NUL in a mail: IMAP knows none (RFC 3501, CHAR8)."""
    large = mail(2, os.urandom(2_500_000).replace(b"\0", b"0"))
    dovecot.deliver(KIM, 1, mail(1, EVERY_BYTE[1:] * 3 + b"\r\n.\r\n) {3}\r\nP1 OK done\r\n"))
    dovecot.deliver(KIM, 2, large)
    dovecot.deliver(KIM, 3, mail(3, b"a\0b\r\n"))
    taker = Keeping()
    async with collecting(taker, at(dovecot)):
        await taker.until(lambda: len(taker.kept) == 3)
    told = mail(1, EVERY_BYTE[1:] * 3 + b"\r\n.\r\n) {3}\r\nP1 OK done\r\n")
    assert list(taker.kept.values()) == [sha(crlf(told)), sha(crlf(large)), sha(mail(3, b"a\x80b\r\n"))]


async def test_a_new_mail_wakes_whoever_idles(dovecot: Dovecot) -> None:
    taker = Keeping()
    async with collecting(taker, at(dovecot)) as collector:
        await until(lambda: collector._followed[0]._down_since is None)
        for number in range(1, 4):
            dovecot.deliver(KIM, number, mail(number))
            await taker.until(lambda number=number: len(taker.kept) == number)  # type: ignore[misc]
    assert taker.uids() == [1, 2, 3]


async def test_R30_nothing_is_lost_or_doubled_when_the_server_is_killed(dovecot: Dovecot) -> None:
    for number in range(1, 101):
        dovecot.deliver(KIM, number, mail(number))
    taker = Keeping()
    async with collecting(taker, at(dovecot)) as collector:
        for kills in range(1, 4):
            await taker.until(lambda kills=kills: len(taker.kept) > 30 * kills)  # type: ignore[misc]
            await asyncio.to_thread(dovecot.kill)
            dovecot.deliver(KIM, 100 + kills, mail(100 + kills))
            await until(collector.troubles)
            await asyncio.to_thread(dovecot.start)
        await taker.until(lambda: len(taker.kept) == 103)
        await until(lambda: not collector.troubles())
    assert len(set(taker.kept.values())) == 103
    assert taker.uids() == sorted(taker.uids())


async def test_R30_another_validity_brings_everything_again(dovecot: Dovecot) -> None:
    dovecot.deliver(KIM, 1, mail(1)), dovecot.deliver(KIM, 2, mail(2))
    taker = Keeping()
    async with collecting(taker, at(dovecot, afterwards="nothing")):
        await taker.until(lambda: len(taker.kept) == 2)
        dovecot.kill()
        dovecot.renumber(KIM)
        dovecot.start()
        await taker.until(lambda: len(taker.kept) == 4)
    assert len({validity for _, validity, _ in taker.kept}) == 2
    assert len(set(taker.kept.values())) == 2


async def test_a_mail_is_marked_or_moved_and_never_deleted(dovecot: Dovecot) -> None:
    dovecot.place(KIM, "K&APY-ln &- Umgebung")  # Köln & Umgebung
    dovecot.deliver(KIM, 1, mail(1)), dovecot.deliver(KIM, 2, mail(2, b"x" * 2000))
    taker = Keeping()
    async with collecting(taker, at(dovecot, largest=1000)):
        await until(lambda: len(taker.kept) == 1 and len(taker.refused) == 1)
        await until(lambda: any(path.name.endswith("S") for path in (dovecot.place(KIM) / "cur").iterdir()))
    taker.notes.clear()
    async with collecting(taker, at(dovecot, afterwards="move", moved_to="Köln & Umgebung", largest=1000)) as collector:
        moved = dovecot.place(KIM, "K&APY-ln &- Umgebung") / "cur"
        await until(lambda: len(list(moved.iterdir())) == 1)
        await until(lambda: len(list((dovecot.place(KIM) / "cur").iterdir())) == 1)  # the one that is too large
        assert collector.notices() == []


async def test_R33_a_refused_login_and_a_missing_folder_are_told(dovecot: Dovecot) -> None:
    wrong, lost = at(dovecot, password="wrong"), at(dovecot, name="lost", folder="Nowhere")
    async with collecting(Keeping(), wrong, lost) as collector:
        await until(lambda: "mailbox box: login refused" in str(collector.troubles()))
        await until(lambda: "mailbox lost: folder missing" in str(collector.troubles()))


async def test_R33_a_certificate_that_nobody_knows_is_not_believed(dovecot: Dovecot) -> None:
    for security in ("tls", "starttls"):
        async with collecting(Keeping(), at(dovecot, security, authorities=None)) as collector:
            await until(lambda collector=collector: "CERTIFICATE_VERIFY_FAILED" in str(collector.troubles()))  # type: ignore[misc]


async def test_a_server_without_idle_is_asked(start: Start) -> None:
    dovecot, taker = start("imap_capability = IMAP4rev1 UIDPLUS\n"), Keeping()
    async with collecting(taker, at(dovecot, afterwards="move", moved_to="Done"), pace=QUICK) as collector:
        await until(lambda: collector.notices())
        assert "cannot move" in collector.notices()[0]
        for number in (1, 2):
            dovecot.deliver(KIM, number, mail(number))
            await taker.until(lambda number=number: len(taker.kept) == number)  # type: ignore[misc]


async def test_R33_a_server_that_stands_still_is_left(dovecot: Dovecot) -> None:
    """Stopped, not ended: the connection lives, and nobody answers."""
    taker = Keeping()
    pace = Pace(first=0.01, longest=0.05, idle=0.2, patience=0.3, told_after=0)
    async with collecting(taker, at(dovecot), pace=pace) as collector:
        await until(lambda: collector._followed[0]._down_since is None)
        assert dovecot._process is not None
        os.killpg(dovecot._process.pid, signal.SIGSTOP)
        try:
            await until(lambda: "not reached" in str(collector.troubles()))
        finally:
            os.killpg(dovecot._process.pid, signal.SIGCONT)
        dovecot.deliver(KIM, 1, mail(1))
        await taker.until(lambda: len(taker.kept) == 1)
