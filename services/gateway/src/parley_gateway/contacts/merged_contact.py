"""R24: a contact that was merged into another one is linked as that other one."""

from __future__ import annotations

from parley_contracts.contacts import AskContact
from parley_contracts.topology import CRM_QUESTIONS

from ..domain.identity import Identity
from ..service_link import ServiceLink


async def merged_contact(link: ServiceLink, who: Identity, contact: str) -> str:
    """The contact itself, or the one at the end of its mergers. Raises Refused: `not_found`, where the tenant has none of
    this name, `unavailable`."""
    name: str | None = contact
    while name is not None:
        contact = name
        asked = AskContact(tenant=who.tenant, contact=contact)
        found = (await link.ask(CRM_QUESTIONS, asked, who.role, who.user)).ack or {}
        name = found["contact"].get("merged_into")
    return contact
