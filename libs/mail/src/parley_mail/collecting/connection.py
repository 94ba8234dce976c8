"""A connection to an IMAP server: opened, logged in, with one folder selected."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from . import wording
from .failures import FolderMissing, LoginRefused, NotReached, NotServed, NotUnderstood
from .mailbox import Mailbox
from .responses import LONGEST_LINE, PIECE, Fetched, Listing, Parts, Status, fetched_of, read_line, read_rest, status_of

WHOLE_COMMAND_S = 600.0
MOST_LISTED = 10_000
TOKEN_LONGEST = 16_384

PASSING_CODES = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG")
"""With these a login is not refused, but impossible now (RFC 5530)."""

T = TypeVar("T")
Hear = Callable[[Parts], None]


class Connection:
    """One conversation; one command at a time. After any exception it is of no use any more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        self._reader, self._writer, self._patience = reader, writer, patience
        self._tags = count(1)
        self._unencrypted: asyncio.StreamWriter | None = None
        self._farewell = ""
        self.capabilities: frozenset[str] = frozenset()
        self.news = False
        """The server has said that there is another mail."""
        self.validity = 0
        self.read_only = False

    @classmethod
    async def open(cls, mailbox: Mailbox, patience: float) -> Connection:
        """Reached, encrypted and logged in. Raises NotReached, LoginRefused, NotUnderstood."""
        trusting = mailbox.trusting() if mailbox.security != "none" else None
        try:
            async with asyncio.timeout(patience):
                reader, writer = await asyncio.open_connection(
                    mailbox.host,
                    mailbox.port,
                    limit=LONGEST_LINE,
                    ssl=trusting if mailbox.security == "tls" else None,
                    server_hostname=mailbox.host if mailbox.security == "tls" else None,
                )
        except TimeoutError:
            raise NotReached(f"{mailbox.host}:{mailbox.port} does not answer") from None
        except OSError as error:
            raise NotReached(str(error) or type(error).__name__) from error
        here = cls(reader, writer, patience)
        try:
            await here._greeted(mailbox, trusting)
            await here._log_in(mailbox)
            await here._ask_capabilities()
        except BaseException:
            here.close()
            raise
        return here

    def close(self) -> None:
        """End it at once."""
        self._writer.close()

    async def _greeted(self, mailbox: Mailbox, trusting: ssl.SSLContext | None) -> None:
        sock: socket.socket | None = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        hello = (await self._response())[0]
        status = status_of(hello[2:]) if hello.startswith(b"* ") else None
        if status is None or status.word not in ("OK", "PREAUTH", "BYE"):
            raise NotUnderstood("this is no IMAP server")
        if status.word == "BYE":
            raise NotReached(f"the server says: {status.text}")
        if mailbox.security == "starttls" and trusting is not None:
            if status.word == "PREAUTH" or (await self.run(b"STARTTLS")).word != "OK":
                raise NotReached("the server has no STARTTLS, and nothing is said without")
            await self._encrypt(trusting, mailbox.host)
        await self._ask_capabilities()

    async def _encrypt(self, trusting: ssl.SSLContext, host: str) -> None:
        """With a new reader: what came before the encryption, unasked, is believed by nobody."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        before = self._unencrypted = self._writer  # kept: it would end the connection when it is collected as garbage
        before.transport.set_protocol(protocol)
        try:
            transport = await self._within(
                loop.start_tls(before.transport, protocol, trusting, server_hostname=host), self._patience
            )
        except OSError as error:
            raise NotReached(str(error) or type(error).__name__) from error
        if transport is None:
            raise NotReached("the connection ended while it was being encrypted")
        protocol.connection_made(transport)
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _ask_capabilities(self) -> None:
        found: list[str] = []

        def hear(parts: Parts) -> None:
            words = parts[0].decode("ascii", "replace").upper().split()
            if words[:1] == ["CAPABILITY"]:
                found[:] = words[1:]

        await self.run(b"CAPABILITY", hear=hear)
        self.capabilities = frozenset(found)

    async def _log_in(self, mailbox: Mailbox) -> None:
        if "LOGINDISABLED" in self.capabilities and mailbox.token is None:
            raise LoginRefused("the server takes no passwords here")
        if mailbox.token is not None:
            status = await self.run(
                b"AUTHENTICATE XOAUTH2", said=[wording.xoauth2(mailbox.user, await _token(mailbox))]
            )
        elif "AUTH=PLAIN" in self.capabilities:
            status = await self.run(b"AUTHENTICATE PLAIN", said=[wording.plain(mailbox.user, mailbox.password)])
        else:
            status = await self._log_in_by_name(mailbox)
        if status.word == "OK":
            return
        told = status.text or status.word
        if status.code.startswith(PASSING_CODES):
            raise NotReached(f"the server takes nobody now: {told}")
        raise LoginRefused(told)

    async def _log_in_by_name(self, mailbox: Mailbox) -> Status:
        user, password = mailbox.user.encode(), mailbox.password.encode()
        short, shorter = wording.quoted(user), wording.quoted(password)
        if short is not None and shorter is not None:
            return await self.run(b"LOGIN %b %b" % (short, shorter))
        return await self.run(b"LOGIN {%d}" % len(user), said=[user + b" {%d}" % len(password), password])

    async def select(self, folder: str) -> int:
        """Open the folder; its UIDVALIDITY. Raises FolderMissing, NotUnderstood."""
        self.validity, self.news = 0, False
        status = await self.run(b"SELECT " + wording.folder(folder))
        if status.word != "OK":
            raise FolderMissing(status.text or status.word)
        self.read_only = status.code.startswith("READ-ONLY")
        if not self.validity:
            raise NotUnderstood("the server gives the folder no UIDVALIDITY: its mails cannot be told apart")
        return self.validity

    async def mails(self, after: int) -> list[Fetched]:
        """The mails after that UID, in order; of many, the first ones. Raises NotServed."""
        listing = Listing(MOST_LISTED)

        def hear(parts: Parts) -> None:
            mail = fetched_of(parts)
            if (
                mail is not None and mail.size is not None and mail.uid > after
            ):  # N:* names the last one, too, however old
                listing.add(mail)

        self.news = False
        await self._served(b"UID FETCH %d:* (UID RFC822.SIZE INTERNALDATE)" % (after + 1), hear)
        return listing.first()

    async def piece(self, uid: int, offset: int) -> bytes | None:
        """`PIECE` bytes of a mail from that one on, fewer at its end; None where there is no such mail any more. It is not marked as read by this.
        Raises NotServed."""
        found: list[bytes] = []

        def hear(parts: Parts) -> None:
            mail = fetched_of(parts)
            if mail is not None and mail.uid == uid and mail.body is not None:
                found[:] = [mail.body]

        await self._served(b"UID FETCH %d (UID BODY.PEEK[]<%d.%d>)" % (uid, offset, PIECE), hear)
        return found[0] if found else None

    async def mark_seen(self, uid: int) -> bool:
        """Mark a mail as read; whether the server does so."""
        return (await self.run(b"UID STORE %d +FLAGS.SILENT (\\Seen)" % uid)).word == "OK"

    async def move(self, uid: int, folder: str) -> bool:
        """Move a mail to another folder; whether the server does so."""
        return (await self.run(b"UID MOVE %d %b" % (uid, wording.folder(folder)))).word == "OK"

    async def wait(self, idle: float, poll: float) -> None:
        """Until the server says that there is another mail, or that many seconds have gone: `idle` where it speaks by itself, else `poll`. The server
        has answered when this returns."""
        if not self.news and "IDLE" in self.capabilities:
            await self._idle(idle)
        elif not self.news:
            await asyncio.sleep(poll)
            await self._served(b"NOOP")

    async def _idle(self, seconds: float) -> None:
        tag = self._send(b"IDLE")
        while not (parts := await self._response())[0].startswith(b"+"):
            if self._ended(parts, tag) is not None:
                self.capabilities -= {"IDLE"}
                return
        until = asyncio.get_running_loop().time() + seconds
        while not self.news:
            try:
                async with asyncio.timeout_at(until):
                    line = await read_line(self._reader)
            except TimeoutError:
                break  # it is asked whether it still lives
            except OSError as error:
                raise NotReached(str(error) or type(error).__name__) from error
            self._heard(await self._within(read_rest(self._reader, line), self._patience))
        self._write(b"DONE")
        while self._ended(await self._response(), tag) is None:
            pass

    async def _served(self, line: bytes, hear: Hear | None = None) -> None:
        status = await self.run(line, hear=hear)
        if status.word != "OK":
            raise NotServed(f"{line.split(b'(')[0].decode('ascii', 'replace').strip()}: {status.text or status.word}")

    async def run(self, line: bytes, *, hear: Hear | None = None, said: list[bytes] | None = None) -> Status:
        """Say a command, hear what comes of it. `said`: what the server is answered when it asks to go on, one after the other; an empty line from then on.
        Raises NotReached, NotUnderstood."""
        answers = list(said or [])
        tag = self._send(line)
        try:
            async with asyncio.timeout(WHOLE_COMMAND_S):
                while True:
                    parts = await self._response()
                    if parts[0].startswith(b"+"):
                        self._write(answers.pop(0) if answers else b"")
                        continue
                    status = self._ended(parts, tag, hear)
                    if status is not None:
                        return status
        except TimeoutError:
            raise NotReached(f"no end of an answer for {WHOLE_COMMAND_S:.0f} s") from None

    def _ended(self, parts: Parts, tag: bytes, hear: Hear | None = None) -> Status | None:
        if parts[0].startswith(b"* "):
            self._heard(parts, hear)
            return None
        said, _, rest = parts[0].partition(b" ")
        status = status_of(rest) if said == tag else None
        if status is None or status.word not in ("OK", "NO", "BAD"):
            raise NotUnderstood("the server answers what was not asked")
        if status.code.startswith("READ-ONLY"):
            self.read_only = True
        return status

    def _heard(self, parts: Parts, hear: Hear | None = None) -> None:
        first = parts[0] = parts[0].removeprefix(b"* ")
        status = status_of(first)
        if status is not None and status.word == "BYE":
            self._farewell = status.text
        elif status is not None and status.code.startswith("UIDVALIDITY "):
            validity = status.code.removeprefix("UIDVALIDITY ").strip()
            if not validity.isdigit() or self.validity not in (0, int(validity)):
                raise NotUnderstood("the server has numbered the folder anew")
            self.validity = int(validity)
        elif first.upper().endswith(b" EXISTS"):
            self.news = True
        if hear is not None:
            hear(parts)

    def _send(self, line: bytes) -> bytes:
        tag = b"P%d" % next(self._tags)
        self._write(tag + b" " + line)
        return tag

    def _write(self, line: bytes) -> None:
        self._writer.write(line + b"\r\n")

    async def _response(self) -> Parts:
        try:
            await self._within(self._writer.drain(), self._patience)
            line = await self._within(read_line(self._reader), self._patience)
            return await self._within(read_rest(self._reader, line), self._patience)
        except NotReached as error:
            raise NotReached(f"the server says: {self._farewell}" if self._farewell else str(error)) from None
        except OSError as error:
            raise NotReached(str(error) or type(error).__name__) from error

    @staticmethod
    async def _within(work: Awaitable[T], seconds: float) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            raise NotReached(f"no answer for {seconds:g} s") from None


async def _token(mailbox: Mailbox) -> str:
    assert mailbox.token is not None
    try:
        token = await mailbox.token()
    except Exception as error:
        raise NotReached(f"there is no token: {error}") from error
    if not token or len(token) > TOKEN_LONGEST or not token.isascii() or not token.isprintable():
        raise LoginRefused("there is no token that could be sent")
    return token
