"""The demonstration's mail server: SMTP in, IMAP out, nothing lost, nothing let out."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

import aiosmtplib
import pytest
from parley_ops.demo_mail import DemoMail, Mails, NotKept, mails_in

COMPANY = ["support@example.org", "sales@example.org"]
KIM = "kim@example.com"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DemoMail]:
    started = DemoMail(tmp_path / "mails", COMPANY, "secret", largest=100_000, most=300)
    await started.start()
    yield started
    await started.stop()


def letter(subject: str = "Überraschung", text: str = "Guten Tag.\n.\nEnde") -> bytes:
    """A small mail."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"], message["To"], message["Subject"] = "Kim Öz <kim@example.com>", "support@example.org", subject
    message.set_content(text)
    return message.as_bytes()


async def send(port: int, to: list[str], raw: bytes, sender: str = KIM) -> None:
    """By SMTP, as mail programs do."""
    await aiosmtplib.send(
        raw, sender=sender, recipients=to, hostname="127.0.0.1", port=port, start_tls=False, timeout=30
    )


async def test_mails_arrive_where_they_belong(server: DemoMail, tmp_path: Path) -> None:
    raw = letter()
    await send(server.smtp_port, ["Sales@example.org", KIM, "lee@shop.example"], raw)
    for mailbox, named in [
        ("support@example.org", "sales@example.org"),
        (KIM, KIM),
        ("lee@shop.example", "lee@shop.example"),
    ]:
        (kept,) = server.mails.mails(mailbox)
        trace = f"Return-Path: <{KIM}>\r\nDelivered-To: {named}\r\n".encode()
        assert server.mails.content(mailbox, kept.uid) == trace + raw
    (shown,) = mails_in(tmp_path / "mails", KIM)
    assert (shown.sender, shown.to, shown.subject) == ("Kim Öz", "support@example.org", "Überraschung")
    assert not shown.seen
    assert mails_in(tmp_path / "mails", "nobody@example.com") == []
    assert mails_in(tmp_path / "nowhere", KIM) == []


@pytest.mark.parametrize(
    "to", ["kim@gmail.com", "kim@example.org.evil.com", "kim", "kim@", "kim@org", "''@exa_mple.org"]
)
async def test_R31_no_mail_is_taken_for_an_address_that_may_be_somebody_s(server: DemoMail, to: str) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(server.smtp_port, [to], letter())
    assert list(server.mails._folder.iterdir()) == []


async def test_no_address_leads_out_of_the_folder(server: DemoMail, tmp_path: Path) -> None:
    for address in ("../../x@example.org", "/etc/x@example.org", "..@example.org", "x/../../y@example.org"):
        await send(server.smtp_port, [address], letter())
        assert len(server.mails.mails(address)) == 1
    assert {path.parent.parent for path in tmp_path.rglob("*.eml")} == {tmp_path / "mails"}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_listens_on_this_machine_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        DemoMail(tmp_path, COMPANY, "secret", host=host)


async def test_R31_what_is_too_much_is_refused(server: DemoMail) -> None:
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await send(server.smtp_port, [KIM], letter(text="x\n" * 60_000))
    assert refused.value.code == 552
    server.mails.most = 2
    for _ in range(2):
        await send(server.smtp_port, [KIM], letter())
    with pytest.raises(aiosmtplib.SMTPResponseException) as full:
        await send(server.smtp_port, [KIM], letter())
    assert (full.value.code, len(server.mails.mails(KIM))) == (452, 2)


async def test_R31_there_is_a_bound_to_connections(server: DemoMail) -> None:
    for port, told in ((server.smtp_port, b"421 "), (server.imap_port, b"* BYE")):
        pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(51)]
        hellos = [await reader.readline() for reader, _ in pairs]
        assert [hello.startswith(told) for hello in hellos] == [False] * 50 + [True]
        for _, writer in pairs:
            writer.close()
        async with asyncio.timeout(30):
            while (await _hello(port)).startswith(told):
                pass


