"""Mails are collected from the demonstration's server: in order, none left out, none twice, whatever crashes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosmtplib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_mail.collecting import Following, LoginRefused, NotReached, Pace
from parley_ops.demo_mail import DemoMail

sys.path.insert(0, str(Path(__file__).parent))

from collecting_words import EVERY_BYTE, QUICK, Crash, Keeping, box, collecting, mail, sha, until

COMPANY = "support@example.org"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DemoMail]:
    started = DemoMail(tmp_path / "mails", [COMPANY, "sales@example.org"], "secret")
    await started.start()
    yield started
    await started.stop()


@pytest.mark.slow
async def test_R30_200_mails_arrive_in_order_and_once(server: DemoMail) -> None:
    sent = {server.deliver(COMPANY, mail(number)): sha(mail(number)) for number in range(200)}
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)) as collector:
        await taker.until(lambda: len(taker.kept) == 200)
        await until(lambda: not collector.troubles())
    assert taker.uids() == list(range(1, 201))
    assert {uid: digest for (_, _, uid), digest in taker.kept.items()} == sent
    assert all(date.tzinfo is not None for date in taker.dates)


async def test_R30_long_listings_come_in_parts(server: DemoMail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_mail.collecting.connection.MOST_LISTED", 7)
    for number in range(50):
        server.deliver(COMPANY, mail(number))
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)):
        await taker.until(lambda: len(taker.kept) == 50)
    assert taker.uids() == list(range(1, 51))


async def test_R30_every_byte_is_kept(server: DemoMail) -> None:
    raw = mail(1, EVERY_BYTE * 3 + b"\n.\r\n\r\r\nFrom here\r\n) {3}\r\nP1 OK done\r\n* BYE\r\n")
    large = mail(2, os.urandom(2_500_000))  # several pieces
    server.deliver(COMPANY, raw), server.deliver(COMPANY, large), server.deliver(COMPANY, b"")
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)):
        await taker.until(lambda: len(taker.kept) == 3)
    assert list(taker.kept.values()) == [sha(raw), sha(large), sha(b"")]


async def test_a_new_mail_wakes_whoever_idles(server: DemoMail) -> None:
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)) as collector:
        await until(lambda: collector._followed[0]._down_since is None)
        for number in range(1, 6):  # with nothing but the server's word: the next look of its own is 30 s away
            server.deliver(COMPANY, mail(number))
            await taker.until(lambda number=number: len(taker.kept) == number)  # type: ignore[misc]
    assert taker.uids() == [1, 2, 3, 4, 5]


async def test_a_mail_that_was_taken_is_marked_as_read_and_stays(server: DemoMail) -> None:
    server.deliver(COMPANY, mail(1)), server.deliver(COMPANY, mail(2, b"x" * 1000))
    taker = Keeping()
    async with collecting(taker, box(server.imap_port, largest=900)):
        await taker.until(lambda: len(taker.kept) + len(taker.refused) == 2)
        await until(lambda: server.mails.mail(COMPANY, 1).flags)  # type: ignore[union-attr]
    assert [kept.flags for kept in server.mails.mails(COMPANY)] == [{"\\Seen"}, frozenset()]


async def test_a_mail_is_marked_although_it_crashed_before(server: DemoMail) -> None:
    server.deliver(COMPANY, mail(1))
    taker = Keeping(["after"])
    await _dying(Following(box(server.imap_port), taker, QUICK))
    assert not server.mails.mail(COMPANY, 1).flags  # type: ignore[union-attr]
    async with collecting(taker, box(server.imap_port)):
        await until(lambda: server.mails.mail(COMPANY, 1).flags)  # type: ignore[union-attr]
    assert taker.asked == taker.order


async def test_what_is_too_large_is_refused_without_being_fetched(server: DemoMail) -> None:
    for number, size in enumerate([10, 40_000, 20], 1):
        server.deliver(COMPANY, mail(number, b"x" * size))
    asked: list[int] = []
    reading = server.mails.content
    server.mails.content = lambda address, uid, *cut: asked.append(uid) or reading(address, uid, *cut)  # type: ignore[method-assign, func-returns-value]
    taker = Keeping()
    async with collecting(taker, box(server.imap_port, largest=30_000)):
        await taker.until(lambda: len(taker.kept) == 2)
    ((key, told),) = taker.refused.items()
    assert (key[2], told) == (2, (len(mail(2, b"x" * 40_000)), "too_large"))
    assert set(asked) == {1, 3}
    assert taker.uids() == [1, 3]


async def test_R30_another_validity_brings_everything_again(server: DemoMail) -> None:
    for number in (1, 2, 3):
        server.deliver(COMPANY, mail(number))
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)):
        await taker.until(lambda: len(taker.kept) == 3)
    server.mails.renumber(COMPANY)
    async with collecting(taker, box(server.imap_port)):
        await taker.until(lambda: len(taker.kept) == 6)
    (old, new) = dict.fromkeys(validity for _, validity, _ in taker.order)
    assert taker.order == [("box", old, uid) for uid in (1, 2, 3)] + [("box", new, uid) for uid in (1, 2, 3)]
    assert len(set(taker.kept.values())) == 3  # so that the taker can tell that it has them


async def test_R30_a_server_that_was_gone_is_reached_again(server: DemoMail, tmp_path: Path) -> None:
    server.deliver(COMPANY, mail(1))
    taker = Keeping()
    async with collecting(taker, box(server.imap_port)) as collector:
        await taker.until(lambda: len(taker.kept) == 1)
        await server.stop()
        await until(collector.troubles)
        assert "mailbox box: not reached" in collector.troubles()[0]
        again = DemoMail(tmp_path / "mails", [COMPANY], "secret", imap_port=server.imap_port)
        again.deliver(COMPANY, mail(2))
        await again.start()
        await taker.until(lambda: len(taker.kept) == 2)
        await until(lambda: not collector.troubles())
        await again.stop()
    assert taker.asked == taker.order


async def test_R33_a_refused_login_is_told_and_not_hammered(server: DemoMail) -> None:
    following = Following(
        box(server.imap_port, password="wrong"), Keeping(), Pace(first=0, refused=300, refused_longest=900)
    )
    running = asyncio.create_task(following.run())
    await until(following.troubles)
    running.cancel()
    assert "login refused (the password is another one)" in following.troubles()[0]
    pauses = [following._pause()]
    for _ in range(3):
        with pytest.raises(LoginRefused) as refused:
            await following._once()
        following._failed(refused.value)
        pauses.append(following._pause())
    assert pauses == [300, 600, 900, 900]
    following._failed(NotReached("it is down"))
    assert following._pause() < 300


def test_R33_a_server_that_is_down_is_tried_less_and_less_often() -> None:
    following = Following(box(1), Keeping(), Pace(first=1, longest=60))
    longest = []
    for _ in range(100):
        following._failed(NotReached("it is down"))
        pauses = [following._pause() for _ in range(50)]
        longest.append(max(pauses))
        assert min(pauses) >= max(pauses) / 2 > 0
        assert len(set(pauses)) > 1
    assert 0.5 <= longest[0] <= 1
    assert 30 <= longest[-1] <= 60


async def test_R33_a_missing_folder_is_told(server: DemoMail) -> None:
    async with collecting(Keeping(), box(server.imap_port, folder="Köln & Umgebung")) as collector:
        await until(lambda: "folder missing" in "".join(collector.troubles()))
        assert "the only folder is INBOX" in collector.troubles()[0]


async def test_R32_two_mailboxes_do_not_wait_for_each_other(server: DemoMail) -> None:
    for number in range(20):
        server.deliver("kim@example.com", mail(number))
    server.deliver(COMPANY, mail(1))
    taker = Keeping()
    taking, held = taker.take, asyncio.Event()

    async def slow(mailbox: str, *rest: object) -> None:
        if mailbox == "box":
            await held.wait()
        await taking(mailbox, *rest)  # type: ignore[arg-type]

    taker.take = slow  # type: ignore[method-assign, assignment]
    other = box(server.imap_port, name="other", user="kim@example.com")
    gone = box(1, name="gone")
    async with collecting(taker, box(server.imap_port), other, gone) as collector:
        await taker.until(lambda: len(taker.kept) == 20)
        assert taker.uids("other") == list(range(1, 21))
        assert any("mailbox box: mail 1 is in hand" in line for line in collector.troubles())
        assert any("mailbox gone: not reached" in line for line in collector.troubles())
        held.set()
        await taker.until(lambda: len(taker.kept) == 21)


async def test_R30_a_taker_that_cannot_is_asked_again(server: DemoMail) -> None:
    for number in (1, 2, 3):
        server.deliver(COMPANY, mail(number))
    taker = Keeping()
    taker.fails = 3
    async with collecting(taker, box(server.imap_port)) as collector:
        await until(collector.troubles)
        await taker.until(lambda: len(taker.kept) == 3)
    assert taker.uids() == [1, 2, 3]


async def test_what_came_before_is_passed_over(server: DemoMail) -> None:
    server.deliver(COMPANY, mail(1))
    old = next((Path(server.mails._folder)).glob("*/00000001.eml"))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    server.deliver(COMPANY, mail(2))
    taker = Keeping()
    async with collecting(taker, box(server.imap_port, not_before=datetime.now(UTC) - timedelta(days=1))):
        await taker.until(lambda: len(taker.kept) == 1)
    assert taker.uids() == [2]
    assert not server.mails.mail(COMPANY, 1).flags  # type: ignore[union-attr]


CRASHES = st.lists(st.sampled_from([None, "before", "between", "after"]), max_size=12)


@pytest.mark.slow
@given(crashes=CRASHES, drops=st.lists(st.integers(0, 25), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_R30_exactly_once_wherever_it_crashes(
    tmp_path_factory: pytest.TempPathFactory, crashes: list[str | None], drops: list[int]
) -> None:
    """`drops`: after so many lines from the server the connection ends."""
    asyncio.run(_crashing(tmp_path_factory.mktemp("mails"), crashes, drops))


async def _crashing(folder: Path, crashes: list[str | None], drops: list[int]) -> None:
    server = DemoMail(folder, [COMPANY], "secret")
    await server.start()
    for number in range(1, 8):
        server.deliver(COMPANY, mail(number))
    taker = Keeping(crashes)
    cut = await asyncio.start_server(_cutting(server.imap_port, list(drops)), "127.0.0.1", 0)
    try:
        while len(taker.notes) == 0 or taker.notes["box"][1] < 7:
            following = Following(box(cut.sockets[0].getsockname()[1]), taker, QUICK)
            running = asyncio.create_task(_dying(following))
            noted = asyncio.create_task(taker.until(lambda: taker.notes.get("box", (0, 0))[1] == 7))
            await asyncio.wait({running, noted}, return_when=asyncio.FIRST_COMPLETED)
            running.cancel(), noted.cancel()
            _, waited = await asyncio.gather(running, noted, return_exceptions=True)
            assert not isinstance(waited, TimeoutError)
    finally:
        cut.close()
        await server.stop()
    assert taker.uids() == [1, 2, 3, 4, 5, 6, 7]
    assert list(taker.kept.values()) == [sha(mail(number)) for number in range(1, 8)]


async def _dying(following: Following) -> None:
    try:
        await following.run()
    except Crash:
        return


def _cutting(port: int, drops: list[int]):  # type: ignore[no-untyped-def]
    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        left = drops.pop(0) if drops else 10_000

        async def up() -> None:
            while chunk := await reader.read(4096):
                outer.write(chunk)
            outer.close()

        sending = asyncio.create_task(up())
        while left > 0 and (line := await inner.readline()):
            writer.write(line)
            left -= 1
        sending.cancel()
        outer.close(), writer.close()

    return between


PROCESS = textwrap.dedent("""
    import asyncio, sqlite3, sys
    from parley_mail.collecting import Collector, Mailbox, Pace
    db = sqlite3.connect(sys.argv[1], isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    class Taker:
        async def last(self, mailbox):
            return db.execute("SELECT validity, uid FROM note").fetchone()
        async def take(self, mailbox, validity, uid, internal_date, raw):
            db.execute("INSERT OR IGNORE INTO mails VALUES (?, ?, ?)", (validity, uid, raw))
            db.execute("INSERT INTO calls VALUES (?)", (uid,))
            db.execute("REPLACE INTO note VALUES (1, ?, ?)", (validity, uid))
        async def refuse(self, *told):
            raise AssertionError(told)
    async def main():
        box = Mailbox(name="box", host="127.0.0.1", port=int(sys.argv[2]), security="none", user="support@example.org", password="secret")
        Collector([box], Taker(), Pace(first=0.01, longest=0.05)).start()
        await asyncio.Event().wait()
    asyncio.run(main())
""")


async def test_R30_nothing_is_lost_or_doubled_when_the_collector_is_killed(server: DemoMail, tmp_path: Path) -> None:
    store = tmp_path / "taken.db"
    with closing(sqlite3.connect(store)) as db:
        db.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE mails (validity, uid, raw, PRIMARY KEY (validity, uid));"
            "CREATE TABLE calls (uid); CREATE TABLE note (one PRIMARY KEY, validity, uid);"
        )

    def rows(query: str) -> list[tuple]:  # type: ignore[type-arg]
        with closing(sqlite3.connect(store)) as db:
            return db.execute(query).fetchall()

    kills = 0
    for number in range(1, 201):
        await asyncio.to_thread(server.deliver, COMPANY, mail(number))
    done = "SELECT 1 FROM note WHERE uid = 200"
    while not rows(done):
        here = len(rows("SELECT uid FROM calls"))
        process = subprocess.Popen([sys.executable, "-c", PROCESS, str(store), str(server.imap_port)])
        # a kill between the last mail and the note of it has the last mail taken once more
        await until(lambda here=here: rows(done) or len(rows("SELECT uid FROM calls")) >= here + 30)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        kills += 1
    assert kills >= 4
    assert rows("SELECT uid, raw FROM mails ORDER BY rowid") == [(number, mail(number)) for number in range(1, 201)]


SERVER = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from parley_ops.demo_mail import DemoMail
    async def main():
        server = DemoMail(Path(sys.argv[1]), ["support@example.org"], "secret", imap_port=int(sys.argv[2]))
        await server.start()
        print(server.smtp_port, flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
""")


@pytest.mark.slow
async def test_R30_nothing_is_lost_or_doubled_when_the_mail_server_is_killed(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    taker, sent = Keeping(), 0
    async with collecting(taker, box(port)):
        while sent < 200:
            start = [sys.executable, "-c", SERVER, str(tmp_path / "mails"), str(port)]
            with subprocess.Popen(start, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                smtp_port = int(await asyncio.to_thread(process.stdout.readline))
                for number in range(sent, min(sent + 45, 200)):
                    await aiosmtplib.send(
                        mail(number), sender="kim@example.com", recipients=[COMPANY], port=smtp_port, start_tls=False
                    )
                    sent = number + 1
                if sent < 200:
                    process.kill()
                else:
                    await taker.until(lambda: len(taker.kept) == 200)
                    process.kill()
    trace = b"Return-Path: <kim@example.com>\r\nDelivered-To: support@example.org\r\n"
    assert taker.uids() == list(range(1, 201))
    assert list(taker.kept.values()) == [sha(trace + mail(number)) for number in range(200)]
