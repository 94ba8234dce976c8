"""What each agent has."""

from __future__ import annotations

from itertools import chain

from parley_contracts.shapes import Item


class Inboxes:
    """The items that somebody owns, by owner; each with the number that says in which order they came to the floor."""

    def __init__(self) -> None:
        self._owned: dict[str, dict[str, tuple[int, Item]]] = {}

    def add(self, number: int, item: Item) -> None:
        if item.owner is not None:
            self._owned.setdefault(item.owner, {})[item.item] = (number, item)

    def remove(self, item: Item) -> None:
        """The item, as it was when it was added, is not its owner's any more."""
        if item.owner is not None:
            inbox = self._owned[item.owner]
            del inbox[item.item]
            if not inbox:
                del self._owned[item.owner]

    def of(self, agent: str) -> list[Item]:
        """What an agent has, in the order in which it came to the floor."""
        return [item for _, item in sorted(self._owned.get(agent, {}).values(), key=_number)]

    def all(self) -> list[Item]:
        """What any agent has, in the order in which it came to the floor."""
        owned = chain.from_iterable(inbox.values() for inbox in self._owned.values())
        return [item for _, item in sorted(owned, key=_number)]


def _number(numbered: tuple[int, Item]) -> int:
    return numbered[0]
