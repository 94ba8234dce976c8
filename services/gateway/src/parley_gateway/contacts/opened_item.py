"""What an e-mail, a task or a call says, as `open` answers it: its entries like a chat's, those of the conversation before it first (R3, R26)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from parley_contracts.contacts import AskInteraction
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused
from parley_contracts.topology import CRM_QUESTIONS

from ..domain.identity import Identity
from ..service_link import ServiceLink
from .soon_heard import soon_heard

MOST_BEFORE = 20
"""Earlier items of the conversation, the newest, that are shown with it."""
_OF_A_MAIL = ("subject", "to", "cc", "attachments", "html", "quoted", "cut", "marks", "refused", "state", "until")


async def opened_item(link: ServiceLink, who: Identity, reader: Reader, item: str, after: int) -> dict[str, Any]:
    """The `events` beyond the entry `after`, the item's `stage` and the `seq` of its last entry; `more`: open it again from there. Each entry of an
    earlier item has that `item`. `draft`: what is begun about it. Raises Refused."""

    async def ask(name: str, beyond: int = 0) -> dict[str, Any]:
        asked = AskInteraction(tenant=who.tenant, reader=reader, item=name, beyond=beyond)
        return (await link.ask(CRM_QUESTIONS, asked, who.role, who.user)).ack or {}

    found = await soon_heard(item, reader, lambda: ask(item))
    events: list[dict[str, Any]] = []
    if not after:
        for name in found.get("conversation", [])[-MOST_BEFORE:]:
            earlier = await _if_allowed(ask(name))
            if earlier.get("started_at", "") <= found.get("started_at", ""):
                events += [entry | {"item": name} for entry in _entries(earlier)]
    seq = 0
    while True:
        own = _entries(found)
        events += [entry for entry in own if (entry.get("seq") or after + 1) > after]
        seq = max([seq, *(entry.get("seq") or 0 for entry in own)])
        if "next" not in found or len(events) > 1_000:
            break
        found = found | await ask(item, found.pop("next"))
    more = {"more": True} if "next" in found else {}
    if "draft" in found:
        more["draft"] = found["draft"]
    return {"item": item, "stage": found.get("stage"), "seq": seq, "events": events, **more}


async def _if_allowed(asked: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """An earlier item; nothing of one that the reader may not see."""
    try:
        return await asked
    except Refused as refusal:
        if refusal.code not in ("forbidden", "not_found"):
            raise
        return {}


def _entries(shown: dict[str, Any]) -> list[dict[str, Any]]:
    lines = [
        {
            "kind": "message",
            "seq": line["seq"],
            "at": line["at"],
            "message": f"{shown['item']}/{line['seq']}",
            "from": line["from"],
            **({"name": line["name"]} if "name" in line else {}),
            "text": line["text"],
            **{name: line[name] for name in _OF_A_MAIL if line.get(name) is not None},
        }
        for line in shown.get("transcript", [])
    ]
    notes = [{"kind": "note", **note} for note in shown.get("notes", [])]
    return sorted([*lines, *notes], key=lambda entry: entry["at"])
