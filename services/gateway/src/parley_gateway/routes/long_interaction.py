"""An interaction with a long transcript, sent as it is read: neither the broker nor this process ever has all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from ..encoding import dumps


async def whole_interaction(
    first: dict[str, Any], page: Callable[[int], Awaitable[dict[str, Any]]]
) -> AsyncIterator[str]:
    """The interaction as JSON text, from its `first` page on; `page(next)` asks for the one behind. Notes come last: agents
    write few."""
    facts = {name: fact for name, fact in first.items() if name not in ("transcript", "notes", "next")}
    yield dumps(facts)[:-1] + ',"transcript":['
    notes: list[Any] = []
    shown, begun = first, False
    while True:
        lines = ",".join(dumps(line) for line in shown["transcript"])
        if lines:
            yield "," + lines if begun else lines
            begun = True
        notes += shown["notes"]
        if "next" not in shown:
            break
        shown = await page(shown["next"])
    yield f'],"notes":{dumps(notes)}}}'
