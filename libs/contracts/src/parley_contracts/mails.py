"""Questions and commands about mailboxes and the mails that came in (R3): what gateways ask the crm-logger, at `CRM_QUESTIONS`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .contacts import LONGEST_NAME, Address
from .reading import Reading
from .shapes import Command, Key, Shape

MOST_MAILBOXES = 100
"""Of one company."""
LONGEST_URL = 500

FileName = Annotated[str, Field(min_length=1, max_length=64)]
"""The SHA-256 of a file's content: its name in the file store."""


class MailboxSettings(Shape):
    """A mailbox of the company: mails that come to `address` are collected from the IMAP server at `url` (`imaps://USER@HOST:PORT/FOLDER`, or
    `imap:` with STARTTLS), and wait in `queue`; answers to them come from `address`, under `name`. Without a `url` nothing is collected: mails come by
    the hook alone, or the mailbox only sends."""

    address: Address
    queue: Key
    name: str = Field("", max_length=LONGEST_NAME)
    url: str = Field("", max_length=LONGEST_URL)
    enabled: bool = True


class PutMailbox(Command):
    """Create or change a mailbox. `sealed`: its password as it is stored; None leaves the one that there is. Refused with `conflict` where another
    mailbox has the address, with `too_long` where there are many."""

    type: Literal["put_mailbox"] = "put_mailbox"
    mailbox: Key
    settings: MailboxSettings
    sealed: str | None = Field(None, max_length=4_000, repr=False)
    mask: tuple[str, ...] | None = None
    """What the company has masked (masking.py); None: as it is."""


class RemoveMailbox(Command):
    """Collect from a mailbox no more; what came from it stays. Refused with `not_found`."""

    type: Literal["remove_mailbox"] = "remove_mailbox"
    mailbox: Key


class SetMasking(Command):
    """The company has this masked from now on, in mails that come in too: in whatever its mailboxes take. The ack means that it holds."""

    type: Literal["set_masking"] = "set_masking"
    mask: tuple[str, ...] = ()


class AskMailboxes(Command):
    """The company's mailboxes by name, as the ack's `mailboxes`: their settings, and `password`: whether there is one."""

    type: Literal["ask_mailboxes"] = "ask_mailboxes"


class TakeMail(Command):
    """A mail that a server has handed to the hook: it lies in the file store as `original`. Taken once, however often it is handed over. The ack has
    the `item` whose mails it is among, and `opened`: whether somebody has to see to it."""

    type: Literal["take_mail"] = "take_mail"
    mailbox: Key
    original: FileName


class AskMail(Reading):
    """One mail of an item, by its number among the item's entries: the ack has `original` and `files`, each with `name`, `type`, `size` and
    `sha256`, for whoever may read the item."""

    type: Literal["ask_mail"] = "ask_mail"
    item: str
    seq: int


class KeepUpload(Command):
    """A file that an agent has handed in, to go along with an answer of theirs within a day: it lies in the file store under its SHA-256. The ack has
    its name as an `attachment`, which nobody else can use."""

    type: Literal["keep_upload"] = "keep_upload"
    name: str = Field(min_length=1, max_length=255)
    media_type: str = Field(max_length=100)
    size: int = Field(ge=0)
    sha256: FileName
