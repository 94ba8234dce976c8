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

_LINKS, _IDENTITIES = "links/", "identities/"
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


def contact_of(stream: str) -> tuple[str, str] | None:
    """Tenant and contact, if it is a contact's stream."""
    tenant, _, rest = stream.partition("/")
    return None if "/" in rest else (tenant, rest)


def item_of(stream: str) -> tuple[str, str] | None:
    """Tenant and item, if it is the stream of an interaction's link."""
    tenant, _, rest = stream.partition("/")
    return (tenant, rest.removeprefix(_LINKS)) if rest.startswith(_LINKS) else None
