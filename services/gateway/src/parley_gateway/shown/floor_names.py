"""R24: how the contacts of one company are called, as far as that is known here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

KEPT = 10_000
"""So many names of a company are kept at most, or as many as its floor has contacts."""


class Called(NamedTuple):
    """A contact's name, and the contact that stands for it where it is merged into another; `name` None: there is none such."""

    name: str | None
    stands_for_it: str


class FloorNames:
    """The names of one company's contacts, as far as they are known here, and those that are wanted."""

    def __init__(self, wants: Callable[[], None]) -> None:
        self._wants = wants
        self.known: dict[str, Called] = {}
        self.wanted: dict[str, None] = {}

    def __call__(self, contact: str) -> str | None:
        """The contact's name, None as long as it is not known; then it is asked for."""
        if (called := self.known.get(contact)) is not None:
            return called.name
        self.want([contact])
        return None

    def want(self, contacts: Iterable[str]) -> None:
        """Ask for these, known or not."""
        self.wanted |= dict.fromkeys(contacts)
        if self.wanted:
            self._wants()

    def changed(self, contacts: Iterable[str]) -> None:
        """These are called otherwise now, perhaps, or are merged otherwise; none named: any may be."""
        some = set(contacts)
        self.want(
            contact for contact, called in self.known.items() if not some or {contact, called.stands_for_it} & some
        )

    def take(self, names: dict[str, Called], there: Callable[[], Collection[str | None]]) -> list[str]:
        """What the CRM said; the contacts that are called otherwise than before. `there`: the contacts on the floor, of whom the names
        are kept when there are too many."""
        new = [contact for contact, called in names.items() if self._name(contact) != called.name]
        self.known |= names
        if len(self.known) > KEPT:
            on_floor = there()
            self.known = {contact: called for contact, called in self.known.items() if contact in on_floor}
        return new

    def _name(self, contact: str) -> str | None:
        called = self.known.get(contact)
        return called.name if called is not None else None
