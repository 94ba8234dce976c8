"""What takes the mails: a port, which the service with the store fills."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Taker(Protocol):
    """Keeps mails durably. The key of a mail is (mailbox, validity, uid): `mailbox` is `Mailbox.name`, `validity` the folder's UIDVALIDITY, `uid`
    the mail's UID in it; both are from 1 to 2^32 - 1.

    Calls of one mailbox come one after the other, with rising `uid` within a validity; those of several mailboxes come side by side. Between a mail
    that is stored and our next question everything may crash: then **the same key comes again, and the taker leaves it as it is**. It never happens that
    a mail is left out.

    When the validity has changed, the server has numbered the folder anew: every mail in it comes again with another key. Then the taker knows what
    it has by its Message-ID together with a hash of its content (Message-ID alone can be forged, and is missing in some mails).

    Whatever a method raises means "not now": the mail is handed over again, later, and nothing of the mailbox after it before. A mail that can never be
    taken must be put aside by the taker itself, with its reason, so that it stands in nobody's way (R32).
    """

    async def last(self, mailbox: str) -> tuple[int, int] | None:
        """(validity, uid) of the mail that was taken or refused last; None where there was none. May be behind what is stored, never ahead of it."""
        ...

    async def take(self, mailbox: str, validity: int, uid: int, internal_date: datetime, raw: bytes) -> None:
        """Store a mail: returns when it would survive a crash. `internal_date`: when the server received it, in UTC. `raw`: its bytes, as the
        server gave them, at most `Mailbox.largest`."""
        ...

    async def refuse(self, mailbox: str, validity: int, uid: int, size: int, reason: str) -> None:
        """Note durably that a mail is passed over; it stays on the server, unread. `size` in bytes, as the server says. `reason`: `too_large` (it was not
        fetched), or `unreadable` (the server has said no for a quarter of an hour when asked for it)."""
        ...