async def _hello(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.readline()
    finally:
        writer.close()


async def test_a_mail_program_s_library_reads_it(server: DemoMail) -> None:
    everything = bytes(range(256)) * 3 + b"\r\n) {5}\r\n"
    server.deliver(COMPANY[1], everything)
    server.deliver(COMPANY[0], letter())
    await asyncio.to_thread(_read, server, everything)
    first, second, _ = server.mails.mails(COMPANY[0])
    assert (first.flags, second.flags) == ({"\\Seen"}, frozenset())


def _read(server: DemoMail, everything: bytes) -> None:
    there = imaplib.IMAP4("127.0.0.1", server.imap_port)
    with pytest.raises(imaplib.IMAP4.error, match="password"):
        there.login(COMPANY[0], "wrong")
    there.login(COMPANY[0], "secret")
    assert there.select("Nowhere")[0] == "NO"
    assert there.select() == ("OK", [b"2"])
    assert there.response("UIDVALIDITY")[1] == [b"%d" % server.mails.validity(COMPANY[0])]
    assert there.uid("SEARCH", "UNSEEN") == ("OK", [b"1 2"])
    (_, content), _ = there.uid("FETCH", "1", "(RFC822.SIZE BODY.PEEK[])")[1]
    assert content == everything
    assert there.uid("FETCH", "1", "(BODY.PEEK[]<3.10>)")[1][0][1] == everything[3:13]
    assert there.uid("STORE", "1", "+FLAGS", "(\\Seen)")[0] == "OK"
    assert there.uid("SEARCH", "UNSEEN") == ("OK", [b"2"])
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        there.uid("FETCH", "x:y", "(UID)")
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        there.uid("COPY", "1", "Elsewhere")
    server.mails.put(COMPANY[0], letter())
    there.noop()
    assert there.response("EXISTS")[1][-1] == b"3"
    there.logout()


async def test_a_mail_that_came_before_idling_is_told_when_it_begins(server: DemoMail) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.imap_port)
    writer.write(b"a LOGIN kim@example.com secret\r\nb SELECT inbox\r\n")
    while not (await reader.readline()).startswith(b"b OK"):
        pass
    server.deliver(KIM, letter())
    writer.write(b"c IDLE\r\n")
    async with asyncio.timeout(30):
        assert [await reader.readline() for _ in range(2)] == [b"+ idling\r\n", b"* 1 EXISTS\r\n"]
    server.deliver(KIM, letter())
    assert await reader.readline() == b"* 2 EXISTS\r\n"
    writer.write(b"DONE\r\n")
    assert (await reader.readline()).startswith(b"c OK")
    writer.close()


async def test_nothing_is_said_to_whoever_has_not_logged_in(server: DemoMail) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.imap_port)
    for command in (b"a SELECT INBOX", b"b UID FETCH 1 (UID)", b"c IDLE", b"\xff\xff", b"d AUTHENTICATE PLAIN", b"!!!"):
        writer.write(command + b"\r\n")
    await reader.readline()
    told = [await reader.readline() for _ in range(6)]
    assert [line[:5] for line in told] == [b"a NO ", b"b NO ", b"c NO ", b"* BAD", b"+ \r\n", b"d BAD"]
    writer.write(b"x" * 100_000)  # no line of a command is so long
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()


def test_what_a_crash_left_half_written_is_no_mail(tmp_path: Path) -> None:
    mails = Mails(tmp_path / "mails")
    mails.begin()
    mails.put(KIM, b"one")
    place = next((tmp_path / "mails").iterdir())
    (place / "new-00000002.eml").write_bytes(b"hal")
    again = Mails(tmp_path / "mails")
    again.begin()
    assert [kept.uid for kept in again.mails(KIM)] == [1]
    assert again.put(KIM, b"two") == 2
    assert again.validity(KIM) == mails.validity(KIM)


def test_R30_a_mail_is_on_the_disk_before_anybody_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mails = Mails(tmp_path / "mails")
    mails.begin()
    mails.put(KIM, b"one")
    forced, seen = os.fsync, []

    def noted(file: int) -> None:
        forced(file)
        seen.append([kept.uid for kept in mails.mails(KIM)])

    monkeypatch.setattr("os.fsync", noted)
    assert mails.put(KIM, b"two") == 2
    assert seen == [[1], [1, 2]]  # the mail itself, then its name in the folder


def test_R31_there_is_a_bound_to_mailboxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_ops.demo_mail.storage.MOST_MAILBOXES", 2)
    mails = Mails(tmp_path / "mails")
    mails.begin()
    mails.put("a@example.org", b""), mails.put("b@example.org", b"")
    with pytest.raises(NotKept) as refused:
        mails.put("c@example.org", b"")
    assert refused.value.code == "too_many_mailboxes"


PROCESS = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from parley_ops.demo_mail import DemoMail
    async def main():
        server = DemoMail(Path(sys.argv[1]), ["support@example.org"], "secret")
        await server.start()
        print(server.smtp_port, flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
""")


@pytest.mark.slow
async def test_R30_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    sent: list[int] = []

    async def sending(port: int) -> None:
        while len(sent) < 200:
            try:
                await send(port, ["support@example.org"], letter(f"no. {len(sent)}"))
            except (aiosmtplib.SMTPException, OSError):
                return
            sent.append(len(sent))

    kills = 0
    while len(sent) < 200:
        process = subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path / "mails")], stdout=subprocess.PIPE)
        assert process.stdout is not None
        port = int(await asyncio.to_thread(process.stdout.readline))
        here, work = len(sent), asyncio.create_task(sending(port))
        while len(sent) < min(here + 40, 200) and not work.done():
            await asyncio.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        process.stdout.close()
        await work
        kills += 1
    assert kills >= 4
    kept = [shown.subject for shown in reversed(mails_in(tmp_path / "mails", "support@example.org", 500))]
    once = list(dict.fromkeys(kept))  # a mail whose acknowledgement was lost is sent again by its sender
    assert once == [f"no. {number}" for number in range(200)]
    assert len(kept) <= 200 + kills
