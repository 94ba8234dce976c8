"""The crm-logger as the projector runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley_chassis.letters import Letter
from parley_chassis.store import LetterBook
from parley_contracts.shapes import Said
from parley_contracts.topology import crm_inbox

from .domain import receipts
from .store import Crm, outbox
from .store.outbox import Rules


class CrmProjection:
    """The CRM's tables, built from what the session and the router say."""

    name = "crm-logger"

    def __init__(self, crm: Crm, receipts: Rules | None = None) -> None:
        """`receipts`: by which rules they are sent for messages that visitors leave (R8); None: there is no mail server."""
        self._crm, self._receipts = crm, receipts

    def inbox(self, partition: int) -> str:
        return crm_inbox(partition)

    def timeline(self) -> str:
        return self._crm.timeline()

    def positions(self) -> dict[str, int]:
        return self._crm.positions()

    @property
    def letters(self) -> LetterBook:
        return self._crm.letters

    def apply(
        self, events: Sequence[Said], positions: dict[str, int], letters: Sequence[Letter], settled: Sequence[int]
    ) -> None:
        wanted = [] if self._receipts is None else receipts.wanted(events)

        def also(cursor: Any, generation: int) -> None:
            outbox.put_receipts(self._crm, cursor, wanted, self._receipts or Rules())

        self._crm.apply(events, positions, letters=letters, settled=settled, also=also if wanted else None)
