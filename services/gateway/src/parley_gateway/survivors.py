"""R24: as whom a contact is linked: where it is merged into another one, as that one."""

from __future__ import annotations

from parley_contracts.contacts import AskContact
from parley_contracts.topology import CRM_QUESTIONS

from .access import Identity
from .link import Link


async def survivor(link: Link, who: Identity, contact: str) -> str:
    """The contact itself, or the one at the end of its mergers. Raises Refused: `not_found`, where the tenant has none of
    this name, `unavailable`."""
    name: str | None = contact
    while name is not None:
        contact = name
        asked = AskContact(tenant=who.tenant, contact=contact)
        found = (await link.ask(CRM_QUESTIONS, asked, who.role, who.user)).ack or {}
        name = found["contact"].get("merged_into")
    return contact
