"""What an agent has in hand already, the record may hear of a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused

WITHIN_S = 2.0
EVERY_S = 0.2


async def soon_heard(item: str, reader: Reader, ask: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """What the record says of an item; where the reader has it in hand and the record does not know it yet, asked again for a while.
    Raises Refused."""
    until = monotonic() + WITHIN_S
    while True:
        try:
            return await ask()
        except Refused as refusal:
            if refusal.code != "not_found" or item not in reader.items or monotonic() > until:
                raise
        await asyncio.sleep(EVERY_S)
