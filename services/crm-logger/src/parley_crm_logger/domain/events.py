"""What can happen to contacts, links and identities. Private to the crm-logger: the log of these is the truth (R29)."""

from __future__ import annotations

import msgspec
from msgspec import field
from parley_contracts.tables import kinds_under


class Fields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who somebody is; what is None or empty is not known. `numbers`: those of the `phones` that can be dialled from anywhere."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    organisation: str | None = None
    language: str | None = None
    notes: str | None = None
    customer_number: str | None = None


class Happened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` in milliseconds since 1970; `by` the idempotency key of the command that led to it, `digest` of its content;
    `agent` is the user who did it, None where a company's website did."""

    at: int
    command_key: str | None = field(name="by", default=None)
    digest: int = 0
    agent: str | None = None


class ContactPut(Happened, frozen=True, kw_only=True):
    """A contact was created or changed: this is what is known of them now (R24)."""

    fields: Fields


class ContactMerged(Happened, frozen=True, kw_only=True):
    """It is the same person as the contact `into`."""

    into: str


class ContactUnmerged(Happened, frozen=True, kw_only=True):
    """It is not the same person as the contact `out_of`, after all."""

    out_of: str


class Linked(Happened, frozen=True, kw_only=True):
    """Whose a closed interaction was, corrected; None: nobody known (R24)."""

    contact: str | None


class IdentityUsed(Happened, frozen=True, kw_only=True):
    """A company's website has vouched for its visitor in `chat`, who is the contact. `token_id` is remembered until
    `expires_at`."""

    contact: str
    token_id: str
    chat: str
    expires_at: int


class AttachedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a mail, kept in the file store under its SHA-256; `type` is what it is by its content, `size` in bytes."""

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False


class MailWritten(Happened, frozen=True, kw_only=True):
    """R35: an agent has answered an e-mail. `mail`: its name in the outbox, and the first part of its Message-ID; `name`: the agent's. `seq`: its number
    among the item's entries, where it is not the one after its place. `mailbox`: whose address it comes from; `thread`: the first item of the
    conversation; `answered`: the Message-ID that it answers, `references`: those before. `own`: so many characters of the text are the agent's own, where
    they hand something on."""

    mail: str
    to: str
    subject: str
    text: str
    name: str | None = None
    cc: tuple[str, ...] = ()
    files: tuple[AttachedFile, ...] = ()
    seq: int | None = None
    mailbox: str | None = None
    thread: str | None = None
    answered: str | None = None
    references: tuple[str, ...] = ()
    own: int | None = None

    @property
    def said(self) -> str:
        """What the agent has written themselves."""
        return self.text if self.own is None else self.text[: self.own]


class MailWithdrawn(Happened, frozen=True, kw_only=True):
    """R35: an answer to an e-mail does not go out after all: the `answer`th event of its stream, `mail` in the outbox."""

    mail: str
    answer: int


class MailReceived(Happened, frozen=True, kw_only=True):
    """R3: a mail has come into a mailbox of the company, or to its hook. `validity` and `uid` say where it stood there, 0 for the hook. `original`: the
    whole mail in the file store, `size` bytes; None where the server has not given it. `sender` with the name that it gives itself, `address` without. What its
    sender wrote is `text`, the mails below it `quoted`. `marks` as `parley_mail` names them; `refused`: why it cannot be shown. `opens`:
    somebody has to see to it. `otherwise`: the item that it waits as, should the one that it goes on with be closed by then. `masked`: something in it
    was masked, and neither the original nor its page is kept."""

    mail: str
    mailbox: str
    validity: int
    uid: int
    seq: int
    thread: str
    opens: bool
    size: int
    original: str | None = None
    otherwise: str | None = None
    message_id: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""
    address: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    quoted: str = ""
    files: tuple[AttachedFile, ...] = ()
    marks: tuple[str, ...] = ()
    refused: str | None = None
    html: bool = False
    cut: bool = False
    masked: bool = False


class MailboxSet(Happened, frozen=True, kw_only=True):
    """A mailbox of the company, as the contracts' MailboxSettings; `sealed`: its password, which the installation's secret opens; `mask`: what is masked
    in its mails."""

    address: str
    queue: str
    name: str = ""
    url: str = ""
    enabled: bool = True
    sealed: str = ""
    mask: tuple[str, ...] = ()


class MailboxRemoved(Happened, frozen=True, kw_only=True):
    """Nothing is collected from it any more."""


class DifferencesAccepted(Happened, frozen=True, kw_only=True):
    """R29: the CRM built anew took over although rows of it differed. `who` decided so on the operators' machine, and why;
    `different`: how many rows, `kept`: the file that they are in; `projection` has built it, `before` the one until then."""

    who: str
    because: str
    different: int
    kept: str
    projection: str
    before: str | None = None


EVENTS: tuple[type[Happened], ...] = kinds_under(Happened)


class Recorded(msgspec.Struct, frozen=True):
    """One event at its place: the `version`th of its stream."""

    stream: str
    version: int
    event: Happened


# --- names of streams: a contact's has one slash, and no key has any ---------------------------------------------------

_LINKS, _IDENTITIES, _MAILS, _MAILBOXES = "links/", "identities/", "mails/", "mailboxes/"
OF_INTERACTIONS = (_LINKS, _MAILS)
"""What the names of streams about an interaction begin with, behind the tenant."""
REBUILDS = "/rebuilds/crm"
"""The stream of what was accepted in rebuilds; it is no tenant's."""


def contact_stream(tenant: str, contact: str) -> str:
    """The stream of a contact."""
    return f"{tenant}/{contact}"


def link_stream(tenant: str, item: str) -> str:
    """The stream of the corrections of one interaction's link."""
    return f"{tenant}/{_LINKS}{item}"


def identity_stream(tenant: str, service: str, subject: str) -> str:
    """The stream of what a service's website has said of one of its visitors."""
    return f"{tenant}/{_IDENTITIES}{service}/{subject}"


def mail_stream(tenant: str, item: str) -> str:
    """The stream of the mails of an item: what came in, and what agents have written in answer."""
    return f"{tenant}/{_MAILS}{item}"


def mailbox_stream(tenant: str, mailbox: str) -> str:
    """The stream of a mailbox's settings."""
    return f"{tenant}/{_MAILBOXES}{mailbox}"


def mailbox_of(stream: str) -> tuple[str, str] | None:
    """Tenant and mailbox, if it is a mailbox's stream."""
    tenant, _, rest = stream.partition("/")
    return (tenant, rest.removeprefix(_MAILBOXES)) if rest.startswith(_MAILBOXES) else None


def contact_of(stream: str) -> tuple[str, str] | None:
    """Tenant and contact, if it is a contact's stream."""
    tenant, _, rest = stream.partition("/")
    return None if "/" in rest else (tenant, rest)


def item_of(stream: str) -> tuple[str, str] | None:
    """Tenant and item, if it is a stream about an interaction: its link, or the answers to an e-mail."""
    tenant, _, rest = stream.partition("/")
    kind, _, item = rest.partition("/")
    return (tenant, item) if f"{kind}/" in OF_INTERACTIONS else None
