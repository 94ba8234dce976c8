"""What is kept of who read what, logged in, changed a login, or was turned away: for an auditor, not for the product."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

MINUTE_MS = 60_000


class Entry(NamedTuple):
    """One thing that somebody did or tried, at `at` (milliseconds since 1970), from an `address`.

    `action` is what it was (`transcript.read`), `about` the address that was asked for, `outcome` `ok` or the status of the refusal,
    `reason` what they said why. What is refused in the same way again and again within a minute is one entry, `times` over.
    """

    entry: str
    at: int
    tenant: str
    user: str
    role: str
    login: str
    address: str
    action: str
    about: str
    outcome: str
    reason: str
    times: int = 1


def refused(entry: Entry) -> Entry:
    """The same, under a name that all refusals of its kind have within the minute."""
    minute = entry.at // MINUTE_MS
    kind = "\x00".join(entry[2:-1])
    return entry._replace(entry=f"{minute:x}.{sha256(kind.encode('utf-8', 'replace')).hexdigest()[:16]}")


def of_an_address(entry: Entry) -> Entry:
    """What is left of it where too much comes at once: that an address was refused."""
    return refused(entry._replace(user="*", role="", login="", about="*", reason=""))
