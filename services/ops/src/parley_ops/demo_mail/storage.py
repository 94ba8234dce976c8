"""Mails as files: one folder an address, one file a mail, written so that neither kill -9 nor a power cut loses what was acknowledged.

A mail's UID is the number in its file's name; nothing is ever deleted, so the next UID is one more than the largest. The folder's UIDVALIDITY is made
once, with the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from threading import Lock
from time import time

DOMAINS = ("example.org", "example.com", "example.net", "example", "test", "invalid")
"""Made up for ever (RFC 2606): no mail that is meant for somebody comes here."""
LARGEST = 35_000_000
MOST_MAILS = 5_000
MOST_MAILBOXES = 500
LONGEST_ADDRESS = 254
HEADER_READ = 64 * 1024
SHOWN = 200

_FILE = re.compile(r"(\d{8})\.eml")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*)")


class NotKept(Exception):
    """The mail is not taken; nothing of it is stored. `code`: no_such_address, too_large, mailbox_full, too_many_mailboxes."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in a mailbox. `size` in bytes; `flags` as IMAP has them."""

    uid: int
    size: int
    arrived: datetime
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as a list shows it: texts decoded, cut, and in no way safe for HTML."""

    uid: int
    arrived: datetime
    sender: str
    to: str
    subject: str
    size: int
    seen: bool


def address_of(text: str) -> str:
    """An address of this server's world, in small letters. Raises NotKept(no_such_address)."""
    found = _ADDRESS.fullmatch(text.strip()) if len(text) <= LONGEST_ADDRESS else None
    domain = found[1].lower() if found else ""
    if not any(domain == known or domain.endswith(f".{known}") for known in DOMAINS):
        raise NotKept("no_such_address", f"only made-up addresses are here, like somebody@{DOMAINS[0]}")
    return text.strip().lower()


class Mails:
    """All mailboxes of a folder. Its methods block for as long as the disk does, and may be called by several threads, of one process."""

    def __init__(self, folder: Path, *, largest: int = LARGEST, most: int = MOST_MAILS) -> None:
        self.largest, self.most = largest, most
        self._folder, self._lock = folder, Lock()
        self._next: dict[str, int] = {}

    def begin(self) -> None:
        """Make the folder, and away with what a crash has left half written. Only for the process whose folder this is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob("*/new-*"):
            left.unlink()

    def put(self, address: str, content: bytes) -> int:
        """Store a mail; its UID, when it would survive a power cut. Raises NotKept, OSError."""
        address = address_of(address)
        if len(content) > self.largest:
            raise NotKept("too_large", f"a mail may have {self.largest} bytes here")
        with self._lock:
            place = self._made(address)
            uid = self._next.get(address) or max(_uids(place), default=0) + 1
            if uid > self.most:
                raise NotKept("mailbox_full", f"a mailbox takes {self.most} mails here")
            _write(place / f"{uid:08}.eml", content)
            self._next[address] = uid + 1
            return uid

    def validity(self, address: str) -> int:
        """The UIDVALIDITY of a mailbox, which is made if there is none. Raises NotKept."""
        with self._lock:
            return int((self._made(address_of(address)) / "validity").read_text())

    def renumber(self, address: str) -> None:
        """Give a mailbox another UIDVALIDITY, as a server does that lost its index."""
        with self._lock:
            place = self._made(address_of(address))
            _write(place / "validity", b"%d" % (int((place / "validity").read_text()) + 1))

    def mails(self, address: str, after: int = 0) -> list[Kept]:
        """The mails of a mailbox after that UID, in their order; none where there is no such mailbox."""
        place = self._place(address)
        return [kept for uid in sorted(_uids(place)) if uid > after and (kept := self.mail(address, uid)) is not None]

    def mail(self, address: str, uid: int) -> Kept | None:
        """One mail; None where there is none."""
        path = self._place(address) / f"{uid:08}.eml"
        try:
            facts = path.stat()
            flags = path.with_suffix(".flags").read_text().split() if path.with_suffix(".flags").exists() else []
        except FileNotFoundError:
            return None
        return Kept(uid, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC), frozenset(flags))

    def content(self, address: str, uid: int, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a mail. Raises FileNotFoundError."""
        with (self._place(address) / f"{uid:08}.eml").open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def flag(self, address: str, uid: int, flags: Iterable[str]) -> None:
        """A mail has these flags from now on."""
        with self._lock:
            _write(self._place(address) / f"{uid:08}.flags", " ".join(sorted(flags)).encode())

    def shown(self, address: str, most: int = 100) -> list[Shown]:
        """The newest mails of a mailbox, newest first, for a page that shows it."""
        uids = sorted(_uids(self._place(address)), reverse=True)[:most]
        return [self._as_shown(address, kept) for uid in uids if (kept := self.mail(address, uid)) is not None]

    def _as_shown(self, address: str, kept: Kept) -> Shown:
        headers = BytesHeaderParser().parsebytes(self.content(address, kept.uid, 0, HEADER_READ))
        name, sender = parseaddr(_text(headers.get("From")))
        return Shown(
            kept.uid,
            kept.arrived,
            name or sender,
            _text(headers.get("To")),
            _text(headers.get("Subject")),
            kept.size,
            "\\Seen" in kept.flags,
        )

    def _place(self, address: str) -> Path:
        named = address_of(address)
        return self._folder / f"{re.sub(r'[^a-z0-9.-]', '_', named)[:60]}-{sha256(named.encode()).hexdigest()[:12]}"

    def _made(self, address: str) -> Path:
        place = self._place(address)
        if not (place / "validity").exists():
            if sum(1 for _ in self._folder.iterdir()) >= MOST_MAILBOXES:
                raise NotKept("too_many_mailboxes", f"there are {MOST_MAILBOXES} mailboxes already")
            place.mkdir(exist_ok=True)
            _sync(self._folder)
            _write(place / "validity", b"%d" % int(time()))
        return place


def _uids(place: Path) -> list[int]:
    names = os.listdir(place) if place.exists() else []
    return [int(found[1]) for name in names if (found := _FILE.fullmatch(name))]


def _text(value: object) -> str:
    try:
        told = str(make_header(decode_header(str(value or ""))))
    except (ValueError, LookupError):
        told = str(value)
    return "".join(sign if sign.isprintable() else " " for sign in told).strip()[:SHOWN]


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(f"new-{path.name}")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
