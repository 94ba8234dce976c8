"""The crm-logger as the projector runs it."""

from __future__ import annotations

from collections.abc import Sequence

from parley_chassis.letters import Letter
from parley_chassis.store import LetterBook
from parley_contracts.shapes import Said
from parley_contracts.topology import crm_inbox

from .store import Crm


class CrmProjection:
    """The CRM's tables, built from what the session and the router say."""

    name = "crm-logger"

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

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
        self._crm.apply(events, positions, letters=letters, settled=settled)
