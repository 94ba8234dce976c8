"""Who reads what (need to know): an agent reads the texts of the queues that they serve, of their own items, and of whatever was had with
a contact whose item they have in hand. Supervisors and administrators read all, operators for a reason.

Whoever answers with texts answers to a `Reader`. The gateway makes it of the floor as it stands (`routes/reading.py`); nobody else says who
may read. A question that names no reader is answered as to somebody who may read nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from .refusal import Refused
from .shapes import Command, Shape


class Reader(Shape):
    """For whose eyes an answer is. `queues`: those that the agent serves; `items`: those that they have in hand; `contacts`: whose these
    are. `everything`: none of it counts."""

    everything: bool = False
    agent: str | None = None
    queues: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()

    def reads(self, item: str, queue: str | None, agents: Collection[str | None], contact: str | None) -> bool:
        """Whether an item's texts are for them: it is in `queue`, `agents` have or had it, and its visitor is `contact`."""
        return (
            self.everything
            or item in self.items
            or queue in self.queues
            or (self.agent is not None and self.agent in agents)
            or (contact is not None and contact in self.contacts)
        )


EVERYTHING = Reader(everything=True)
NOTHING = Reader()


def not_yours() -> Refused:
    """What is answered to whoever may not read an item's texts."""
    return Refused(
        "forbidden",
        "This is in a queue that you do not serve: it opens while it is yours, or while you have an item of the same contact.",
    )


class Reading(Command):
    """A question that is answered with texts."""

    reader: Reader = NOTHING
