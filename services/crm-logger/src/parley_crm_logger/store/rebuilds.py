"""What operators accept when they put a CRM that was built anew in the live one's place: it stands in the CRM's own log."""

from __future__ import annotations

from typing import Any

from ..domain.events import REBUILDS, DifferencesAccepted, Recorded
from .commands import JOURNAL, SOURCE
from .crm import Crm


def accept(crm: Crm, cursor: Any, generation: int, event: DifferencesAccepted) -> None:
    """Log it, in the transaction that makes the generation live, and take it in there."""
    crm.db.lock_log(cursor)
    version = len(crm.db.streams(cursor, [REBUILDS])) + 1
    (position,) = crm.db.append(cursor, [JOURNAL.stored(REBUILDS, version, event)])
    crm.advance(cursor, generation, {SOURCE: position})
    crm.write(cursor, generation, [Recorded(REBUILDS, version, event)])
