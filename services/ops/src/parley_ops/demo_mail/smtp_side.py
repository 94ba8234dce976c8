"""The way in of the demonstration's mails: SMTP, by aiosmtpd."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from .storage import Mails, NotKept, address_of

ANSWERS = {
    "no_such_address": "550 5.1.1",
    "too_large": "552 5.3.4",
    "mailbox_full": "452 4.2.2",
    "too_many_mailboxes": "452 4.2.1",
}
MOST_RECIPIENTS = 20
MOST_CONNECTIONS = 50
SILENT_S = 120.0


class Door:
    """Takes mails for any made-up address. An answer of 250 means that it is on the disk, in every mailbox that it is for."""

    def __init__(
        self, mails: Mails, company: frozenset[str], company_mailbox: str, arrived: Callable[[str], None]
    ) -> None:
        self._mails, self._company, self._company_mailbox, self._arrived = mails, company, company_mailbox, arrived

    def mailbox_of(self, address: str) -> str:
        """The mailbox in which mails for an address arrive. Raises NotKept."""
        named = address_of(address)
        return self._company_mailbox if named in self._company else named

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """One more recipient."""
        try:
            self.mailbox_of(address)
        except NotKept as error:
            return f"{ANSWERS[error.code]} {error}"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return f"452 4.5.3 A mail has {MOST_RECIPIENTS} recipients at most here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The mail itself, kept with its envelope in front, as the last mail server on a mail's way does."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        sender = "".join(sign for sign in envelope.mail_from or "" if sign.isprintable())
        try:
            for recipient in dict.fromkeys(envelope.rcpt_tos):
                mailbox = self.mailbox_of(recipient)
                trace = f"Return-Path: <{sender}>\r\nDelivered-To: {address_of(recipient)}\r\n".encode()
                await asyncio.to_thread(self._mails.put, mailbox, trace + content)
                self._arrived(mailbox)
        except NotKept as error:
            return f"{ANSWERS[error.code]} {error}"
        except OSError as error:
            return f"451 4.3.0 It could not be stored: {error.strerror}"
        return "250 2.0.0 It is stored"


class Full(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is told, and ended."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 there are too many connections: try again later\r\n")
        transport.close()


class Entrance:
    """The listening side. Raises OSError when it opens."""

    def __init__(self, door: Door, largest: int) -> None:
        self._door, self._largest = door, largest
        self._talks: WeakSet[SMTP] = WeakSet()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port."""
        self._server = await asyncio.get_running_loop().create_server(self._talk, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    def _talk(self) -> asyncio.BaseProtocol:
        if sum(talk.transport is not None for talk in self._talks) >= MOST_CONNECTIONS:
            return Full()
        talk = SMTP(
            self._door,
            data_size_limit=self._largest,
            enable_SMTPUTF8=True,
            timeout=SILENT_S,
            ident="Parley demonstration",
        )
        self._talks.add(talk)
        return talk

    def close(self) -> None:
        """Listen no more, and end what is open."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            if talk.transport is not None:
                talk.transport.close()
