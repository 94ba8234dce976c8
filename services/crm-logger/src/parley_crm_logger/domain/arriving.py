"""R3: where a mail that has come in belongs, and what becomes of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from parley_contracts.mail_items import HearMail
from parley_mail.marks import opens_work
from parley_mail.refusals import MailRefused
from parley_mail.threads import is_correspondent
from parley_mail.values import Address, ReadMail

from .events import AttachedFile, MailReceived
from .mails import MOST_MAILS, MOST_REFERENCES, Mails

MOST_OF_A_TEXT = 100_000
"""Characters of a mail that stand in the log, and as many of what it quotes; the original has all."""
LONGEST_NAME, LONGEST_SUBJECT = 200, 200
MOST_FILES, MOST_ADDRESSES = 200, 100


class Arrived(NamedTuple):
    """A mail that is to be taken: where it stood (`validity` and `uid` 0: the hook), what it says or why it cannot be read, and where it is kept."""

    tenant: str
    mailbox: str
    queue: str
    validity: int
    uid: int
    size: int
    read: ReadMail | MailRefused | str
    original: str | None

    @property
    def mail(self) -> ReadMail | None:
        """What it says; None where it is refused."""
        return self.read if isinstance(self.read, ReadMail) else None

    @property
    def refused(self) -> str | None:
        """Why it cannot be read."""
        if isinstance(self.read, ReadMail):
            return None
        return self.read.code if isinstance(self.read, MailRefused) else self.read

    @property
    def name(self) -> str:
        """Its own name, the same whenever it comes again."""
        where = f"{self.original}" if self.original is not None and not self.uid else f"{self.validity}\0{self.uid}"
        told = f"{self.tenant}\0{self.mailbox}\0{where}"
        return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Known(NamedTuple):
    """The conversation that a mail names: its newest item, whether that is open, who had it last, whose it is, and with whom it is had."""

    item: str
    thread: str
    is_open: bool
    last_agent: str | None
    contact: str | None
    correspondents: frozenset[str]


class Taken(NamedTuple):
    """What becomes of it: the item whose mails it is among, the event, and what the floor hears, where anybody has to see to it."""

    item: str
    event: MailReceived
    hears: HearMail | None


def belongs(mail: ReadMail | None, known: Known | None) -> bool:
    """Whether a mail goes on with a conversation that it names: only whom it is had with can say so, and what a server reports of a mail of ours."""
    if mail is None or known is None:
        return False
    return mail.marks.bounce is not None or is_correspondent(mail, known.correspondents)


def taken(arrived: Arrived, known: Known | None, there: Mails, at: int) -> Taken:
    """What becomes of a mail; `there`: the mails of the item that it goes on with. What nobody has to see to is only noted where it belongs."""
    mail = arrived.mail
    goes_on = known if belongs(mail, known) else None
    opens = mail is None or opens_work(mail.marks)
    new = f"mail-{arrived.name}"
    into_open = goes_on is not None and (goes_on.is_open or not opens) and there.version < MOST_MAILS
    item = goes_on.item if goes_on is not None and into_open else new
    event = MailReceived(
        at=at,
        mail=arrived.name,
        mailbox=arrived.mailbox,
        validity=arrived.validity,
        uid=arrived.uid,
        seq=there.next_seq if into_open else 1,
        thread=goes_on.thread if goes_on is not None else item,
        opens=opens,
        size=arrived.size,
        original=arrived.original,
        otherwise=new if into_open and opens else None,
        refused=arrived.refused,
        **_said(mail),
    )
    if not opens:
        return Taken(item, event, None)
    hears = HearMail(
        tenant=arrived.tenant,
        item=new,
        queue=arrived.queue,
        goes_on=item if into_open else None,
        last_agent=goes_on.last_agent if goes_on is not None else None,
        subject=event.subject[:LONGEST_SUBJECT] or None,
        name=event.sender[:LONGEST_NAME] or None,
        contact=goes_on.contact if goes_on is not None else None,
    )
    return Taken(item, event, hears)


def _said(mail: ReadMail | None) -> dict[str, Any]:
    """What a mail says, as far as the log holds it."""
    if mail is None:
        return {}
    references = tuple(dict.fromkeys((*mail.references, *mail.in_reply_to)))
    return {
        "message_id": mail.message_id,
        "references": (*references[:1], *references[1:][-(MOST_REFERENCES - 1) :]),
        "sender": called(mail.author),
        "address": mail.author.address,
        "to": tuple(called(each) for each in mail.to[:MOST_ADDRESSES]),
        "cc": tuple(called(each) for each in mail.cc[:MOST_ADDRESSES]),
        "subject": " ".join(mail.subject.split())[:1_000],
        "text": mail.text[:MOST_OF_A_TEXT],
        "quoted": mail.quoted[:MOST_OF_A_TEXT],
        "files": tuple(
            AttachedFile(each.name, each.type, each.size, each.sha256, each.inline)
            for each in mail.attachments[:MOST_FILES]
        ),
        "marks": tuple(sorted(mail.marks.reasons)),
        "html": bool(mail.html),
        "cut": mail.cut or len(mail.text) > MOST_OF_A_TEXT or len(mail.quoted) > MOST_OF_A_TEXT,
    }


def called(address: Address) -> str:
    """A name and an address, as people read it. A name that holds another address says nothing about who it is."""
    name = " ".join(address.name.split()) if not address.misleading else ""
    if not address.address:
        return name[:LONGEST_NAME]
    return f"{name[: LONGEST_NAME - 4 - len(address.address)]} <{address.address}>" if name else address.address
