"""R35: an agent writes an e-mail about an item that they have or had: a chat whose visitor is gone, a call, an e-mail that is closed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from parley_contracts import contact_values as judge
from parley_contracts.contacts import LONGEST_NAME, LONGEST_SUBJECT, AskContact, AskInteraction
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused
from parley_contracts.topology import CRM_QUESTIONS

from ..domain.identity import Identity
from ..service_link import ServiceLink
from .soon_heard import soon_heard


async def composed_mail(
    link: ServiceLink,
    who: Identity,
    reader: Reader,
    id: str,
    item: str,
    to: str | None,
    subject: str | None,
    known: str | None,
) -> dict[str, Any]:
    """The fields of the `ComposeMail` that begins it; the same for the same agent and `id`. It waits nowhere: it is in the item's queue, and the
    agent's own. It goes to `to`, or to whoever wrote the item, or to the first address of its contact: `known`, where the
    floor knows that before the record does. Raises Refused: `not_found`, `forbidden`."""

    async def ask() -> dict[str, Any]:
        asked = AskInteraction(tenant=who.tenant, reader=reader, item=item)
        return (await link.ask(CRM_QUESTIONS, asked, who.role, who.user)).ack or {}

    found = await soon_heard(item, reader, ask)
    found |= {"contact": known or found.get("contact")}
    contact = await _contact(link, who, found["contact"])
    called = _plain(contact.get("name") or found.get("name") or "")
    address = to or judge.address_in(found.get("name")) or next(iter(contact.get("emails", [])), None)
    if address and called != address:
        called = f"{called[: LONGEST_NAME - 4 - len(address)]} <{address}>" if called else address
    name = sha256(f"{who.tenant}\0{who.user}\0{id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    fields = {
        "item": f"mail-{name}",
        "queue": found["queue"],
        "conversation": found.get("thread", item),
        "subject": (_subject(found) if subject is None else subject)[:LONGEST_SUBJECT] or None,
        "name": called[:LONGEST_NAME] or None,
        "language": found.get("language"),
        "contact": found["contact"],
    }
    return {each: value for each, value in fields.items() if value is not None}


async def _contact(link: ServiceLink, who: Identity, contact: str | None) -> dict[str, Any]:
    """Who it is with; nobody, where that is not known, or they are not there any more."""
    if contact is None:
        return {}
    try:
        asked = AskContact(tenant=who.tenant, contact=contact)
        return ((await link.ask(CRM_QUESTIONS, asked, who.role, who.user)).ack or {}).get("contact") or {}
    except Refused as refusal:
        if refusal.code != "not_found":
            raise
        return {}


def _subject(found: dict[str, Any]) -> str:
    """The item's own; a chat has none, and is called by its day, in its visitor's language."""
    if found.get("subject") or found["kind"] != "chat":
        return found.get("subject") or ""
    german = (found.get("language") or "").lower().startswith("de")
    year, month, day = found["started_at"][:10].split("-")
    return f"Ihr Chat vom {day}.{month}.{year}" if german else f"Your chat of {day}/{month}/{year}"


def _plain(called: str) -> str:
    """A name without an address behind it."""
    return " ".join(called.partition("<")[0].split())
