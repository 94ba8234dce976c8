"""Time travel: the state of a chat or a floor at any moment, folded from the log alone (R29)."""

from __future__ import annotations

from typing import Any

from parley_chassis.journal import Newer, UnknownEvent
from parley_chassis.store import Store
from parley_contracts.instant import rfc3339
from parley_contracts.topology import chat_stream, floor_stream
from parley_router.domain.floor import Floor
from parley_router.handlers import Router
from parley_router.views import agent_shown, item_shown
from parley_session.domain.chat import Chat
from parley_session.handlers import Session
from parley_session.views import entries


def chat_at(store: Store, tenant: str, chat: str, at: int | None, n: int | None = None) -> Chat | None:
    """A chat as it was at `at` (milliseconds since 1970; None: now), or after its event `n`: its events up to then, folded. None if it was not. Raises
    UnknownEvent where one of them is of a newer version."""
    stream = chat_stream(tenant, chat)
    state = Chat(stream)
    for stored in store.streams([stream]):
        event = Session.journal.read(stored.topic, stored.state)
        if (at is not None and event.at > at) or (n is not None and stored.originator_version > n):
            break
        if isinstance(event, Newer):
            raise UnknownEvent(f"the chat holds {stored.topic}")
        state.evolve(event)
    return state if state.exists else None


def chat_shown(chat: Chat, at: int) -> dict[str, Any]:
    """A chat as JSON; running timers are told as of `at`."""
    shown: dict[str, Any] = {
        "chat": chat.stream.partition("/")[2],
        "at": rfc3339(at),
        "service": chat.service,
        "queue": chat.queue,
        "stage": chat.stage,
        "activity": chat.activity,
        "owner": chat.owner,
        "started_at": rfc3339(chat.started_at or at),
        "ended_by": chat.ended_by,
        "outcome": chat.outcome,
        "visitor": "gone" if chat.ended_by else "away" if chat.absent_since else "connected",
        "unread": chat.unread,
        "interruptions": chat.interruptions,
        "wait_ms": chat.wait.at(at),
        "handle_ms": chat.handle.at(at),
        "wrap_up_ms": chat.wrap_up.at(at),
    }
    shown["events"] = [
        {
            "n": entry.n,
            "seq": entry.seq,
            "at": rfc3339(entry.at),
            "kind": entry.kind,
            **entry.fields,
            **(entry.internal or {}),
        }
        for entry in entries(chat, 0)
    ]
    return {name: value for name, value in shown.items() if value is not None}


def floor_at(store: Store, tenant: str, at: int | None, version: int | None = None) -> Floor:
    """A floor as it was at `at`, or after its event `version`, folded from its first event on. Raises UnknownEvent where one is of a newer version."""
    floor = Floor(floor_stream(tenant))
    for stored in store.streams([floor_stream(tenant)]):
        event = Router.journal.read(stored.topic, stored.state)
        if (at is not None and event.at > at) or (version is not None and stored.originator_version > version):
            break
        if isinstance(event, Newer):
            raise UnknownEvent(f"the floor holds {stored.topic}")
        floor.evolve(event)
    return floor


def floor_shown(floor: Floor) -> dict[str, Any]:
    """A floor as JSON: agents, and what waits or is owned."""
    return {
        "tenant": floor.tenant,
        "queues": {
            name: {"name": queue.settings.name, "waiting": list(queue.waiting)} for name, queue in floor.queues.items()
        },
        "agents": [
            agent_shown(agent).model_dump(mode="json", include={"agent", "name", "state", "reason"}, exclude_none=True)
            for agent in floor.agents.values()
        ],
        "items": [item_shown(item).frame() for item in floor.items.values()],
    }
