"""Words for tests of the gateway's view of a floor."""

from __future__ import annotations

from typing import Any

from parley_contracts.shapes import Item, TimerShown, WrapUpShown
from parley_contracts.showings import AgentShown, FloorChange, FloorShown, QueueShown
from parley_gateway.settings import Settings

TENANT = "t"


def unlimited() -> Settings:
    """The usual settings, without a limit."""
    usual = Settings(secret="x" * 32)
    none = {name: 0 for name in Settings.model_fields if name.endswith("_at_once") or name.startswith("sockets_")}
    return usual.model_copy(update=none)


def item(name: str, kind: Any = "chat", **fields: Any) -> Item:
    """An item that waits in `q`; with an owner it is in conversation."""
    owned = {"stage": "conversation", "activity": "active"} if fields.get("owner") else {"stage": "waiting"}
    usual = {"queue": "q", "priority": 50, "waiting_since": 0, "handle": TimerShown(), "wrap_up": WrapUpShown()}
    return Item(item=name, kind=kind, **{**usual, **owned, **fields})


def queue(name: str = "q", *agents: str, **fields: Any) -> QueueShown:
    return QueueShown(tenant=TENANT, queue=name, name=name.upper(), agents=agents, **fields)


def agent(name: str, state: Any = "ready") -> AgentShown:
    return AgentShown(tenant=TENANT, agent=name, name=name.title(), state=state)


def change(version: int, kind: str, *items: Item, **fields: Any) -> FloorChange:
    return FloorChange(tenant=TENANT, version=version, at=version * 1_000, kind=kind, items=items, **fields)


def snapshot(version: int, *items: Item, **fields: Any) -> FloorShown:
    return FloorShown(tenant=TENANT, snapshot=True, changes=(change(version, "snapshot", *items, **fields),))
