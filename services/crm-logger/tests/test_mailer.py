"""Transcripts by e-mail: from an outbox, tried again, never twice. On each store, with a real mail server's protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP as Server
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import SendTranscript
from parley_contracts.refusal import Refused
from parley_crm_logger.mailer import Mailer, MailServer
from parley_crm_logger.store import Crm, outbox

from .conftest import Desk

HOUR = 3_600_000


class Post:
    """A mail server's mailbox that answers as the test wants. `answers`: to each message in turn, what is answered when it is
    handed over; None: the connection breaks after the message has arrived."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answers: list[str | None] = []
        self.recipient = "250 OK"

    async def handle_RCPT(self, server: Server, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: Server, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer is None or answer.startswith("2"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        if answer is None:
            assert server.transport is not None
            server.transport.abort()
            return "250 OK"
        return answer


@pytest_asyncio.fixture
async def post() -> AsyncIterator[tuple[Post, MailServer]]:
    box = Post()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Server(box, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield box, MailServer.at(f"smtp://127.0.0.1:{port}", "Parley <post@parley.example>")
    listening.close()


@pytest.fixture
def mailer(crm: Crm, post: tuple[Post, MailServer], desk: Desk) -> Iterator[Mailer]:
    desk.chat("c1", 1_700_000_000_000, texts=["hello <b>you</b>", "größer"])
    made = Mailer(crm, post[1], Tasks(), lambda: made.now)  # type: ignore[attr-defined]
    made.now = 1_000  # type: ignore[attr-defined]
    yield made
    made._calls.close()


def send(desk: Desk, id: str = "x", at: int = 1_000, **fields: Any) -> dict[str, Any]:
    given = {"item": "c1", "to": "kim@example.com", **fields}
    return outbox.put(desk.crm, SendTranscript(tenant=desk.tenant, sender=desk.sender(id), **given), at)


async def test_R26_a_transcript_arrives_once_however_often_it_was_asked(
    mailer: Mailer, post: tuple[Post, MailServer], desk: Desk
) -> None:
    for _ in range(2):
        assert send(desk, language="de") == {"item": "c1", "to": "kim@example.com"}
    assert [await mailer.turn() for _ in range(2)] == [True, False]
    (letter,) = post[0].letters
    assert (letter["To"], letter["From"]) == ("kim@example.com", "Parley <post@parley.example>")
    assert letter["Subject"] == "Ihr Chat vom 14.11.2023"
    assert letter["Message-ID"].endswith("@parley.example>")
    assert "hello <b>you</b>" in letter.get_body(("plain",)).get_content()
    assert "hello &lt;b&gt;you&lt;/b&gt;" in letter.get_body(("html",)).get_content()
    assert outbox.states(desk.crm) == {"sent": 1}


@pytest.mark.parametrize("busy", ["at the recipient", "at the message"])
async def test_what_the_server_cannot_take_now_is_tried_again_with_growing_pauses(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk, busy: str
) -> None:
    send(desk)
    box = post[0]
    if busy == "at the recipient":
        box.recipient = "451 try later"
    else:
        box.answers = ["451 try later"] * 3
    pauses = []
    for _ in range(3):
        assert await mailer.turn()
        pauses.append(due_at(desk) - mailer.now)
        assert not await mailer.turn()
        mailer.now = due_at(desk)
    assert pauses == sorted(set(pauses))  # each longer than the one before
    box.recipient = "250 OK"
    assert await mailer.turn()
    assert (len(box.letters), outbox.states(desk.crm)) == (1, {"sent": 1})


def due_at(desk: Desk) -> int:
    with desk.crm.transaction(write=False) as cursor:
        (row,) = desk.crm.db.ask(cursor, "SELECT due_at FROM $outbox")
    return int(row["due_at"])


async def test_what_the_server_will_never_take_is_not_tried_again(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk
) -> None:
    post[0].recipient = "550 no such mailbox"
    send(desk)
    assert await mailer.turn()
    mailer.now += 100 * HOUR
    assert not await mailer.turn()
    assert outbox.states(desk.crm) == {"failed": 1}


async def test_R30_a_letter_whose_answer_is_lost_is_not_sent_twice(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk
) -> None:
    post[0].answers = [None]
    send(desk)
    assert await mailer.turn()
    mailer.now += 100 * HOUR
    assert not await mailer.turn()
    assert (len(post[0].letters), outbox.states(desk.crm)) == (1, {"unknown": 1})


async def test_R30_a_process_that_dies_before_the_message_goes_out_leaves_it_to_another(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk
) -> None:
    send(desk)
    assert await asyncio.to_thread(outbox.take, desk.crm, mailer.now) is not None  # and dies
    assert not await mailer.turn()
    mailer.now += outbox.TAKEN_MS
    assert await mailer.turn()
    assert len(post[0].letters) == 1


async def test_R30_a_process_that_dies_while_the_message_goes_out_leaves_it_unknown(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk
) -> None:
    send(desk)
    letter = await asyncio.to_thread(outbox.take, desk.crm, mailer.now)
    assert letter is not None
    assert await asyncio.to_thread(outbox.sending, desk.crm, letter, mailer.now)  # and dies
    mailer.now += outbox.TAKEN_MS
    assert not await mailer.turn()
    assert (post[0].letters, outbox.states(desk.crm)) == ([], {"unknown": 1})


async def test_a_server_that_is_away_is_tried_again_for_two_days(desk: Desk, mailer: Any) -> None:
    mailer._server = MailServer.at("smtp://127.0.0.1:1", "post@parley.example")
    send(desk)
    tries = 0
    while outbox.states(desk.crm) != {"failed": 1}:
        tries += await mailer.turn()
        mailer.now += 2 * HOUR
    assert 20 < tries < 40


async def test_R31_what_cannot_be_sent_is_refused(desk: Desk, elsewhere: Desk, mailer: Mailer) -> None:
    desk.chat("open", 100, over=False)
    desk.chat("silent", 100, texts=[])
    for code, fields in (
        ("not_found", {"item": "none"}),
        ("wrong_state", {"item": "open"}),
        ("wrong_state", {"item": "silent"}),
        ("bad_request", {"to": "no address"}),
        ("bad_request", {"to": "kim@example.com\nBcc: all@example.com"}),
        ("bad_request", {"to": "kím@example.com"}),
    ):
        with pytest.raises(Refused, match=code):
            send(desk, **fields)
    with pytest.raises(Refused, match="not_found"):
        send(elsewhere)
    send(desk)
    with pytest.raises(Refused, match="conflict"):
        send(desk, to="jo@example.com")
    assert outbox.states(desk.crm) == {"waiting": 1}


@pytest.mark.parametrize(("url", "sender"), [("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://x", "")])
def test_a_mail_server_that_is_none(url: str, sender: str) -> None:
    with pytest.raises(ValueError, match="PARLEY_"):
        MailServer.at(url, sender)


def test_the_parts_of_a_mail_servers_address() -> None:
    server = MailServer.at("smtps://me%40x:p%3Aw@mail.example", "a@b.example")
    assert server == MailServer("mail.example", 465, "a@b.example", "me@x", "p:w", True)
