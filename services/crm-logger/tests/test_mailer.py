"""Transcripts by e-mail: from an outbox, tried again, never twice. On each store, with a real mail server's protocol."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult
from authority import Authority, Certificate
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import ConfirmTranscript, SendLink, SendTranscript
from parley_contracts.reading import EVERYTHING
from parley_contracts.refusal import Refused
from parley_crm_logger import mailer as mailer_module
from parley_crm_logger.mailer import Mailer, MailServer
from parley_crm_logger.store import EVERYBODY, Crm, confirmations, links, outbox
from parley_crm_logger.store.outbox import Rules

from .conftest import Desk

HOUR = 3_600_000
SENDER = "Parley <post@parley.example>"


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


class Logins:
    """Takes any login, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[bytes, bytes]] = []

    def __call__(self, server: Server, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.given.append((data.login, data.password))
        return AuthResult(success=True)


@pytest_asyncio.fixture
async def post() -> AsyncIterator[tuple[Post, MailServer]]:
    box = Post()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Server(box, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield box, MailServer.at(f"smtp://127.0.0.1:{port}", SENDER)
    listening.close()


@pytest.fixture
def mailer(crm: Crm, post: tuple[Post, MailServer], desk: Desk) -> Iterator[Mailer]:
    desk.contact("kim", "Kim", emails=("Kim@Example.com",))
    desk.chat("c1", 1_700_000_000_000, texts=["hello <b>you</b>", "größer"], contact="kim", agent="anna")
    made = Mailer(crm, post[1], Tasks(), lambda: made.now)  # type: ignore[attr-defined]
    made.now = 1_000  # type: ignore[attr-defined]
    yield made
    made._calls.close()


def send(desk: Desk, id: str = "x", at: int = 1_000, **fields: Any) -> dict[str, Any]:
    given = {"item": "c1", "to": "kim@example.com", **fields}
    return outbox.put(
        desk.crm, SendTranscript(tenant=desk.tenant, sender=desk.sender(id), reader=EVERYTHING, **given), at
    )


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


async def test_R26_an_address_with_letters_in_its_domain_is_written_to_as_servers_know_it(
    mailer: Mailer, post: tuple[Post, MailServer], desk: Desk
) -> None:
    desk.contact("lou", "Lou", emails=("lou@bücher.example", "a..b@example.com"))
    desk.chat("c2", 1_700_000_000_000, texts=["hello"], contact="lou", agent="anna")
    for number, address in enumerate(("lou@bücher.example", "a..b@example.com")):
        assert send(desk, id=f"of lou {number}", item="c2", to=address) == {"item": "c2", "to": address}
        assert await mailer.turn()
    assert [letter["To"] for letter in post[0].letters] == ["lou@xn--bcher-kva.example", "a..b@example.com"]


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
    with desk.crm.transaction(write=False, tenant=EVERYBODY) as cursor:
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


async def test_R30_a_slow_mail_server_gives_no_letter_to_another_process(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer_module, "HELD_EVERY_S", 0.01)
    held, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(server: Server, session: Any, envelope: Any, address: str, options: Any) -> str:
        held.set()
        await go_on.wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(post[0], "handle_RCPT", slowly)
    send(desk)
    turn = asyncio.create_task(mailer.turn())
    await held.wait()
    for _ in range(3):  # three times as long as a process that is dead would have it
        mailer.now += outbox.TAKEN_MS - 1
        await asyncio.sleep(0.1)
        assert await asyncio.to_thread(outbox.take, desk.crm, mailer.now) is None
    go_on.set()
    assert await turn
    assert (len(post[0].letters), outbox.states(desk.crm)) == (1, {"sent": 1})


async def test_R30_a_process_that_dies_while_the_message_goes_out_leaves_it_unknown(
    mailer: Any, post: tuple[Post, MailServer], desk: Desk
) -> None:
    send(desk)
    letter = await asyncio.to_thread(outbox.take, desk.crm, mailer.now)
    assert letter is not None
    assert await asyncio.to_thread(outbox.sending, desk.crm, letter, mailer.now)  # and dies
    mailer.now += outbox.TAKEN_MS
    assert not await mailer.turn()
    assert outbox.states(desk.crm) == {"sending": 1}, "the mail server may still be at it"
    mailer.now += outbox.SENDING_MS
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
    desk.chat("open", 100, over=False, contact="kim", agent="anna")
    desk.chat("silent", 100, texts=[], contact="kim", agent="anna")
    desk.chat("abandoned", 100, contact="kim")
    desk.chat("nobody's", 100, agent="anna")
    for code, fields in (
        ("not_found", {"item": "none"}),
        ("wrong_state", {"item": "open"}),
        ("wrong_state", {"item": "silent"}),
        ("wrong_state", {"item": "abandoned"}),
        ("forbidden", {"item": "nobody's"}),
        ("forbidden", {"to": "stranger@example.com"}),
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
        send(desk, language="de")
    assert outbox.states(desk.crm) == {"waiting": 1}


# --- to whom ----------------------------------------------------------------------------------------------------------

RULES = Rules(public_url="https://chat.example/")
CODE = re.compile(r"https://chat\.example/v1/transcripts/([\w-]{32})\?language=(en|de)")


def ask_for(desk: Desk, id: str = "x", at: int = 1_000, rules: Rules = RULES, **fields: Any) -> dict[str, Any]:
    given = {"item": "c1", "to": "jo@example.com", **fields}
    return outbox.put(
        desk.crm, SendTranscript(tenant=desk.tenant, sender=desk.sender(id), reader=EVERYTHING, **given), at, rules
    )


def confirm(desk: Desk, code: str, at: int = 1_000) -> None:
    outbox.confirm(desk.crm, ConfirmTranscript(tenant="", code=code), at)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_R26_an_address_that_nobody_knows_is_asked_first_and_then_gets_the_transcript_once(
    mailer: Mailer, post: tuple[Post, MailServer], desk: Desk, language: str
) -> None:
    mailer.rules = RULES
    for _ in range(2):
        assert ask_for(desk, language=language) == {"item": "c1", "to": "jo@example.com", "confirm": True}
    assert [await mailer.turn() for _ in range(2)] == [True, False]
    (letter,) = post[0].letters
    assert letter["To"] == "jo@example.com"
    told = letter.get_body(("plain",)).get_content() + letter.get_body(("html",)).get_content() + letter["Subject"]
    for word in ("hello", "größer", "Kim", "Anna"):
        assert word not in told, "nothing of the conversation"
    found = CODE.search(told)
    assert found is not None
    assert found[2] == language
    for _ in range(2):
        confirm(desk, found[1])
    assert [await mailer.turn() for _ in range(2)] == [True, False]
    assert "größer" in post[0].letters[1].get_body(("plain",)).get_content()
    assert post[0].letters[1]["To"] == "jo@example.com"
    assert ask_for(desk, id="again", to="JO@example.com") == {"item": "c1", "to": "JO@example.com"}, "known by now"


async def test_R31_a_code_that_is_none_old_or_another_chats_sends_nothing(mailer: Mailer, desk: Desk) -> None:
    mailer.rules = RULES
    ask_for(desk)
    with desk.crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        (row,) = desk.crm.db.ask(cursor, "SELECT code FROM $confirmations")
    for code, at in (("", 1), ("x" * 32, 1), (row["code"], 1_000 + confirmations.VALID_MS + 1)):
        with pytest.raises(Refused, match=r"not_found|validation|at least"):
            confirm(desk, code or "-", at)
    assert outbox.states(desk.crm) == {"waiting": 1}
    desk.chat("c2", 200, agent="anna")
    confirm(desk, row["code"])
    assert ask_for(desk, id="y", item="c2")["confirm"], "yes to one conversation is not yes to another"


def test_R31_nobody_is_sent_letters_without_end(mailer: Mailer, desk: Desk) -> None:
    for number in range(20):
        desk.chat(f"n{number}", 100, agent="anna")
    hour = 3_600_000
    taken = 0
    for number in range(20):
        try:
            ask_for(
                desk, id=f"{number}", item=f"n{number}", to=("Victim@example.org", "victim@EXAMPLE.org")[number % 2]
            )
            taken += 1
        except Refused as refusal:
            assert (refusal.code, refusal.facts["retry_after_s"]) == ("rate_limited", 3_600)  # noqa: PT017
    assert taken == RULES.per_recipient
    few = RULES._replace(per_company=taken + 2)
    for number in range(2):
        ask_for(desk, id=f"o{number}", item=f"n{number}", to=f"other{number}@example.org", rules=few)
    with pytest.raises(Refused, match="rate_limited"):
        ask_for(desk, id="o3", item="n3", to="other3@example.org", rules=few)
    ask_for(desk, id="later", item="n3", to="victim@example.org", at=1_001 + hour, rules=few)


def test_R31_who_is_known_to_two_companies_is_sent_no_more_letters_than_others(
    mailer: Mailer, desk: Desk, elsewhere: Desk
) -> None:
    elsewhere.chat("c1", 100, agent="olga")
    few = RULES._replace(per_recipient=1)
    assert ask_for(desk, rules=few)["confirm"]
    with pytest.raises(Refused, match="rate_limited"):
        ask_for(elsewhere, rules=few)


def test_R30_a_command_that_was_taken_is_not_refused_when_it_comes_again(mailer: Mailer, desk: Desk) -> None:
    first = ask_for(desk)
    assert ask_for(desk, rules=RULES._replace(per_recipient=1)) == first
    assert ask_for(desk, rules=Rules()) == first


# --- links for passwords -----------------------------------------------------------------------------------------------


def send_link(desk: Desk, id: str = "x", rules: Rules = RULES, **fields: Any) -> dict[str, Any]:
    given = {"to": "cleo@example.com", "path": "/account#link=a-secret", "user": "cleo", "what": "invitation", **fields}
    return outbox.put_link(
        desk.crm, SendLink(tenant=desk.tenant, sender=desk.sender(id), reader=EVERYTHING, **given), 1_000, rules
    )


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("what", ["invitation", "reset"])
async def test_a_link_is_mailed_once_and_forgotten_when_it_has_gone(
    mailer: Mailer, post: tuple[Post, MailServer], desk: Desk, language: str, what: str
) -> None:
    mailer.rules = RULES
    for _ in range(2):
        assert send_link(desk, language=language, what=what) == {"to": "cleo@example.com"}
    assert [await mailer.turn() for _ in range(2)] == [True, False]
    (letter,) = post[0].letters
    assert letter["To"] == "cleo@example.com"
    for kind in ("plain", "html"):
        told = letter.get_body((kind,)).get_content()
        assert "https://chat.example/account#link=a-secret" in told
        assert "cleo" in told
        assert desk.tenant in told
    with desk.crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        assert desk.crm.db.ask(cursor, "SELECT * FROM $links") == []


async def test_R30_a_link_waits_for_a_mail_server_that_is_busy(
    mailer: Mailer, post: tuple[Post, MailServer], desk: Desk
) -> None:
    mailer.rules = RULES
    post[0].recipient = "450 later"
    send_link(desk)
    assert await mailer.turn()
    with desk.crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        (row,) = desk.crm.db.ask(cursor, "SELECT id FROM $links")
        assert links.of(desk.crm.db, cursor, row["id"]) is not None
    post[0].recipient = "250 OK"
    mailer.now += HOUR  # type: ignore[attr-defined]
    assert await mailer.turn()
    assert len(post[0].letters) == 1


def test_R31_without_an_address_of_the_installation_no_link_is_mailed(mailer: Mailer, desk: Desk) -> None:
    with pytest.raises(Refused, match="unavailable"):
        send_link(desk, rules=Rules())
    with pytest.raises(Refused, match="bad_request"):
        send_link(desk, to="no address")
    for number in range(RULES.per_recipient):
        send_link(desk, id=f"{number}")
    with pytest.raises(Refused, match="rate_limited"):
        send_link(desk, id="more")
    assert outbox.states(desk.crm) == {"waiting": RULES.per_recipient}


# --- encrypted, or not ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def listening(box: Post, logins: Logins, *, tls: str, certificate: Certificate) -> AsyncIterator[int]:
    """A mail server that takes logins: encrypted from the beginning (`smtps`), when it is asked to (`starttls`), or `never`."""
    loop, context = asyncio.get_running_loop(), certificate.context()

    def made() -> Server:
        offered = context if tls == "starttls" else None
        return Server(
            box, hostname="mail.example", loop=loop, tls_context=offered, authenticator=logins, auth_require_tls=False
        )

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=context if tls == "smtps" else None)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
def authorities(tmp_path: Path) -> tuple[Authority, Authority]:
    """The one of the mail server's certificate, and another."""
    return Authority(tmp_path / "ours"), Authority(tmp_path / "other", "Another")


@pytest.mark.parametrize(("scheme", "tls"), [("smtps", "smtps"), ("smtp", "starttls")])
async def test_a_mail_server_with_a_certificate_of_ones_own_authority(
    desk: Desk, mailer: Any, authorities: tuple[Authority, Authority], scheme: str, tls: str
) -> None:
    box, logins, (ours, other) = Post(), Logins(), authorities
    send(desk)
    async with listening(box, logins, tls=tls, certificate=ours.certificate()) as port:
        for ca in ("", str(other.file)):
            mailer._server = MailServer.at(f"{scheme}://me:secret@127.0.0.1:{port}", SENDER, ca)
            assert await mailer.turn()
            assert (outbox.states(desk.crm), logins.given, box.letters) == ({"waiting": 1}, [], [])
            mailer.now = due_at(desk)
        mailer._server = MailServer.at(f"{scheme}://me:secret@127.0.0.1:{port}", SENDER, str(ours.file))
        assert await mailer.turn()
    assert outbox.states(desk.crm) == {"sent": 1}
    assert logins.given == [(b"me", b"secret")]
    assert len(box.letters) == 1


async def test_no_password_is_sent_to_a_server_that_offers_no_encryption(
    desk: Desk, mailer: Any, authorities: tuple[Authority, Authority]
) -> None:
    box, logins = Post(), Logins()
    send(desk)
    async with listening(box, logins, tls="never", certificate=authorities[0].certificate()) as port:
        mailer._server = MailServer.at(f"smtp://me:secret@127.0.0.1:{port}", SENDER)
        assert await mailer.turn()
        assert (outbox.states(desk.crm), logins.given, box.letters) == ({"waiting": 1}, [], [])
        mailer.now = due_at(desk)
        mailer._server = MailServer.at(f"smtp://127.0.0.1:{port}", SENDER)  # nothing to keep secret from it
        assert await mailer.turn()
    assert (outbox.states(desk.crm), logins.given) == ({"sent": 1}, [])


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_authorities_that_are_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match="PARLEY_SMTP_CA"):
        MailServer.at("smtp://mail.example", SENDER, str(file))


@pytest.mark.parametrize(("url", "sender"), [("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://x", "")])
def test_a_mail_server_that_is_none(url: str, sender: str) -> None:
    with pytest.raises(ValueError, match="PARLEY_"):
        MailServer.at(url, sender)


def test_the_parts_of_a_mail_servers_address() -> None:
    server = MailServer.at("smtps://me%40x:p%3Aw@mail.example", "a@b.example")
    assert server == MailServer("mail.example", 465, "a@b.example", "me@x", "p:w", True)
