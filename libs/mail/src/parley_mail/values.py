"""What a mail is once it has been read: frozen values, all of them bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much of a mail is read. Past the first group it is refused by name; past the second it is cut, and `ReadMail.cut` says so."""

    bytes: int = 40 * MIB
    """Of the whole mail as it came: 29 MiB of files, which become a third larger on their way."""
    lines: int = 1_000_000
    """A file of 29 MiB comes in half as many. Python's parser takes its time and memory by the line, and by how deep it lies."""
    parts: int = 200
    depth: int = 20
    headers: int = 1_000
    """Of one part."""

    header_characters: int = 64 * 1024
    """Of the headers of one name, together."""
    text_characters: int = 200_000
    """Of the readable text, and of the quoted part; in all parts together."""
    markup_characters: int = 1_000_000
    """Of HTML as it came, in all parts together."""
    shown_characters: int = 500_000
    """Of HTML as it is shown."""
    recipients: int = 500
    references: int = 50


@dataclass(frozen=True)
class Address:
    """A name and an address. `address` is empty where none could be read; it is then no sender to trust and no recipient to write to."""

    name: str
    address: str

    @property
    def misleading(self) -> bool:
        """The name holds an address, and it is not this one: what somebody writes who wants to be taken for another."""
        return "@" in self.name and self.address.lower() not in self.name.lower()


@dataclass(frozen=True)
class Attachment:
    """A part that is no text of the mail. `name` is safe as a file's name; `declared` is what the sender says it is, `type` what its content says."""

    name: str
    declared: str
    type: str
    size: int
    sha256: str
    content_id: str
    """Without angle brackets; empty where it has none."""
    inline: bool
    """Shown within the mail, such as a picture of its HTML."""
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class FailedRecipient:
    """Somebody whom a mail of ours did not reach (RFC 3464): `status` such as 5.1.1 (RFC 3463), or empty."""

    address: str
    status: str
    diagnostic: str

    @property
    def permanent(self) -> bool:
        return not self.status.startswith("4")


@dataclass(frozen=True)
class Bounce:
    """A report that a mail was not delivered. `original` is the Message-ID of the mail it is about, or empty."""

    recipients: tuple[FailedRecipient, ...]
    original: str


Reason = Literal[
    "auto_replied",
    "auto_generated",
    "out_of_office",
    "response_suppressed",
    "bounce",
    "delivery_report",
    "read_receipt",
    "abuse_report",
    "null_sender",
    "mailing_list",
    "bulk",
    "precedence",
    "loop",
    "spam",
    "machine_sender",
]


@dataclass(frozen=True)
class Marks:
    """What a mail is, by its headers and its form. `reasons` are the rows of `marks.TABLE` that hold for it."""

    reasons: frozenset[Reason] = frozenset()
    bounce: Bounce | None = None
    calendar: str = ""
    """The method of an invitation (RFC 5546), such as REQUEST or CANCEL; PUBLISH where it names none; empty where there is no calendar part."""
    signed: bool = False
    encrypted: bool = False

    @property
    def auto_reply(self) -> bool:
        return bool(self.reasons & {"auto_replied", "out_of_office"})

    @property
    def out_of_office(self) -> bool:
        return "out_of_office" in self.reasons

    @property
    def mailing_list(self) -> bool:
        return "mailing_list" in self.reasons

    @property
    def loop(self) -> bool:
        return "loop" in self.reasons

    @property
    def spam(self) -> bool:
        return "spam" in self.reasons


@dataclass(frozen=True)
class ReadMail:
    """A mail that can be shown. All texts are Unicode without NUL, control characters and what turns the direction of writing."""

    message_id: str
    """With its angle brackets, as are all Message-IDs here; empty where the mail has none."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    """From the oldest on: the first, and of the others the newest."""
    author: Address
    """The first address of From."""
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    """What the sender says, in UTC; None where it cannot be read."""
    subject: str
    text: str
    """What the sender wrote, to be read as it stands."""
    quoted: str
    """The earlier mails below it, to be shown folded; empty where answers stand between the quotes: then all of it is `text`."""
    html: str
    """Sanitised, for a sandboxed frame; empty where the mail has no HTML. Pictures are `cid:` alone, see `markup.with_pictures`."""
    left_out: int
    """How many pictures the HTML would have loaded from elsewhere."""
    attachments: tuple[Attachment, ...]
    marks: Marks
    cut: bool
    """Something was longer than its limit; the original has the rest."""
    size: int
    sha256: str
    """Of the mail as it came: the name under which a `FileStore` keeps the original."""
