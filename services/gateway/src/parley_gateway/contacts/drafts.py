"""R35: what an agent has begun to write about an item that they have in hand is kept for whoever has it in hand later."""

from __future__ import annotations

from typing import Any

from parley_contracts.commands import AskItem
from parley_contracts.contacts import KeepDraft
from parley_contracts.refusal import Refused
from parley_contracts.topology import CRM_QUESTIONS, floor_stream, partition_of, router_inbox

from ..domain.identity import Identity
from ..service_link import ServiceLink


async def keep_draft(link: ServiceLink, who: Identity, id: str, item: str, text: str) -> dict[str, Any]:
    """What the CRM says of the draft (`item`, `at`). The floor says who has the item: active, parked and interrupted are the same here.
    Raises Refused `not_found`, `not_yours`, `wrong_state`."""
    inbox = router_inbox(partition_of(floor_stream(who.tenant)))
    found = ((await link.ask(inbox, AskItem(tenant=who.tenant, item=item), who.role, who.user)).ack or {})["item"]
    if found.get("owner") != who.user:
        raise Refused("not_yours", "Another agent has it, or nobody: pick it first.")
    if found.get("stage") == "closed":  # the record may hear of it later
        raise Refused("wrong_state", "It is closed: nothing is begun about it any more.")
    draft = KeepDraft(tenant=who.tenant, item=item, text=text)
    return (await link.ask(CRM_QUESTIONS, draft, who.role, who.user, id, name=who.name)).ack or {}
