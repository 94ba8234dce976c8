"""R24: by what name the contact of an item goes, beside the item on the desks that show it.

The floor has a contact's id, the CRM its name. A name is asked for when a desk is first shown an item of the contact, and again when a
gateway tells that the contact has changed; the desks are told once it is known. A contact's name is no text that somebody wrote in a
conversation: every agent finds it in a search, so that whoever sees the item may see it (ADR 27).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice

from parley_chassis.tasks import Tasks
from parley_contracts.contacts import MOST_NAMED, AskContactNames
from parley_contracts.refusal import Refused
from parley_contracts.showings import ContactsChanged
from parley_contracts.topology import CRM_QUESTIONS

from ..service_link import ServiceLink
from .floor_names import Called, FloorNames
from .floor_view import FloorView
from .floors import Floors

AGAIN_AFTER_S = 5.0
"""Where the CRM does not answer."""


class ContactNames:
    """Asks for the names that floors here want; `renamed` is told of a floor and the contacts that have another name now."""

    def __init__(
        self, floors: Floors, link: ServiceLink, tasks: Tasks, renamed: Callable[[FloorView, list[str]], None]
    ) -> None:
        self._floors, self._link, self._tasks, self._renamed = floors, link, tasks, renamed
        self._asking: set[str] = set()
        floors.names_for = self._names_for

    def _names_for(self, tenant: str) -> FloorNames:
        return FloorNames(lambda: self._wanted(tenant))

    def _wanted(self, tenant: str) -> None:
        if tenant not in self._asking:
            self._asking.add(tenant)
            self._tasks.start(self._ask(tenant), "contacts' names")

    async def _ask(self, tenant: str) -> None:
        try:
            while (floor := self._floors.get(tenant)) is not None and (names := floor.names) is not None:
                contacts = tuple(islice(names.wanted, MOST_NAMED))
                if not contacts:
                    return
                for contact in contacts:  # who is wanted again meanwhile is asked for again
                    del names.wanted[contact]
                try:
                    found = await self._answer(tenant, contacts)
                except Refused:
                    names.wanted |= dict.fromkeys(contacts)
                    await asyncio.sleep(AGAIN_AFTER_S)
                    continue
                if renamed := names.take(found, floor.contacts):
                    self._renamed(floor, renamed)
        finally:
            self._asking.discard(tenant)

    async def _answer(self, tenant: str, contacts: tuple[str, ...]) -> dict[str, Called]:
        asked = AskContactNames(tenant=tenant, contacts=contacts)
        told = (await self._link.ask(CRM_QUESTIONS, asked, "system", "")).ack or {}
        nobody = dict.fromkeys(contacts, (None, ""))
        return {contact: Called(*named) for contact, named in {**nobody, **told.get("names", {})}.items()}

    def changed(self, changed: ContactsChanged) -> None:
        """A gateway has changed contacts."""
        floor = self._floors.get(changed.tenant)
        if floor is not None and floor.names is not None:
            floor.names.changed(changed.contacts)

    def returned(self) -> None:
        """The broker is there again: what was told meanwhile has not been heard here."""
        for tenant in self._floors.tenants():
            self.changed(ContactsChanged(tenant=tenant))
