"""The demonstration's own mail server: SMTP in, IMAP out, on this machine only. Nothing ever leaves it.

Mails to an address of the company arrive in the company's mailbox, mails to any other address in that one's own, which is the customer's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from .imap_side import LONGEST_LINE, Office
from .smtp_side import Door, Entrance
from .storage import LARGEST, MOST_MAILS, Kept, Mails, NotKept, Shown, address_of

FAREWELL_S = 2.0

__all__ = ["DemoMail", "Kept", "Mails", "NotKept", "Shown", "mails_in"]


class DemoMail:
    """The server, in `folder`. `company`: its addresses; the first is the name of their mailbox, and its IMAP user. Every mailbox has the same
    `password`. `host` is an address of the loopback interface; port 0 takes a free one. Raises ValueError, NotKept."""

    def __init__(
        self,
        folder: Path,
        company: Iterable[str],
        password: str,
        *,
        host: str = "127.0.0.1",
        smtp_port: int = 0,
        imap_port: int = 0,
        largest: int = LARGEST,
        most: int = MOST_MAILS,
    ) -> None:
        if not ip_address(host).is_loopback:
            raise ValueError(f"the demonstration's mail server is for this machine only, not for {host}")
        addresses = [address_of(address) for address in company]
        if not addresses or not password:
            raise ValueError("the company needs an address, and the mailboxes a password")
        self.mails = Mails(folder, largest=largest, most=most)
        self.company_mailbox = addresses[0]
        self._office = Office(self.mails, password)
        self._door = Door(self.mails, frozenset(addresses), addresses[0], self._office.arrived)
        self._host, self.smtp_port, self.imap_port = host, smtp_port, imap_port
        self._entrance = Entrance(self._door, largest)
        self._imap: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; `smtp_port` and `imap_port` say where. Raises OSError."""
        await asyncio.to_thread(self.mails.begin)
        self._imap = await asyncio.start_server(self._office.talk, self._host, self.imap_port, limit=LONGEST_LINE)
        try:
            self.smtp_port = await self._entrance.open(self._host, self.smtp_port)
        except OSError:
            await self.stop()
            raise
        self.imap_port = self._imap.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and end what is open. Whatever was acknowledged is on the disk."""
        self._entrance.close()
        if self._imap is not None:
            self._imap.close()
            await self._office.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._imap.wait_closed(), FAREWELL_S)
        self._imap = None

    def deliver(self, address: str, content: bytes) -> int:
        """Put a mail into the mailbox of an address, past SMTP and byte for byte; its UID there. From the thread of the server's loop,
        which waits for the disk meanwhile. Raises NotKept, OSError."""
        mailbox = self._door.mailbox_of(address)
        uid = self.mails.put(mailbox, content)
        self._office.arrived(mailbox)
        return uid


def mails_in(folder: Path, address: str, most: int = 100) -> list[Shown]:
    """The newest mails of an address in a server's folder, newest first. Raises NotKept for an address that is not made up."""
    return Mails(folder).shown(address, most)
