"""Sends what stands in the outbox to the mail server.

Never twice: whatever fails before the message itself goes out, or is refused by the server, is tried again; once it is on its
way and no answer comes, it counts as sent or lost, and is not sent again. Between the server's last answer and our note of it
a crash leaves a letter that has arrived and is noted as `unknown`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused
from aiosmtplib.errors import SMTPDataError
from parley_chassis.clock import Clock, system_clock
from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts import contact_values as judge
from parley_mail import writing
from parley_mail.files import FileStore
from parley_mail.refusals import FileRefused, MailRefused
from parley_mail.values import Address
from parley_mail.writing import written as written_out
from prometheus_client import Counter

from .domain import receipts
from .domain.asking import asking
from .domain.events import MailWritten
from .domain.linking import linking
from .domain.mails import NAMED
from .domain.transcript import Document, document
from .incoming.taking import loop_mark
from .store import Crm, confirmations, interactions, links, outbox
from .store.mails import Tables, conversation, mailboxes, of_item
from .store.outbox import Letter, Rules

LOOK_EVERY_S = 5.0
HELD_EVERY_S = outbox.TAKEN_MS / 3_000
ANSWER_WITHIN_S = 60.0
PERMANENT = 500

LETTERS = Counter("parley_mails_total", "Letters given to the mail server, by what came of it", ["outcome"])

log = logging.getLogger("parley.mailer")


class MailServer(NamedTuple):
    """Where letters go out, and from whom."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None

    @classmethod
    def at(cls, url: str, sender: str, ca: str = "") -> MailServer:
        """From `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://…` where the connection is encrypted from its beginning; with
        `smtp:` it is as soon as the server offers it. A password goes over nothing else. `ca`: a file with the authorities
        that the server's certificate may be from, beside those that are known here anyhow. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("PARLEY_SMTP_URL is no address of a mail server: write smtp://USER:PASSWORD@HOST:PORT")
        if "@" not in sender:
            raise ValueError("PARLEY_MAIL_FROM is missing: letters need an address that they come from")
        try:
            ssl.create_default_context(cafile=ca or None)
        except OSError as error:
            raise ValueError(f"PARLEY_SMTP_CA is no file with certificates: {error}") from error
        tls = parts.scheme == "smtps"
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or (465 if tls else 25), sender, user, password, tls, ca or None)


class Sent(NamedTuple):
    """A letter as it goes to the mail server: from whom, to whom besides its recipient, and all of it."""

    sender: str
    copies: tuple[str, ...]
    message: bytes


class Mailer:
    """Takes letters one after the other; several processes share them."""

    def __init__(
        self,
        crm: Crm,
        server: MailServer,
        tasks: Tasks,
        clock: Clock = system_clock,
        rules: Rules | None = None,
        files: FileStore | None = None,
    ) -> None:
        self._crm, self._server, self._tasks, self._clock, self._files = crm, server, tasks, clock, files
        self.rules = rules or Rules()
        self._calls = Offload("mailer")
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send what is due, from now on."""
        self._running = self._tasks.start(self._run(), "mailer")

    def wake(self) -> None:
        """There is something in the outbox."""
        self._wake.set()

    async def stop(self) -> None:
        """Send no more; what was on its way stays marked as that."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self._calls.close()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.turn():
                    pass
            except StoreDown as error:
                log.warning("the outbox does not answer", extra={"reason": str(error)})
            try:
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    async def turn(self) -> bool:
        """Send the next letter that is due; False where there is none. Raises StoreDown."""
        letter = await self._calls(outbox.take, self._crm, self._clock())
        if letter is None:
            return False
        holding = self._tasks.start(self._hold(letter), "a letter")
        try:
            state, reason = await self._deliver(letter)
        finally:
            holding.cancel()
        LETTERS.labels(state).inc()
        if state != "sent":
            log.warning("a letter was not sent", extra={"item": letter.item, "state": state, "reason": reason})
        await self._calls(outbox.settle, self._crm, letter, state, reason, self._clock())
        return True

    async def _hold(self, letter: Letter) -> None:
        """No other process takes the letter while this one lives (R30), however slow the mail server is."""
        while True:
            await asyncio.sleep(HELD_EVERY_S)
            try:
                await self._calls(outbox.hold, self._crm, letter, self._clock())
            except StoreDown as error:
                log.warning("a letter is not held", extra={"item": letter.item, "reason": str(error)})

    async def _deliver(self, letter: Letter) -> tuple[str, str | None]:
        """What came of it, and why."""
        try:
            sent = await self._calls(self._written, letter)
        except (MailRefused, FileRefused) as refused:
            return "failed", str(refused)
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=True if server.user and not server.tls else None,  # None: where it is offered
            cert_bundle=server.ca,
            timeout=ANSWER_WITHIN_S,
        )
        try:
            try:
                await smtp.connect()
                await smtp.mail(sent.sender)
                await smtp.rcpt(letter.envelope)
                copies = [await _copied(smtp, address) for address in sent.copies]
            except SMTPRecipientRefused as error:
                return ("failed" if error.code >= PERMANENT else "waiting"), str(error)
            except (SMTPException, OSError) as error:
                return "waiting", str(error) or type(error).__name__
            if not await self._calls(outbox.sending, self._crm, letter, self._clock()):
                return "unknown", "another process has taken it over"
            state, reason = await _hand_over(smtp, sent.message)
            return state, reason or "; ".join(filter(None, copies)) or None
        finally:
            smtp.close()

    def _written(self, letter: Letter) -> Sent:
        with self._crm.transaction(write=False, tenant=letter.tenant) as cursor:
            here = self.rules.public_url.rstrip("/")
            asks = confirmations.of(self._crm.db, cursor, letter.id)
            sets = links.of(self._crm.db, cursor, letter.id)
            if letter.id.startswith(NAMED):
                return self._answer(letter, cursor)
            if letter.id.startswith(receipts.NAMED):
                return self._receipt(letter, cursor)
            if sets is not None:
                told = linking(f"{here}{sets.path}", sets.what, letter.tenant, sets.user_name, letter.language)
            elif asks is not None:
                link = f"{here}/v1/transcripts/{asks.code}?language={letter.language}"
                told = asking(link, letter.language)
            else:
                live = self._crm.live(cursor)
                (found,) = interactions.whole(self._crm.db, cursor, live, letter.tenant, [letter.item])
                told = document(found.facts, found.lines, letter.language, internal=False)
        message = self._written_by_itself(letter, told, Address(*parseaddr(self._server.sender)))
        message["Message-ID"] = f"<{letter.id}@{self._server.sender.rpartition('@')[2].strip('> ')}>"
        return Sent(self._server.sender, (), message.as_bytes())

    def _receipt(self, letter: Letter, cursor: Any) -> Sent:
        """R8: from the mailbox of the queue that the message waits in, so that an answer to it comes back there."""
        live = self._crm.live(cursor)
        tables = (self._crm.db, cursor, live, letter.tenant)
        (found,) = interactions.whole(*tables, [letter.item], interactions.NO_LINES)
        sender = self._sender(tables, conversation(tables, letter.item, found.facts["queue"]).mailbox)
        told = receipts.receipt(letter.item, letter.language)
        message = self._written_by_itself(letter, told, sender)
        message["Message-ID"] = receipts.message_id(letter.item, sender.address.rpartition("@")[2].lower())
        return Sent(sender.address, (), message.as_bytes())

    def _sender(self, tables: Tables, mailbox: str | None) -> Address:
        """A mailbox's address; the installation's, where there is none."""
        rows = mailboxes(tables, mailbox) if mailbox is not None else []
        usual = parseaddr(self._server.sender)
        return Address(rows[0].name, judge.as_sent(rows[0].address) or usual[1]) if rows else Address(*usual)

    def _written_by_itself(self, letter: Letter, told: Document, sender: Address) -> EmailMessage:
        """A letter that no person has written, and that no machine is to answer."""
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = formataddr((sender.name, sender.address))
        message["To"], message["Subject"] = letter.envelope, told.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(letter.asked_at / 1000, UTC))
        message["Auto-Submitted"] = "auto-replied" if letter.id.startswith(receipts.NAMED) else "auto-generated"
        message.set_content(told.text, cte="base64")
        message.add_alternative(told.html, subtype="html", cte="base64")
        return message

    def _answer(self, letter: Letter, cursor: Any) -> Sent:
        """What an agent wrote, from the queue's mailbox to the customer: an answer to it comes back to a person."""
        written = of_item(self._crm.db, cursor, letter.tenant, letter.item).all
        (mail,) = (each for each in written if isinstance(each, MailWritten) and each.mail == letter.id)
        tables = (self._crm.db, cursor, self._crm.live(cursor), letter.tenant)
        sender = self._sender(tables, mail.mailbox)
        message = written_out(
            writing.Letter(
                sender=sender,
                to=(Address("", letter.envelope),),
                cc=tuple(Address("", judge.as_sent(each) or each) for each in mail.cc),
                subject=mail.subject,
                text=mail.text,
                message_id=f"<{mail.mail}@{sender.address.rpartition('@')[2].lower()}>",
                date=datetime.fromtimestamp(mail.at / 1000, UTC),
                in_reply_to=mail.answered or "",
                references=mail.references,
                files=tuple(writing.File(each.name, each.type, self._content(each.sha256)) for each in mail.files),
                loop_mark=loop_mark(letter.tenant, self._server.sender),
            )
        )
        return Sent(sender.address, tuple(judge.as_sent(each) or each for each in mail.cc), message)

    def _content(self, name: str) -> bytes:
        if self._files is None:
            raise FileRefused("unknown_file", "PARLEY_FILES names no folder.")
        return b"".join(self._files.open(name))


async def _copied(smtp: SMTP, address: str) -> str | None:
    """Why somebody gets no copy: the others get theirs all the same."""
    try:
        await smtp.rcpt(address)
    except SMTPRecipientRefused as error:
        return f"no copy to {address}: {error}"
    return None


async def _hand_over(smtp: SMTP, message: bytes) -> tuple[str, str | None]:
    try:
        await smtp.data(message)
    except SMTPDataError as error:
        if error.code < 400:
            return "sent", None
        return ("failed" if error.code >= PERMANENT else "waiting"), str(error)
    except (SMTPException, OSError) as error:
        return "unknown", str(error) or type(error).__name__
    return "sent", None
